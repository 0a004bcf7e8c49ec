"""The statements of the SQL files in the rooms beside this module, by name."""

from __future__ import annotations

import re
from functools import cache
from importlib import resources
from typing import Any

from sqlalchemy import CursorResult, TextClause, text
from sqlalchemy.orm import Session

from service.ingest.checks.spread import CELL_SQL


def run(session: Session, name: str, **parameters: Any) -> CursorResult[Any]:
    """Execute one statement; its result tells the rows, and how many there were."""
    result = session.execute(query(name), parameters)
    assert isinstance(result, CursorResult)
    return result


def query(name: str) -> TextClause:
    """Return one statement; `CELL_OF_GRID` in it stands for the code of a row's cell."""
    return _queries()[name]


@cache
def _queries() -> dict[str, TextClause]:
    rooms = (one for one in resources.files("service.ingest").iterdir() if one.is_dir())
    files = (one for room in rooms for one in room.iterdir() if one.name.endswith(".sql"))
    sql = "".join(one.read_text(encoding="utf-8") for one in sorted(files, key=str))
    sql = sql.replace("CELL_OF_GRID", f"({CELL_SQL})")
    named = re.split(r"^-- name: (\w+)$", sql, flags=re.MULTILINE)[1:]
    return {
        name: text(re.sub(r"--.*$", "", statement, flags=re.MULTILINE).strip().rstrip(";"))
        for name, statement in zip(named[::2], named[1::2], strict=True)
    }
