"""Six districts are too few to find hot spots among: refused before a job is spent on them."""

import pytest
import shapely
import shapely.geometry

from tests.api import published


def layer(columns: int, rows: int) -> dict:
    boxes = [
        shapely.box(-0.1 + x * 0.01, 51.5 + y * 0.01, -0.09 + x * 0.01, 51.51 + y * 0.01)
        for y in range(rows)
        for x in range(columns)
    ]
    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "properties": {"name": f"District {at}"},
                "geometry": shapely.geometry.mapping(box),
            }
            for at, box in enumerate(boxes)
        ],
    }


@pytest.fixture
def town(client):
    published.stock(client)
    for name, shape in {"six": (3, 2), "two": (2, 1), "row": (6, 1)}.items():
        assert client.put(f"/api/v1/boundaries/{name}", json=layer(*shape)).status_code == 200
    return client


QUESTION = {
    "unit": "polygon", "layer": "six", "index": "count", "from": "2024-01-01", "to": "2024-12-31",
}  # fmt: skip


def refused(answer) -> str:
    assert answer.status_code == 422, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    return answer.json()["detail"]


def test_a_job_on_six_districts_is_refused_and_not_queued(town):
    for process in ("targets", "getis-ord"):
        body = {"process": process, "parameters": QUESTION}
        said = refused(town.post("/api/v1/jobs", json=body))
        assert "All other areas are neighbours of District 1, District 4" in said
        assert "cells: unit=h3" in said
        assert "concentration" in said
    execute = {"inputs": QUESTION}
    path = "/ogc/processes/targets/execution"
    asked = town.post(path, json=execute, headers={"Prefer": "respond-async"})
    assert asked.status_code == 400  # as OGC API has it
    assert "District 1" in asked.json()["detail"]
    assert town.get("/api/v1/jobs").json() == []


def test_what_answers_at_once_refuses_in_the_same_words(town):
    assert "District 1" in refused(town.get("/api/v1/targets", params=QUESTION))
    assert "2 areas" in refused(town.get("/api/v1/targets", params=QUESTION | {"layer": "two"}))
    of_itself = QUESTION | {"study_area": "six"}
    assert "District 1" in refused(town.post("/api/v1/jobs", json={
        "process": "targets", "parameters": of_itself,
    }))  # fmt: skip
    one = QUESTION | {"study_area": "six/District 0"}
    assert "at least 3 units" in refused(town.post("/api/v1/jobs", json={
        "process": "targets", "parameters": one,
    }))  # fmt: skip
    steps = QUESTION | {"layer": "row", "neighbours": 3}
    assert "District 2, District 3" in refused(town.get("/api/v1/targets", params=steps))


def test_districts_in_a_row_and_their_concentration_are_answered(town):
    row = {"process": "getis-ord", "parameters": QUESTION | {"layer": "row"}}
    assert town.post("/api/v1/jobs", json=row).status_code == 202
    of_six = {"process": "concentration", "parameters": QUESTION}
    assert town.post("/api/v1/jobs", json=of_six).status_code == 202


def test_a_study_area_of_a_few_cells_is_refused_with_what_would_work(town):
    cells = {name: QUESTION[name] for name in ("index", "from", "to")}
    few = cells | {"study_area": "six/District 0", "resolution": 7}
    assert "finer units" in refused(town.get("/api/v1/targets", params=few))
