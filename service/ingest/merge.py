"""The database's side of a batch: COPY to staging tables, then one merge."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import psycopg
import pyarrow as pa
from sqlalchemy import CursorResult, TextClause, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from service.db.session import driver_connection
from service.ingest.copytext import OPTIONS, encoded

WORK_MEM = "128MB"
"""Memory that one sort or hash of the merge may take in the server."""


@dataclass(frozen=True, slots=True)
class Merged:
    """What became of the staged rows."""

    accepted: int
    updated: int
    duplicate: int
    rejected_by_reason: dict[str, int]

    @property
    def rejected(self) -> int:
        """All rejected rows."""
        return sum(self.rejected_by_reason.values())


class Staging:
    """The staging tables of one batch, in the session's transaction."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._run("drop_staging")
        self._run("make_staging")
        self._run("make_rejected")

    def add(self, incidents: pa.Table, rejected: pa.Table) -> None:
        """Copy checked rows to the staging tables."""
        self._copy("staged_incident", incidents)
        self._copy("staged_rejected", rejected)

    def sources(self) -> list[str]:
        """Return the sources of the staged incidents."""
        return [row[0] for row in self._run("sources")]

    def merge(self, agency_id: int, batch_id: int, sources: Sequence[str]) -> Merged:
        """Move the staged rows to their tables and count what became of each.

        Parameters
        ----------
        agency_id, batch_id
            Whose incidents they are and by which batch they come.
        sources
            The sources of the staged incidents, as `sources` returns them.
        """
        self._session.execute(
            text("SELECT set_config('work_mem', :work_mem, true)"), {"work_mem": WORK_MEM}
        )
        duplicate = 0
        self._run("find_repeated")
        if self._session.scalar(text("SELECT EXISTS (SELECT FROM staged_repeated)")):
            duplicate += self._run("collapse_repeats").rowcount
            self._run("number_identical_anonymous")
        duplicate += self._run("excuse_twins").rowcount
        updated = 0
        stored = {"agency_id": agency_id, "sources": list(sources)}
        if self._session.scalar(_queries()["any_stored"], stored):
            updated = self._run("update_differing", agency_id=agency_id, batch_id=batch_id).rowcount
            duplicate += self._run("drop_stored", agency_id=agency_id).rowcount - updated
        accepted = self._run("insert_rest", agency_id=agency_id, batch_id=batch_id).rowcount
        self._run("keep_rejected", batch_id=batch_id)
        reasons = {row.reason: row.rows for row in self._run("count_rejected")}
        self._run("drop_staging")
        return Merged(accepted, updated, duplicate, reasons)

    def _run(self, name: str, **parameters: Any) -> CursorResult[Any]:
        result = self._session.execute(_queries()[name], parameters)
        assert isinstance(result, CursorResult)
        return result

    def _copy(self, table: str, rows: pa.Table) -> None:
        if rows.num_rows == 0:
            return
        statement = f"COPY {table} ({', '.join(rows.column_names)}) FROM STDIN {OPTIONS}"
        try:
            with (
                driver_connection(self._session).cursor() as cursor,
                cursor.copy(statement.encode()) as copy,
            ):
                copy.write(encoded(rows))
        except psycopg.Error as error:
            # As SQLAlchemy would: callers tell a failed server from a fault by one type.
            raise DBAPIError.instance(statement, None, error, psycopg.Error) from error


def lock_agency(session: Session, agency_id: int) -> int:
    """Hold an agency until the transaction ends, and return its data version."""
    version = session.scalar(_queries()["lock_agency"], {"agency_id": agency_id})
    assert version is not None, f"no agency {agency_id}"
    return int(version)


@cache
def _queries() -> dict[str, TextClause]:
    sql = (resources.files("service.ingest") / "merge.sql").read_text(encoding="utf-8")
    named = re.split(r"^-- name: (\w+)$", sql, flags=re.MULTILINE)[1:]
    return {
        name: text(_without_comments(query).strip().rstrip(";"))
        for name, query in zip(named[::2], named[1::2], strict=True)
    }


def _without_comments(query: str) -> str:
    return re.sub(r"--.*$", "", query, flags=re.MULTILINE)
