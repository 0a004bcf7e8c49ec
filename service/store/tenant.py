"""Whose data a piece of work is about: one agency in one database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy.orm import Session

from service.settings import Settings
from service.store.repository import harm_indexes
from service.store.session import Database, agency_id, open_database


@dataclass(frozen=True)
class Tenant:
    """An agency in a database."""

    database: Database
    agency: str

    @contextmanager
    def unit_of_work(self) -> Iterator[tuple[Session, int]]:
        """Open a session and transaction, with the agency's id; committed at the end.

        Raises
        ------
        DatabaseUnavailableError
            When the database fails; nothing is stored then.
        """
        with self.database.session() as session:
            yield session, agency_id(session, self.agency)

    def equip(self) -> None:
        """Give the agency the harm indexes that ship with Harmspot."""
        with self.unit_of_work() as (session, agency):
            harm_indexes.load_shipped(session, agency)


@contextmanager
def open_tenant(settings: Settings, *, equip: bool = True) -> Iterator[Tenant]:
    """Open the agency and the database that the settings name.

    Parameters
    ----------
    settings
        Of this process.
    equip
        Whether to give the agency the harm indexes that ship with Harmspot.
    """
    with open_database(settings) as database:
        tenant = Tenant(database, settings.agency)
        if equip:
            tenant.equip()
        yield tenant
