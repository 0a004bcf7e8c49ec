"""A square town with a corner of much harm and a hostile name, and its runs over HTTP."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from fastapi.testclient import TestClient

from service.http.app import create_app
from service.settings import Settings
from service.store.session import Database
from tests.databases import Databases

HOSTILE = "<script>alert(1)</script> & \"Söhne\" ]]> \x1b[31m {{ 7*7 }} 'x' \u202e\ufffe\x0b!"
SQUARE = {
    "type": "FeatureCollection",
    "features": [
        {
            "type": "Feature",
            "properties": {"name": "Square"},
            "geometry": {
                "type": "Polygon",
                "coordinates": [
                    [[-0.1, 51.5], [-0.06, 51.5], [-0.06, 51.53], [-0.1, 51.53], [-0.1, 51.5]]
                ],
            },
        }
    ],
}
QUESTION = {
    "resolution": 9,
    "index": "count",
    "study_area": "square",
    "from": "2024-01-01",
    "to": "2024-12-31",
}


@contextmanager
def copied(
    databases: Databases, name: str, fill: Callable[[TestClient], object]
) -> Iterator[Database]:
    """Give a copy of a database that is filled over HTTP once in a run of the tests."""

    def make(database: Database) -> None:
        app = create_app(Settings(worker="none"), database)
        with TestClient(app, raise_server_exceptions=False) as client:
            fill(client)

    with databases.copy_of(name, make) as (database, _):
        yield database


def stock(client: TestClient, place: str = HOSTILE) -> None:
    """Store the square, forty incidents at its corner, and one in each of a hundred places."""
    assert client.put("/api/v1/boundaries/square", json=SQUARE).status_code == 200
    written = io.StringIO()
    table = csv.writer(written)
    table.writerow(
        ["external_id", "offence_code", "occurred_from", "longitude", "latitude", "location_text"]
    )
    for at in range(40):
        x, y = at % 2, at // 2 % 2
        table.writerow(
            [f"i{at}", "robbery", f"2024-05-{at % 28 + 1:02d}T22:15:00Z", -0.08 + x / 333,
             51.515 + y / 500, place]
        )  # fmt: skip
    for at in range(100):
        table.writerow(
            [f"s{at}", "theft", "2024-06-01T10:00:00Z", -0.1 + at % 10 * 0.004,
             51.5 + at // 10 * 0.003, "Elsewhere"]
        )  # fmt: skip
    url = "/api/v1/incidents/batches?profile=generic"
    report = client.post(url, content=written.getvalue().encode()).json()
    assert report["accepted"] == 140, report


def run(client: TestClient, process: str = "targets", **changes: Any) -> str:
    """Ask for an analysis and return the id of its run."""
    answer = client.get(f"/api/v1/{process}", params=QUESTION | changes)
    assert answer.status_code == 200, answer.text
    document = answer.json()
    return str(document["run"]["id"] if "run" in document else document["id"])


def publish(client: TestClient, run_id: str, by: str = "Sgt Example") -> dict[str, Any]:
    """Publish a run."""
    answer = client.post(f"/api/v1/runs/{run_id}/publish", params={"by": by})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())
