"""The HTTP surface: what goes in, what comes out, and how it refuses."""

import gzip
import json
import re

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from service.store.session import Database

PROBLEM = "application/problem+json"
BATCHES = "/api/v1/incidents/batches"
HEADER = "external_id,offence_code,occurred_from,longitude,latitude"
SQUARE = {
    "type": "FeatureCollection",
    "features": [
        {
            "type": "Feature",
            "properties": {"name": "Square"},
            "geometry": {
                "type": "Polygon",
                "coordinates": [[[-0.1, 51.5], [-0.06, 51.5], [-0.06, 51.53], [-0.1, 51.53],
                                 [-0.1, 51.5]]],
            },
        }
    ],
}  # fmt: skip
QUESTION = {
    "resolution": 9,
    "index": "count",
    "study_area": "square",
    "from": "2024-01-01",
    "to": "2024-12-31",
}


def rows(number: int, longitude: float = -0.08, latitude: float = 51.515) -> str:
    lines = [
        f"i{at},robbery,2024-05-{at % 28 + 1:02d}T22:15:00Z,{longitude},{latitude}"
        for at in range(number)
    ]
    return "\n".join([HEADER, *lines, ""])


def scattered() -> str:
    """Ten incidents at each of four places that touch, and one in each of many others."""
    lines = [HEADER]
    for x in range(2):
        for y in range(2):
            lines += [
                f"i{x}{y}{at},robbery,2024-05-{at + 1:02d}T22:15:00Z,"
                f"{-0.08 + x / 333},{51.515 + y / 500}"
                for at in range(10)
            ]
    lines += [
        f"s{x}-{y},theft,2024-06-01T10:00:00Z,{-0.1 + x * 0.004},{51.5 + y * 0.003}"
        for x in range(10)
        for y in range(10)
    ]
    return "\n".join([*lines, ""])


@pytest.fixture
def stocked(client: TestClient) -> TestClient:
    """A service with a square study area and incidents that gather at one corner of it."""
    assert client.put("/api/v1/boundaries/square", json=SQUARE).status_code == 200
    stored = client.post(f"{BATCHES}?profile=generic", content=scattered())
    assert stored.json()["accepted"] == 140
    return client


def problem(response, status: int) -> dict:
    assert response.status_code == status, response.text
    assert response.headers["content-type"].startswith(PROBLEM)
    body = response.json()
    assert set(body) == {"type", "title", "status", "detail", "errors"}
    assert body["status"] == status
    return body


def test_a_file_goes_in_as_body_as_gzip_or_as_form(client):
    first = client.post(f"{BATCHES}?profile=generic", content=rows(5))
    assert first.status_code == 200, first.text
    assert first.json()["accepted"] == 5
    zipped = client.post(f"{BATCHES}?profile=generic", content=gzip.compress(rows(6).encode()))
    assert (zipped.json()["accepted"], zipped.json()["duplicate"]) == (1, 5)
    form = client.post(f"{BATCHES}?profile=generic", files={"file": ("may.csv", rows(7))})
    assert (form.json()["accepted"], form.json()["file"]) == (1, "may.csv")


def test_batches_and_their_rejected_rows_can_be_read_back(client):
    broken = f"{HEADER}\na,theft,2024-05-01T10:00Z,,\nb,theft,2024-05-01T10:00Z,0,0\n"
    report = client.post(f"{BATCHES}?profile=generic", content=broken).json()
    assert report["rejected_by_reason"] == {"missing_coordinates": 1, "null_island": 1}
    assert client.get(f"{BATCHES}/{report['batch_id']}").json() == report
    assert client.get(BATCHES).json()[0] == report
    rejected = client.get(f"{BATCHES}/{report['batch_id']}/rejected")
    assert [(row["line"], row["reason"]) for row in rejected.json()] == [
        (2, "missing_coordinates"),
        (3, "null_island"),
    ]
    as_csv = client.get(f"{BATCHES}/{report['batch_id']}/rejected?format=csv")
    assert as_csv.headers["content-type"].startswith("text/csv")
    assert as_csv.text.startswith("line,reason,message,raw\r\n2,missing_coordinates,")


def test_a_rejected_cell_cannot_run_as_a_formula(client):
    evil = f"{HEADER}\n=cmd(),theft\n"
    report = client.post(f"{BATCHES}?profile=generic", content=evil).json()
    as_csv = client.get(f"{BATCHES}/{report['batch_id']}/rejected?format=csv").text
    assert "'=cmd()" in as_csv or "=cmd()" not in as_csv.replace('{"', "")


def test_one_feature_or_many_are_stored_and_sent_again_change_nothing(client):
    feature = {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [-0.08, 51.515]},
        "properties": {
            "external_id": "x1",
            "offence_code": "robbery",
            "occurred_from": "2024-05-01T22:15:00Z",
        },
    }
    assert client.post("/api/v1/incidents", json=feature).json()["accepted"] == 1
    collection = {"type": "FeatureCollection", "features": [feature, feature]}
    again = client.post("/api/v1/incidents", json=collection).json()
    assert (again["read"], again["accepted"], again["duplicate"]) == (2, 0, 2)


def test_a_retry_with_the_same_key_gets_the_first_report(client):
    key = {"Idempotency-Key": "may-2024"}
    first = client.post(f"{BATCHES}?profile=generic", content=rows(3), headers=key).json()
    again = client.post(f"{BATCHES}?profile=generic", content=rows(3), headers=key).json()
    assert again == first
    other = client.post(f"{BATCHES}?profile=generic", content=rows(4), headers=key)
    assert "'may-2024'" in problem(other, 409)["detail"]
    elsewhere = client.post(
        f"{BATCHES}?profile=generic&source=records", content=rows(3), headers=key
    )
    assert problem(elsewhere, 409)["errors"][0]["where"] == "Idempotency-Key"


def test_a_key_of_single_incidents_stands_for_their_source_too(client):
    key = {"Idempotency-Key": "one"}
    feature = {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [-0.0877, 51.5081]},
        "properties": {"offence_code": "robbery", "occurred_from": "2024-05-01"},
    }
    first = client.post("/api/v1/incidents", json=feature, headers=key)
    assert client.post("/api/v1/incidents", json=feature, headers=key).json() == first.json()
    for other in ("source=records", "profile=police-uk"):
        refused = client.post(f"/api/v1/incidents?{other}", json=feature, headers=key)
        assert "another profile or for another source" in problem(refused, 409)["detail"]


def test_targets_are_answered_and_the_run_answers_the_same_bytes_later(stocked):
    question = QUESTION | {"strategy": "hot-spot"}
    answered = stocked.get("/api/v1/targets", params=question)
    assert answered.status_code == 200, answered.text
    assert answered.headers["content-type"] == "application/geo+json"
    document = answered.json()
    assert document["features"][0]["properties"]["count"] >= 20
    run = document["run"]["id"]
    assert stocked.get(f"/api/v1/runs/{run}/targets").content == answered.content
    assert stocked.get("/api/v1/targets", params=question).content == answered.content
    assert stocked.get(f"/api/v1/runs/{run}/export?format=geojson").content == answered.content
    assert stocked.get(f"/api/v1/runs/{run}").json()["parameters"]["from"] == "2024-01-01"
    assert stocked.get("/api/v1/runs?process=targets").json()[0]["id"] == run
    assert stocked.get(f"/api/v1/runs/{run}/summary").json()["targets"] >= 1


def test_the_units_of_a_run_carry_their_statistic(stocked):
    run = stocked.get("/api/v1/getis-ord", params=QUESTION).json()["run"]["id"]
    scores = stocked.get(f"/api/v1/runs/{run}/scores").json()["features"]
    assert set(scores[0]["properties"]) == {
        "unit_id", "count", "harm", "z", "p", "q", "class", "rank", "cumulative_harm_share",
        "label", "area_km2", "harm_per_km2",
    }  # fmt: skip
    assert [one["properties"]["rank"] for one in scores] == list(range(1, len(scores) + 1))
    assert scores[-1]["properties"]["cumulative_harm_share"] == pytest.approx(1)


def test_without_a_study_area_the_answer_says_what_is_unseen(stocked):
    question = {key: value for key, value in QUESTION.items() if key != "study_area"}
    run = stocked.get("/api/v1/targets", params=question).json()["run"]
    assert "unseen" in run["study_area"]["fallback"]
    assert any("No study area" in warning for warning in run["warnings"])


@pytest.mark.parametrize(
    ("change", "status", "detail"),
    [
        ({"resolution": "13"}, 422, "resolution"),
        ({"resolution": "nine"}, 422, "resolution"),
        ({"from": "2025-01-01"}, 422, "is after to"),
        ({"from": "yesterday"}, 422, "from"),
        ({"from": "2001-01-01", "to": "2001-12-31"}, 422, "no incident from 2001-01-01"),
        ({"index": "cchi"}, 404, "cchi-2026-police-uk"),
        ({"index": "count@7"}, 404, "count@1"),
        ({"index": "ons-css-2016-police-uk"}, 422, "theft"),
        ({"study_area": "squre"}, 404, "Did you mean square?"),
        ({"study_area": "square/Sqare"}, 404, "Did you mean Square?"),
        ({"sources": "nobody"}, 404, "generic"),
        ({"offences": "arson"}, 422, "offence_not_asked_for"),
        ({"beauty": "yes"}, 422, "beauty"),
        ({"top": "0"}, 422, "top"),
    ],
)
def test_a_question_that_cannot_be_answered_says_why(stocked, change, status, detail):
    body = problem(stocked.get("/api/v1/targets", params=QUESTION | change), status)
    assert detail in body["detail"]
    with stocked.app.state.tenant.unit_of_work() as (session, _):
        assert session.scalar(text("SELECT count(*) FROM analysis_run")) == 0


@pytest.mark.parametrize(
    ("url", "content", "status", "detail"),
    [
        (f"{BATCHES}?profile=generic", b"", 422, "empty"),
        (f"{BATCHES}?profile=martian", b"a,b\n", 404, "police-uk"),
        (f"{BATCHES}?profile=/etc/passwd", b"a,b\n", 404, "police-uk"),
        (f"{BATCHES}?profile=generic", b"a,b\n1,2\n", 422, "offence_code"),
        (f"{BATCHES}?profile=generic", b"\x00\x01\x02" * 99, 422, ""),
        (BATCHES, b"a,b\n", 422, "profile"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_whole(client, url, content, status, detail):
    assert detail in problem(client.post(url, content=content), status)["detail"]
    with client.app.state.tenant.unit_of_work() as (session, _):
        assert session.scalar(text("SELECT count(*) FROM ingest_batch")) == 0


@pytest.mark.parametrize("body", [{"type": "Point"}, {"features": []}, {}])
def test_a_body_that_is_no_feature_is_refused(client, body):
    assert "Feature" in problem(client.post("/api/v1/incidents", json=body), 422)["detail"]


@pytest.mark.parametrize(
    "url",
    [
        "/api/v1/runs/nonesuch",
        "/api/v1/runs/nonesuch/targets",
        f"{BATCHES}/77",
        "/api/v1/harm-indexes/nonesuch",
        "/api/v1/boundaries/nonesuch",
        "/nowhere",
    ],
)
def test_what_does_not_exist_is_a_problem_too(client, url):
    problem(client.get(url), 404)


def test_harm_indexes_can_be_listed_read_and_loaded(client):
    names = {one["name"] for one in client.get("/api/v1/harm-indexes").json()}
    assert names == {
        "cchi-2026-home-office", "cchi-2026-police-uk", "ons-css-2016-police-uk", "count",
    }  # fmt: skip
    cchi = client.get("/api/v1/harm-indexes/cchi-2026-police-uk").json()
    weights = {line["offence_code"]: line["weight"] for line in cchi["weights"]}
    assert len(weights) == 14
    assert (weights["robbery"], weights["shoplifting"]) == (365, 1)
    url = "/api/v1/harm-indexes/mine?version=1"
    assert client.put(url, content="offence_code,weight\nrobbery,10\n").status_code == 200
    assert client.put(url, content="offence_code,weight\nrobbery,10\n").status_code == 200
    changed = client.put(url, content="offence_code,weight\nrobbery,11\n")
    assert "another --version" in problem(changed, 409)["detail"]
    wrong = client.put("/api/v1/harm-indexes/w?version=1", content="offence_code,weight\na,x\n")
    assert problem(wrong, 422)["errors"][0]["where"] == "line 2, weight"


@pytest.mark.parametrize("weight", ["1e308", "1e9999", "inf", "nan", "-1", "100000000.01"])
@pytest.mark.parametrize("column", ["weight", "low", "high"])
def test_weights_that_cannot_be_summed_are_refused(client, column, weight):
    weights = {"weight": "1", "low": "1", "high": "1"} | {column: weight}
    table = f"offence_code,{','.join(weights)}\nrobbery,{','.join(weights.values())}\n"
    refused = client.put("/api/v1/harm-indexes/heavy?version=1", content=table)
    assert "number from 0 to 100,000,000" in problem(refused, 422)["detail"]


@pytest.mark.parametrize("version", ["1/2", "1@2", " ", "a\x0bb"])
def test_a_version_that_no_reference_can_carry_is_refused(client, version):
    params = {"version": version}
    table = "offence_code,weight\nrobbery,10\n"
    refused = client.put("/api/v1/harm-indexes/mine", params=params, content=table)
    assert problem(refused, 422)["errors"][0]["where"] == "version"


def test_a_boundary_that_crosses_itself_is_repaired_and_said(client):
    bow_tie = json.loads(json.dumps(SQUARE))
    bow_tie["features"][0]["geometry"]["coordinates"] = [
        [[0, 51], [1, 52], [1, 51], [0, 52], [0, 51]]
    ]
    stored = client.put("/api/v1/boundaries/tie", json=bow_tie).json()
    assert stored["areas"] == 1
    assert "was repaired" in stored["warnings"][0]


@pytest.mark.parametrize(
    "geometry",
    [
        {"type": "Point", "coordinates": [0, 51]},
        {"type": "Polygon", "coordinates": []},
        None,
    ],
)
def test_a_boundary_without_an_inside_is_refused(client, geometry):
    document = {
        "type": "FeatureCollection",
        "features": [{"type": "Feature", "properties": {}, "geometry": geometry}],
    }
    problem(client.put("/api/v1/boundaries/empty", json=document), 422)


def test_a_boundary_loaded_twice_is_one_version_and_a_changed_one_a_second(client):
    assert client.put("/api/v1/boundaries/square", json=SQUARE).json()["version"] == 1
    again = client.put("/api/v1/boundaries/square", json=SQUARE).json()
    assert (again["version"], again["stored"]) == (1, False)
    moved = json.loads(json.dumps(SQUARE).replace("-0.06", "-0.05"))
    assert client.put("/api/v1/boundaries/square", json=moved).json()["version"] == 2


def test_the_service_says_that_it_is_ready_and_when_it_is_not(client, database: Database):
    assert client.get("/healthz").json()["status"] == "ok"
    assert client.get("/readyz").json()["status"] == "ready"
    with database.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    assert "harmspot db upgrade" in problem(client.get("/readyz"), 503)["detail"]


def test_metrics_are_in_prometheus_form(client):
    assert "# HELP" in client.get("/metrics").text


def test_the_map_is_served_at_the_root(client):
    page = client.get("/")
    assert page.status_code == 200
    assert page.headers["content-type"].startswith("text/html")


def test_the_pages_of_the_api_load_nothing_from_elsewhere(client):
    for page in ("/docs", "/redoc"):
        found = client.get(page)
        assert found.status_code == 200
        links = re.findall(r'(?:src|href)="([^"]+)"', found.text)
        assert links
        assert not [link for link in links if "//" in link]


def test_every_operation_is_described_with_its_problems(client):
    document = client.get("/openapi.json").json()
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            assert operation.get("summary"), (method, path)
            assert operation.get("description"), (method, path)
            for parameter in operation.get("parameters", []):
                named = parameter.get("description") or parameter["schema"].get("description")
                assert named or parameter["in"] == "path" or parameter["name"] in {
                    "limit", "offset", "format",
                }, (path, parameter["name"])  # fmt: skip
            for status, response in operation["responses"].items():
                if int(status) >= 400:
                    assert list(response["content"]) == [PROBLEM], (path, status)
