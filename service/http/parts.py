"""Files on their way out, whole or in the parts that a client asks for, as RFC 9110 has it."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

from fastapi.concurrency import run_in_threadpool
from fastapi.responses import FileResponse
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import Receive, Scope, Send

_BYTES = re.compile(r"bytes\s*=(.*)", re.IGNORECASE)
_PART = re.compile(r"(\d*)\s*-\s*(\d*)", re.ASCII)


class FileAnswer(FileResponse):
    """A file of the disk.

    Ranges that cannot be understood are left aside, so that the whole file is sent; of several,
    those that lie beyond its end; where all do, the answer is 416.

    Parameters
    ----------
    path
        The file.
    folder
        A folder to be removed once the answer ended, however it did.
    """

    def __init__(self, path: Path, *, folder: Path | None = None, **options: Any) -> None:
        super().__init__(path, **options)
        self._folder = folder

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the file."""
        try:
            asked = Headers(scope=scope).get("range")
            if asked is not None:
                size = Path(self.path).stat().st_size
                headers = MutableHeaders(raw=list(scope["headers"]))
                del headers["range"]
                if (understood := ranges(asked, size)) is not None:
                    headers["range"] = understood
                scope = {**scope, "headers": headers.raw}
            await super().__call__(scope, receive, send)
        finally:
            if self._folder is not None:
                await run_in_threadpool(shutil.rmtree, self._folder, ignore_errors=True)


def ranges(asked: str, size: int) -> str | None:
    """Return the ranges of a header that a file has; None where the header says nothing.

    Where the file has none of them, the header comes back as it is.

    Examples
    --------
    >>> ranges("bytes=0-9, 200-", 100), ranges("bytes=200-", 100)
    ('bytes=0-9', 'bytes=200-')
    >>> ranges("rows=0-9", 100), ranges("bytes=9-0", 100)
    (None, None)
    """
    found = _BYTES.fullmatch(asked.strip())
    listed = [one.strip() for one in found[1].split(",") if one.strip()] if found else []
    parts = [_PART.fullmatch(one) for one in listed]
    had = []
    for part in parts:
        if part is None or not (part[1] or part[2]):
            return None
        if part[1] and part[2] and int(part[1]) > int(part[2]):
            return None
        if int(part[1]) < size if part[1] else int(part[2]) > 0 < size:
            had.append(f"{part[1]}-{part[2]}")
    if not parts:
        return None
    return f"bytes={','.join(had)}" if had else asked
