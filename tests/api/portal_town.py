"""A portal that publishes incidents, a database, and the command between them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from service.ingest.connectors import fetching
from service.store.session import Database
from tests.api.commands import Ran, called
from tests.api.portals import DATASET, Portal, application, as_csv, incidents
from tests.api.serving import serving

LAYER = "/gis/rest/services/Crime/FeatureServer/0"
PAGED = {
    "socrata": f"/resource/{DATASET}.json",
    "arcgis": LAYER,
    "ogc": "/ogc/collections/crime",
}
EVERY = [*PAGED, "file"]


class Town:
    """A portal and a database, and the command between them."""

    def __init__(self, portal: Portal, address: str, database: Database, folder: Path) -> None:
        self.portal, self.address, self.folder = portal, address, folder
        self.database = database
        self.settings = {
            "DATABASE_URL": database.url.render_as_string(hide_password=False),
            "CONNECT_TO": "127.0.0.1",
            "FETCH_DIR": str(folder / "fetched"),
            "FETCH_TIMEOUT_S": "20",
        }

    def run(self, kind: str, *words: Any, status: int = 0, profile: Any = "generic") -> Ran:
        path = {**PAGED, "file": "/files/crime.csv"}.get(kind, kind)
        url = path if "://" in path else self.address + path
        done = called("ingest", url, "--profile", profile, "--json", *words, settings=self.settings)
        assert done.status == status, done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        return done

    def report(self, kind: str, *words: Any, **more: Any) -> dict[str, Any]:
        (batch,) = json.loads(self.run(kind, *words, **more).stdout)["batches"]
        return batch

    def stored(self) -> list[tuple[Any, ...]]:
        with self.database.engine.connect() as connection:
            rows = connection.execute(
                text(
                    "SELECT external_id, occurred_from AT TIME ZONE 'UTC', longitude, latitude"
                    " FROM incident ORDER BY external_id"
                )
            )
            return [tuple(row) for row in rows]

    def kept(self) -> list[Path]:
        return [one for one in (self.folder / "fetched" / "fetched").glob("*") if one.is_dir()]


def expected(rows: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    return [
        (
            one["external_id"],
            one["occurred_from"].replace(tzinfo=None),
            one["longitude"],
            one["latitude"],
        )
        for one in rows
    ]


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long was waited between attempts; it takes no time."""
    waited: list[float] = []
    monkeypatch.setattr(fetching, "pause", waited.append)
    return waited


@pytest.fixture
def town(database: Database, tmp_path: Path, pauses: list[float]) -> Iterator[Town]:
    portal = Portal(incidents(25))
    portal.file = as_csv(portal.rows)
    with serving(application(portal)) as address:
        yield Town(portal, address, database, tmp_path)
