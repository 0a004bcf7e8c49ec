"""By which code, with which libraries and in which language the service writes its answers.

The same run may be written otherwise by another version. What clients keep is therefore named after
what wrote it: entity tags hold it, and so do the addresses of tiles that pages hand out.
"""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.metadata import version
from typing import Final

from service.version import Code, software_version
from service.words.catalogue import spoken

WRITING: Final = Code(
    held=frozenset(
        {
            "service.analyses",
            "service.briefing",
            "service.drawing",
            "service.export",
            "service.http",
            "service.store",
            "service.styles",
            "service.vector",
            "service.words",
            "service.errors",
            "service.jobs",
            "service.settings",
            "service.version",
            "spatial",
        }
    ),
    others=frozenset(
        {
            "service.__init__",
            "service.access",
            "service.cli",
            "service.ingest",
            "service.logs",
            "service.resources",
            "service.store.cluster",
            "spatial.synthetic",
        }
    ),
)
"""The code that decides how answers to reads are written, and all the rest."""

LIBRARIES: Final = (
    "babel",
    "fastapi",
    "jinja2",
    "morecantile",
    "pillow",
    "pydantic",
    "pyogrio",
    "pypdfium2",
    "weasyprint",
)
"""The libraries that write answers, beside those that decide what a run holds."""

_LENGTH: Final = 16


def representation() -> str:
    """Return the name of how this process writes answers, in the language that is spoken.

    All processes of one version that speak one language have the same.
    """
    return hashlib.sha256(f"{_writing()} {spoken()}".encode()).hexdigest()[:_LENGTH]


@cache
def _writing() -> str:
    found = (software_version(), WRITING.digest(), *(f"{one} {version(one)}" for one in LIBRARIES))
    return "\n".join(found)
