"""The statements of the SQL files beside this module, by name."""

from __future__ import annotations

import re
from functools import cache
from importlib import resources

from sqlalchemy import TextClause, text


def query(name: str) -> TextClause:
    """Return one statement."""
    return _queries()[name]


@cache
def _queries() -> dict[str, TextClause]:
    folder = resources.files("service.ingest")
    files = sorted((one for one in folder.iterdir() if one.name.endswith(".sql")), key=str)
    sql = "".join(one.read_text(encoding="utf-8") for one in files)
    named = re.split(r"^-- name: (\w+)$", sql, flags=re.MULTILINE)[1:]
    return {
        name: text(re.sub(r"--.*$", "", statement, flags=re.MULTILINE).strip().rstrip(";"))
        for name, statement in zip(named[::2], named[1::2], strict=True)
    }
