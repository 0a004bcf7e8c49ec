"""All that computing needs, loaded once by the process from which the computing ones are forked.

It opens no connection and starts no thread, so that nothing of the kind is inherited.
"""

from __future__ import annotations

import gc
import importlib
import pkgutil

import service.analyses.study
import service.jobs.compute
import spatial
from service.version import software_version

_LEFT_OUT = ("spatial.synthetic", "spatial.distributed")


def _load(package: str, paths: list[str]) -> None:
    for found in pkgutil.walk_packages(paths, f"{package}."):
        if not found.name.startswith(_LEFT_OUT):
            importlib.import_module(found.name)


_load(spatial.__name__, list(spatial.__path__))
_load(service.analyses.study.__name__, list(service.analyses.study.__path__))
software_version()  # told now, since the files may be renewed below a process that runs
gc.freeze()  # what is shared stays shared: collecting writes to no page of it
