"""OGC API Processes, Part 1 (18-062r2): described from the parameters, executed now or as jobs."""

import jsonschema
import pytest
from fastapi.testclient import TestClient

from service.analyses.registry import PROCESSES
from tests.patience import until

LONDON = (-0.1, 51.5)
INPUTS = {
    "index": "count", "from": "2024-05-01", "to": "2024-05-28", "resolution": 8, "strategy": "top",
    "min_incidents": 1, "top": 3,
}  # fmt: skip
ASYNC = {"Prefer": "respond-async"}
EXCEPTIONS = "http://www.opengis.net/def/exceptions/ogcapi-processes-1/1.0"
STATUS_INFO = {
    "type": "object",
    "required": ["jobID", "status", "type"],
    "properties": {
        "processID": {"type": "string"},
        "type": {"enum": ["process"]},
        "jobID": {"type": "string"},
        "status": {"enum": ["accepted", "running", "successful", "failed", "dismissed"]},
        "message": {"type": "string"},
        "created": {"type": "string", "format": "date-time"},
        "progress": {"type": "integer", "minimum": 0, "maximum": 100},
        "links": {
            "type": "array",
            "items": {"type": "object", "required": ["href"]},
        },
    },
}


def fill(client: TestClient) -> None:
    lines = ["external_id,offence_code,occurred_from,longitude,latitude"]
    for at in range(300):
        x, y = LONDON[0] + at % 17 / 400, LONDON[1] + at % 13 / 500
        lines.append(f"i{at},robbery,2024-05-{at % 28 + 1:02d}T22:15:00Z,{x},{y}")
    stored = client.post(
        "/api/v1/incidents/batches?profile=generic", content="\n".join(lines).encode()
    )
    assert stored.json()["accepted"] == 300


@pytest.fixture
def idle(client):
    """A service without a worker: what is asked for later waits."""
    fill(client)
    return client


@pytest.fixture
def working(working_client):
    """A service with a worker in it."""
    fill(working_client)
    return working_client


def execute(client, process="targets", headers=None, **body):
    return client.post(
        f"/ogc/processes/{process}/execution", json={"inputs": INPUTS, **body}, headers=headers
    )


def finished(client, location: str) -> dict:
    progress = [0]

    def ended() -> dict:
        state = client.get(location).json()
        jsonschema.validate(state, STATUS_INFO)
        progress.append(state["progress"])
        assert progress == sorted(progress)
        return state if state["status"] not in ("accepted", "running") else {}

    return until(ended, told=lambda: client.get(location).json())


def test_every_analysis_is_listed_and_described_from_its_parameters(client):
    listed = client.get("/ogc/processes").json()
    assert [one["id"] for one in listed["processes"]] == list(PROCESSES)
    assert len(client.get("/ogc/processes?limit=1").json()["processes"]) == 1
    for name, process in PROCESSES.items():
        told = client.get(f"/ogc/processes/{name}").json()
        assert told["jobControlOptions"] == ["sync-execute", "async-execute", "dismiss"]
        assert {link["rel"] for link in told["links"]} >= {"self", "alternate"}
        fields = {field.alias or at for at, field in process.params.model_fields.items()}
        assert set(told["inputs"]) == fields
        assert list(told["outputs"]) == ["result"]
        for one in told["inputs"].values():
            assert one["schema"]
            assert one["description"]
            # OpenAPI 3.0: no null type, exclusive limits are booleans.
            assert "null" not in str(one["schema"].get("type"))
            assert one["schema"].get("exclusiveMinimum", True) is True
    inputs = client.get("/ogc/processes/targets").json()["inputs"]
    assert inputs["from"]["minOccurs"] == 1
    assert (
        inputs["resolution"]["schema"] | {"type": "integer", "minimum": 7, "maximum": 12}
        == (inputs["resolution"]["schema"])
    )
    for name, unit in {"max_length_m": "m", "max_area_km2": "km2"}.items():
        told = inputs[name]["additionalParameters"]["parameters"]
        assert {"name": "ogc-unit", "value": [unit]} in told
    assert inputs["network"]["schema"]["nullable"] is True


def test_without_a_preference_the_answer_comes_at_once(idle):
    raw = execute(idle)
    assert raw.status_code == 200, raw.text
    assert raw.headers["content-type"] == "application/geo+json"
    assert len(raw.json()["features"]) == 3
    named = execute(idle, response="document").json()
    assert named["result"]["mediaType"] == "application/geo+json"
    assert named["result"]["value"] == raw.json()
    run = raw.json()["run"]["id"]
    assert idle.get(f"/api/v1/runs/{run}/targets").content == raw.content


def test_a_reference_leads_to_the_run(idle):
    wish = {"result": {"transmissionMode": "reference"}}
    raw = execute(idle, outputs=wish)
    assert raw.status_code == 204
    address = raw.headers["link"].split(";")[0].strip("<>")
    assert len(idle.get(address).json()["features"]) == 3
    named = execute(idle, outputs=wish, response="document").json()
    assert named["result"]["href"] == address


def test_a_job_is_followed_to_its_results(working):
    answered = execute(working, headers=ASYNC, response="document")
    assert answered.status_code == 201
    assert answered.headers["preference-applied"] == "respond-async"
    jsonschema.validate(answered.json(), STATUS_INFO)
    state = finished(working, answered.headers["location"])
    assert state["status"] == "successful"
    assert {"created", "started", "finished", "updated"} <= set(state)
    results = next(link["href"] for link in state["links"] if link["rel"].endswith("/results"))
    found = working.get(results).json()
    assert found == execute(working, response="document").json()
    page = working.get(results, headers={"Accept": "text/html"}, follow_redirects=False)
    assert page.status_code == 303
    assert "target" in working.get(page.headers["location"]).text
    listed = working.get("/ogc/jobs?status=successful&processID=targets").json()
    assert [job["jobID"] for job in listed["jobs"]] == [state["jobID"]]
    assert working.get("/ogc/jobs?status=failed").json()["jobs"] == []


def test_a_job_that_fails_answers_with_its_problem(working):
    answered = working.post(
        "/ogc/processes/targets/execution",
        json={"inputs": INPUTS | {"from": "1999-01-01", "to": "1999-01-31"}},
        headers=ASYNC,
    )
    state = finished(working, answered.headers["location"])
    assert state["status"] == "failed"
    assert any(link["rel"].endswith("/exceptions") for link in state["links"])
    results = working.get(f"/ogc/jobs/{state['jobID']}/results")
    assert results.status_code == 400
    assert "no incident from 1999-01-01" in results.json()["detail"]


def test_results_before_the_end_and_unknown_names_are_told_by_their_types(idle):
    job = execute(idle, headers=ASYNC).json()["jobID"]
    early = idle.get(f"/ogc/jobs/{job}/results")
    assert early.status_code == 404
    assert early.json()["type"] == f"{EXCEPTIONS}/result-not-ready"
    assert "Ask again" in early.json()["detail"]
    for method, address, kind in (
        ("GET", "/ogc/processes/alchemy", "no-such-process"),
        ("POST", "/ogc/processes/alchemy/execution", "no-such-process"),
        ("GET", "/ogc/jobs/none", "no-such-job"),
        ("GET", "/ogc/jobs/none/results", "no-such-job"),
        ("DELETE", "/ogc/jobs/none", "no-such-job"),
    ):
        refused = idle.request(method, address, json={"inputs": {}} if method == "POST" else None)
        assert refused.status_code == 404, address
        assert refused.json()["type"] == f"{EXCEPTIONS}/{kind}", address


def test_a_waiting_job_is_dismissed_and_stays_so(idle):
    job = execute(idle, headers=ASYNC).json()["jobID"]
    dismissed = idle.delete(f"/ogc/jobs/{job}")
    assert dismissed.status_code == 200
    assert dismissed.json()["status"] == "dismissed"
    jsonschema.validate(dismissed.json(), STATUS_INFO)
    assert idle.get(f"/ogc/jobs/{job}").json()["status"] == "dismissed"
    assert "was dismissed" in idle.get(f"/ogc/jobs/{job}/results").json()["detail"]


def test_what_became_of_a_job_is_told_in_the_form_that_was_asked_for(idle):
    job = execute(idle, headers=ASYNC).json()["jobID"]
    page = idle.delete(f"/ogc/jobs/{job}?f=html")
    assert page.headers["content-type"].startswith("text/html")
    assert "dismissed" in page.text
    told = idle.delete(f"/ogc/jobs/{job}?f=json", headers={"Accept": "text/html"})
    assert told.json()["message"] == "removed"


@pytest.mark.parametrize("form", ["html", "xml"])
def test_an_execution_refuses_a_form_that_it_does_not_have(idle, form):
    refused = idle.post("/ogc/processes/getis-ord/execution", params={"f": form}, json={})
    assert refused.status_code == 400
    assert "f must be json" in refused.json()["detail"]


def test_jobs_are_paged_by_links(idle):
    made = [
        idle.post(
            "/ogc/processes/getis-ord/execution",
            json={"inputs": {"index": "count", "from": "2024-05-01", "to": f"2024-05-{day}"}},
            headers=ASYNC,
        ).json()["jobID"]
        for day in range(11, 16)
    ]
    seen, address = [], "/ogc/jobs?limit=2"
    while address:
        page = idle.get(address).json()
        seen += [job["jobID"] for job in page["jobs"]]
        address = next((one["href"] for one in page["links"] if one["rel"] == "next"), None)
    assert sorted(seen) == sorted(made)


def test_inputs_of_the_wrong_type_are_refused_all_at_once(idle):
    wrong = {"inputs": {"index": 7, "from": "yesterday", "resolution": "fine", "colour": "red"}}
    refused = idle.post("/ogc/processes/targets/execution", json=wrong, headers=ASYNC)
    assert refused.status_code == 400
    assert {one["where"] for one in refused.json()["errors"]} == {
        "inputs.index", "inputs.from", "inputs.to", "inputs.resolution", "inputs.colour",
    }  # fmt: skip
    assert idle.get("/ogc/jobs").json()["jobs"] == []
    other = execute(idle, outputs={"map": {}})
    assert other.status_code == 400
    assert "no output map; there is: result" in other.json()["detail"]
    assert idle.get("/ogc/jobs?colour=red").status_code == 400


def test_people_get_pages(idle):
    job = execute(idle, headers=ASYNC).json()["jobID"]
    for address, says in (
        ("/ogc/processes", "Patrol targets"),
        ("/ogc/processes/targets", "max_length_m"),
        ("/ogc/jobs", job[:8]),
        (f"/ogc/jobs/{job}", "waiting for a worker"),
    ):
        page = idle.get(address, headers={"Accept": "text/html"})
        assert page.headers["content-type"].startswith("text/html"), address
        assert says in page.text, address
        assert "https://" not in page.text.replace("https://geojson.org", ""), address


def test_what_is_declared_is_linked_from_the_landing_page(client):
    links = {link["rel"]: link["href"] for link in client.get("/ogc/").json()["links"]}
    assert client.get(links["http://www.opengis.net/def/rel/ogc/1.0/processes"]).status_code == 200
    assert client.get(links["http://www.opengis.net/def/rel/ogc/1.0/job-list"]).status_code == 200
    declared = client.get("/ogc/conformance").json()["conformsTo"]
    for name in ("core", "ogc-process-description", "json", "html", "oas30", "job-list", "dismiss"):
        assert f"http://www.opengis.net/spec/ogcapi-processes-1/1.0/conf/{name}" in declared
    paths = client.get("/ogc/api").json()["paths"]
    assert "/processes/{process_id}/execution" in paths


def test_the_definition_declares_the_pages_of_processes_and_jobs(client):
    paths = client.get("/ogc/api").json()["paths"]
    for path in ("/processes", "/processes/{process_id}", "/jobs", "/jobs/{job_id}"):
        assert paths[path]["get"]["responses"]["200"]["content"].keys() == {
            "application/json", "text/html",
        }  # fmt: skip
    assert paths["/jobs/{job_id}/results"]["get"]["responses"].keys() >= {"200", "204", "303"}
