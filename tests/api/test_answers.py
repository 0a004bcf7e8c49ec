"""How every address answers: with or without a slash, to browsers, to wrong methods and bodies."""

import pytest

PAGE = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
PROBLEM = "application/problem+json"


@pytest.mark.parametrize(
    "path",
    ["", "/conformance", "/api", "/collections", "/collections/units", "/collections/units/items",
     "/collections/units/queryables", "/collections/units/schema", "/tileMatrixSets", "/processes",
     "/processes/echo", "/jobs", "/collections/units/tiles/WebMercatorQuad"],
)  # fmt: skip
def test_a_slash_at_the_end_changes_nothing(client, path):
    plain, with_slash = (
        client.get(f"/ogc{path}{end}", follow_redirects=False) for end in ("", "/")
    )
    assert plain.status_code == with_slash.status_code == 200
    assert plain.headers["content-type"] == with_slash.headers["content-type"]
    if not path.endswith("items"):  # which say when they were written
        assert plain.content == with_slash.content


def test_a_slash_that_is_part_of_a_name_is_kept(client):
    answer = client.get("/ogc/collections/incidents/items/generic.a%2F")
    assert "generic.a/" in answer.text or answer.status_code == 404


@pytest.mark.parametrize(
    ("accept", "form"),
    [("text/*", "text/html"), ("text/html", "text/html"), ("*/*", "application/json"),
     ("application/*, text/*;q=0.5", "application/json"), ("application/json", "application/json")],
)  # fmt: skip
def test_the_form_is_what_the_client_wants_most(client, accept, form):
    answer = client.get("/ogc/collections", headers={"Accept": accept})
    assert answer.headers["content-type"].split(";")[0] == form


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", "/ogc/jobs/x", "GET, HEAD, DELETE"),
        ("POST", "/ogc/collections", "GET, HEAD"),
        ("GET", "/ogc/processes/echo/execution", "POST"),
        ("PATCH", "/api/v1/jobs", "GET, HEAD, POST"),
        ("PATCH", "/api/v1/jobs/x", "GET, HEAD, DELETE"),
        ("PUT", "/healthz", "GET, HEAD"),
        ("DELETE", "/runs", "GET, HEAD"),
    ],
)
def test_what_an_address_does_not_do_is_answered_with_all_that_it_does(
    client, method, path, allowed
):
    answer = client.request(method, path)
    assert (answer.status_code, answer.headers["allow"]) == (405, allowed)


@pytest.mark.parametrize("path", ["/nope", "/runs/nope", "/nope/nope"])
def test_a_browser_gets_a_page_where_there_is_nothing(client, path):
    answer = client.get(path, headers=PAGE)
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")


@pytest.mark.parametrize("path", ["/nope", "/ogc/nope", "/ogc/collections/nope", "/api/v1/nope"])
def test_a_program_gets_a_problem_where_there_is_nothing(client, path):
    answer = client.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (404, PROBLEM)


@pytest.mark.parametrize("path", ["/ogc/nope", "/ogc/collections/nope", "/api/v1/nope"])
def test_rooms_of_data_say_so_as_problems_to_browsers_too(client, path):
    answer = client.get(path, headers=PAGE)
    assert (answer.status_code, answer.headers["content-type"]) == (404, PROBLEM)


@pytest.mark.parametrize(
    ("path", "definition"),
    [("/ogc/processes/concentration/execution", "/ogc/api"), ("/api/v1/jobs", "/openapi.json")],
)
def test_a_body_that_is_no_text_is_refused_as_declared(client, path, definition):
    answer = client.post(
        path, content=b'{"inputs": {"index": "\xff"}}', headers={"Content-Type": "application/json"}
    )
    assert (answer.status_code, answer.headers["content-type"]) == (400, PROBLEM)
    paths = client.get(definition).json()["paths"]
    told = paths[path.replace("/ogc", "").replace("concentration", "{process_id}")]["post"]
    assert PROBLEM in told["responses"]["400"]["content"]


@pytest.mark.parametrize("value", [0, 1, "true"])
def test_a_number_or_a_text_is_no_truth_in_a_body(client, value):
    asked = {"process": "concentration", "parameters": {}, "publish": value}
    answer = client.post("/api/v1/jobs", json=asked)
    assert answer.status_code == 422
    assert "body.publish" in [one["where"] for one in answer.json()["errors"]]


def test_a_truth_is_no_number_in_a_body(client):
    inputs = {"index": "count", "from": "2025-01-01", "to": "2025-12-31", "resolution": True}
    answer = client.post("/ogc/processes/concentration/execution", json={"inputs": inputs})
    assert answer.status_code == 400
    assert [one["where"] for one in answer.json()["errors"]] == ["inputs.resolution"]
