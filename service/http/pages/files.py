"""The pages' files, served under tags that all copies of a version have in common."""

from __future__ import annotations

import datetime as dt
import os
from functools import lru_cache
from pathlib import Path
from typing import Any

from fastapi.responses import FileResponse
from fastapi.staticfiles import StaticFiles

from service.http.caching import PUBLIC_ASKED_AGAIN, PUBLIC_KEPT, last_modified, tag_of_body
from service.http.parts import FileAnswer


class PageFiles(StaticFiles):
    """The pages' files; a browser asks each time whether they changed, which costs it a header.

    Those that carry a digest of their content in their name never change.
    """

    def file_response(
        self, full_path: Any, stat_result: os.stat_result, scope: Any, status_code: int = 200
    ) -> FileResponse:
        """Return a file; whether the client has it already is decided further out."""
        del scope
        path = Path(full_path)
        response = FileAnswer(path, status_code=status_code, stat_result=stat_result)
        changed = dt.datetime.fromtimestamp(stat_result.st_mtime, dt.UTC)
        named_by_content = path.parts[-3:-1] == ("web", "assets")
        kept = PUBLIC_KEPT if named_by_content else PUBLIC_ASKED_AGAIN
        response.headers["Cache-Control"] = kept
        response.headers["ETag"] = _tag(path, stat_result.st_mtime_ns, stat_result.st_size)
        response.headers["Last-Modified"] = last_modified(changed)
        return response


@lru_cache(maxsize=256)
def _tag(path: Path, _changed_ns: int, _size: int) -> str:
    return tag_of_body(path.read_bytes())
