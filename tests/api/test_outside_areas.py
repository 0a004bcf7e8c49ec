"""Files whose incidents lie in no study area that is loaded: told wherever a file is taken."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fastapi.testclient import TestClient

from service.store.session import Database
from tests.api.commands import called
from tests.api.ingesting import HEADER

SQUARE = [[24.9, 60.1], [25.0, 60.1], [25.0, 60.2], [24.9, 60.2], [24.9, 60.1]]
INSIDE = [f"a{n},theft,2024-01-01,24.9{n},60.15" for n in range(9)]
NEAR = [f"b{n},theft,2024-01-01,24.8{n},60.15" for n in range(9)]
FAR = [f"c{n},theft,2024-01-01,-0.1{n},51.5" for n in range(9)]


def file_of(*rows: str) -> bytes:
    return HEADER + "\n".join(rows).encode() + b"\n"


def areas() -> dict[str, Any]:
    feature = {
        "type": "Feature",
        "properties": {"name": "centre"},
        "geometry": {"type": "Polygon", "coordinates": [SQUARE]},
    }
    return {"type": "FeatureCollection", "features": [feature]}


def load(client: TestClient, name: str = "city") -> None:
    answer = client.put(f"/api/v1/boundaries/{name}", json=areas())
    assert answer.status_code == 200, answer.text


def told(client: TestClient, content: bytes, profile: str = "generic") -> list[dict[str, Any]]:
    answer = client.post(f"/api/v1/incidents/batches?profile={profile}", content=content)
    assert answer.status_code == 200, answer.text
    return [one for one in answer.json()["warned"] if one["code"] == "outside_study_areas"]


def test_a_batch_of_another_city_is_told_with_count_place_and_remedy(client: TestClient) -> None:
    load(client)
    (warned,) = told(client, file_of(*FAR))
    assert (warned["rows"], warned["share"], warned["lines"]) == (9, 1.0, [2, 3, 8])
    assert warned["message"] == (
        "all 9 incidents lie in no study area that is loaded (city), but around longitude -0.14, "
        "latitude 51.5, 1,822 km from the nearest one (city). Load the boundary of where they are "
        "(harmspot boundary load); if they should lie in one of these, look at the coordinates: "
        "they were read as EPSG:4326"
    )


def test_most_of_a_batch_is_told_and_less_is_not(client: TestClient) -> None:
    load(client)
    (warned,) = told(client, file_of(*NEAR, *INSIDE[:5]))
    assert "9 of 14 incidents (64%) lie in no study area" in warned["message"]
    assert told(client, file_of(*NEAR[:4], *INSIDE[:4])) == []
    assert told(client, file_of(*INSIDE)) == []


def test_nothing_is_told_where_no_study_area_is_loaded(client: TestClient) -> None:
    assert told(client, file_of(*FAR)) == []


def test_one_of_several_layers_is_enough_and_only_its_newest_version(client: TestClient) -> None:
    load(client)
    moved = areas()
    moved["features"][0]["geometry"]["coordinates"] = [[[x - 25, y - 8.6] for x, y in SQUARE]]
    assert client.put("/api/v1/boundaries/other", json=moved).status_code == 200
    assert told(client, file_of(*[one.replace("-0.1", "-0.0") for one in FAR])) == []
    load(client, "other")
    (warned,) = told(client, file_of(*[one.replace("-0.1", "-0.0") + "5" for one in FAR]))
    assert "(city, other)" in warned["message"]


def test_a_repeat_of_what_is_stored_is_told_again(client: TestClient) -> None:
    load(client)
    assert [len(told(client, file_of(*FAR))) for _ in range(2)] == [1, 1]


def test_the_preview_tells_it_before_anything_is_stored(client: TestClient) -> None:
    load(client)
    answer = client.post(
        "/api/v1/incidents/preview?profile=generic",
        files={"file": ("far.csv", file_of(*FAR), "text/csv")},
    )
    assert "all 9 incidents lie in no study area" in answer.json()["outcome"]["warnings"][0]


def test_the_command_line_tells_it(client: TestClient, database: Database, tmp_path: Path) -> None:
    load(client)
    file = tmp_path / "far.csv"
    file.write_bytes(file_of(*FAR))
    settings = {"DATABASE_URL": database.url.render_as_string(hide_password=False)}
    done = called("ingest", file, "--profile", "generic", settings=settings)
    assert done.status == 0, done.stderr
    assert "all 9 incidents lie in no study area that is loaded (city)" in done.stderr
