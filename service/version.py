"""Which software this is, to the line: what a stored run names, so that it can be told apart."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from service import __version__

_SERVICE = Path(__file__).resolve().parent
_DECIDES_RESULTS = (_SERVICE.parent / "spatial", _SERVICE / "analyses", _SERVICE / "store")


@cache
def software_version() -> str:
    """Return the version with a digest of the code that decides results.

    Two builds of one version with different code, such as a developer's, never share a run.
    """
    digest = hashlib.sha256()
    for folder in _DECIDES_RESULTS:
        for file in sorted(folder.rglob("*.py")):
            digest.update(str(file.relative_to(folder)).encode() + file.read_bytes())
    return f"{__version__}+{digest.hexdigest()[:8]}"
