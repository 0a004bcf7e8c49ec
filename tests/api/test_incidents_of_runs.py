"""The incidents that the map draws for a run are those that the run counted, day by local day."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from service.http.app import create_app
from service.settings import Settings
from service.store.tenant import Tenant

HEADER = "external_id,offence_code,occurred_from,occurred_to,longitude,latitude\n"
CHICAGO = HEADER + (
    "first,theft,2024-05-01T00:10,,-87.6,41.8\n"
    "last,theft,2024-05-31T23:30,,-87.6,41.8\n"  # 04:30 of June in UTC
    "before,theft,2024-04-30T23:50,,-87.6,41.8\n"  # 04:50 of May in UTC
    "after,theft,2024-06-01T00:05,,-87.6,41.8\n"
    "middle,theft,2024-05-31T20:00,2024-06-01T01:00,-87.6,41.8\n"
    "later,theft,2024-05-31T20:00,2024-06-01T09:00,-87.6,41.8\n"
    "other,arson,2024-05-15T12:00,,-87.6,41.8\n"
)
AUCKLAND = HEADER + (
    "first,theft,2024-05-01T00:10,,-87.6,41.8\n"  # 12:10 of the last of April in UTC
    "after,theft,2024-06-01T00:05,,-87.6,41.8\n"
)
QUESTION = {"index": "count", "from": "2024-05-01", "to": "2024-05-31", "resolution": 8}
OF_MAY = ["auckland.first", "chicago.first", "chicago.last", "chicago.middle"]


@pytest.fixture
def client(tenant: Tenant) -> Iterator[TestClient]:
    settings = Settings(worker="none", ogc_incidents=True)
    with TestClient(create_app(settings, tenant.database)) as started:
        for source, zone, rows in (
            ("chicago", "America/Chicago", CHICAGO),
            ("auckland", "Pacific/Auckland", AUCKLAND),
        ):
            profile = {"extends": "generic", "source": source, "time_zone": zone}
            started.put(f"/api/v1/profiles/{source}-clock", json=profile).raise_for_status()
            url = f"/api/v1/incidents/batches?profile={source}-clock"
            assert started.post(url, content=rows.encode()).json()["rejected"] == 0
        yield started


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"offences": ["theft"]}, OF_MAY),
        ({}, sorted([*OF_MAY, "chicago.other"])),
        ({"sources": ["auckland"]}, ["auckland.first"]),
        ({"sources": ["chicago"], "offences": ["arson"]}, ["chicago.other"]),
    ],
)
def test_the_same_local_days_are_drawn_and_counted(
    client: TestClient, asked: dict[str, Any], expected: list[str]
) -> None:
    answer = client.get("/api/v1/concentration", params=QUESTION | asked)
    assert answer.status_code == 200, answer.text
    run = answer.json()
    assert run["incidents"]["used"] == len(expected)
    items = "/ogc/collections/incidents/items"
    drawn = client.get(items, params={"run_id": run["id"]}).json()
    assert sorted(one["id"] for one in drawn["features"]) == expected
    tile = "/ogc/collections/incidents/tiles/WebMercatorQuad/0/0/0"
    assert client.get(tile, params={"run_id": run["id"], "f": "mvt"}).status_code == 200
    assert client.get(items).json()["numberMatched"] == 9


def test_an_unknown_run_has_no_incidents(client: TestClient) -> None:
    answer = client.get("/ogc/collections/incidents/items", params={"run_id": "gone"})
    assert answer.status_code == 404
