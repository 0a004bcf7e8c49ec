"""Requirements that the standards' own test suites check, each as they word it."""

import datetime as dt
import email
from email.policy import HTTP
from urllib.parse import parse_qs, urlsplit

import pytest

from service.analyses.registry import PROCESSES
from tests.api import ogc_town
from tests.api.ogc_schemas import COLLECTION, FEATURES, validate
from tests.api.ogc_town import CRS84, EPSG

ITEMS = "/collections/{collectionId}/items"
INPUTS = {
    "stringInput": "a text",
    "measureInput": {"measurement": 10.3, "uom": "m", "reference": "https://ucum.org/m"},
    "dateInput": "2025-03-06T07:21:00Z",
    "doubleInput": 3.14159,
    "arrayInput": [1, 2, 3],
    "booleanInput": True,
    "complexObjectInput": {"property1": "value", "property5": True},
    "geometryInput": {"type": "Point", "coordinates": [-0.1, 51.5]},
    "boundingBoxInput": {"bbox": [-0.2, 51.4, 0.0, 51.6], "crs": CRS84},
    "featureCollectionInput": {"type": "FeatureCollection", "features": []},
}
OF_SCHEMA = {
    "title", "multipleOf", "maximum", "exclusiveMaximum", "minimum", "exclusiveMinimum",
    "maxLength", "minLength", "pattern", "maxItems", "minItems", "uniqueItems", "maxProperties",
    "minProperties", "required", "enum", "type", "not", "allOf", "oneOf", "anyOf", "items",
    "properties", "additionalProperties", "description", "format", "default", "nullable",
    "readOnly", "writeOnly", "example", "deprecated", "contentMediaType", "contentEncoding",
    "contentSchema", "$ref",
}  # fmt: skip
"""What the schema of an input may hold (OGC 18-062r2, schema.yaml)."""


@pytest.fixture(scope="module")
def town(databases):
    with ogc_town.serving(databases) as made:
        yield made


def parameter(definition, name, path=ITEMS):
    (found,) = [
        one for one in definition["paths"][path]["get"]["parameters"] if one["name"] == name
    ]
    return found


def test_features_req_21_bbox_is_defined_as_an_array_of_four_or_six_numbers(town):
    box = parameter(town.get("/api").json(), "bbox")
    assert (box["in"], box["required"], box["style"], box["explode"]) == (
        "query", False, "form", False,
    )  # fmt: skip
    schema = box["schema"]
    assert (schema["type"], schema["minItems"], schema["maxItems"]) == ("array", 4, 6)
    assert schema["items"] == {"type": "number"}
    assert schema["oneOf"] == [{"minItems": 4, "maxItems": 4}, {"minItems": 6, "maxItems": 6}]


def test_features_req_limit_is_defined_as_a_bounded_whole_number(town):
    limit = parameter(town.get("/api").json(), "limit")
    assert (limit["in"], limit["required"], limit["style"], limit["explode"]) == (
        "query", False, "form", False,
    )  # fmt: skip
    schema = limit["schema"]
    assert schema["type"] == "integer"
    assert schema["minimum"] == 1
    assert schema["minimum"] <= schema["default"] <= schema["maximum"] == 10_000


def test_features_req_25_datetime_is_defined_as_a_text(town):
    datetime = parameter(town.get("/api").json(), "datetime")
    assert (datetime["in"], datetime["required"], datetime["style"], datetime["explode"]) == (
        "query", False, "form", False,
    )  # fmt: skip
    assert datetime["schema"]["type"] == "string"


def test_tiles_req_23_operations_have_the_ids_of_the_standard(town):
    paths = town.get("/api").json()["paths"]
    tiles = "/collections/{collectionId}/tiles"
    for path, suffix in {
        "/tileMatrixSets": "getTileMatrixSetsList",
        "/tileMatrixSets/{tileMatrixSetId}": "getTileMatrixSet",
        tiles: ".collection.vector.getTileSetsList",
        f"{tiles}/{{tileMatrixSetId}}": ".collection.vector.getTileSet",
        f"{tiles}/{{tileMatrixSetId}}/{{tileMatrix}}/{{tileRow}}/{{tileCol}}": (
            ".collection.vector.getTile"
        ),
    }.items():
        assert paths[path]["get"]["operationId"].endswith(suffix)
    ids = [one["operationId"] for path in paths.values() for one in path.values()]
    assert len(set(ids)) == len(ids)


def test_a_collection_without_features_is_a_valid_one(client):
    for one in client.get("/ogc/collections").json()["collections"]:
        validate(one, COLLECTION)
        assert one["extent"]["spatial"]["bbox"] == [[-180.0, -90.0, 180.0, 90.0]]
        page = client.get(f"/ogc/collections/{one['id']}/items").json()
        validate(page, FEATURES)
        assert (page["numberMatched"], page["numberReturned"], page["features"]) == (0, 0, [])
        assert {link["rel"] for link in page["links"]} == {"self", "alternate", "collection"}
        boxed = client.get(f"/ogc/collections/{one['id']}/items?bbox=-180,-90,180,90").json()
        assert boxed["numberMatched"] == 0


def test_the_extent_of_a_run_without_targets_is_where_it_looked(databases):
    with ogc_town.serving(databases) as town:
        tenant = town.client.app.state.tenant
        run = ogc_town.analysed(
            tenant, "targets", index="count", study_area="districts", min_incidents=10_000
        )
        about = town.get("/collections/targets", params={"run_id": run}).json()
        assert town.items("targets", run_id=run)["numberMatched"] == 0
        west, south, east, north = about["extent"]["spatial"]["bbox"][0]
        assert -0.2 < west < east < 0
        assert 51.3 < south < north < 51.5


def test_an_answer_says_when_it_was_written(town):
    before = dt.datetime.now(dt.UTC)
    said = dt.datetime.fromisoformat(town.items("units", limit=1)["timeStamp"])
    assert before <= said <= dt.datetime.now(dt.UTC)


@pytest.mark.parametrize("uri", [CRS84, f"{EPSG}3857", f"{EPSG}27700"])
def test_a_feature_links_to_itself_in_the_system_that_it_was_asked_in(town, uri):
    one = town.items("units", limit=1)["features"][0]["id"]
    answer = town.get(f"/collections/units/items/{one}", params={"crs": uri})
    assert answer.headers["content-crs"] == f"<{uri}>"
    for link in answer.json()["links"]:
        if link["rel"] in ("self", "alternate"):
            assert parse_qs(urlsplit(link["href"]).query)["crs"] == [uri]
    own = next(link["href"] for link in answer.json()["links"] if link["rel"] == "self")
    again = town.client.get(f"{urlsplit(own).path}?{urlsplit(own).query}")
    assert again.json()["geometry"] == answer.json()["geometry"]


# Processes


def walk(schema):
    if isinstance(schema, dict):
        yield schema
        inner = [schema.get("items"), *schema.get("properties", {}).values()]
        inner += [*schema.get("oneOf", []), *schema.get("anyOf", []), *schema.get("allOf", [])]
        for one in inner:
            yield from walk(one)


@pytest.mark.parametrize("name", [*PROCESSES, "echo"])
def test_a_description_holds_what_the_standard_has_words_for(client, name):
    described = client.get(f"/ogc/processes/{name}").json()
    for called, one in (described["inputs"] | described["outputs"]).items():
        assert set(one) <= {
            "title", "description", "schema", "minOccurs", "maxOccurs", "additionalParameters",
        }, called  # fmt: skip
        for schema in walk(one["schema"]):
            assert set(schema) <= OF_SCHEMA, called
            assert schema.get("default", ...) is not None, called
        for told in one.get("additionalParameters", {}).get("parameters", []):
            assert set(told) == {"name", "value"}
            assert isinstance(told["value"], list)


def execute(client, **body):
    return client.post("/ogc/processes/echo/execution", json=body)


@pytest.mark.parametrize("name", INPUTS)
def test_the_echo_answers_one_input_as_it_is(client, name):
    answer = execute(client, inputs={name: INPUTS[name]})
    assert answer.status_code == 200, answer.text
    if name in ("stringInput", "dateInput"):
        assert answer.text == INPUTS[name]
        assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    else:
        assert answer.json() == INPUTS[name]
        assert answer.headers["content-type"] == "application/json"
    assert execute(client, inputs={name: {"value": INPUTS[name]}}).content == answer.content


def test_the_echo_answers_all_in_one_document_or_in_parts(client):
    outputs = {name.removesuffix("Input") + "Output": one for name, one in INPUTS.items()}
    whole = execute(client, inputs=INPUTS, response="document")
    assert whole.json() == outputs
    some = execute(
        client, inputs=INPUTS, outputs={"doubleOutput": {}, "stringOutput": {}}, response="document"
    )
    assert some.json() == {"doubleOutput": 3.14159, "stringOutput": "a text"}
    parts = execute(client, inputs=INPUTS)
    head = f"Content-Type: {parts.headers['content-type']}\r\n\r\n".encode()
    message = email.message_from_bytes(head + parts.content, policy=HTTP)
    found = {part["Content-ID"].strip("<>"): part.get_payload() for part in message.iter_parts()}
    assert set(found) == set(outputs)
    assert found["stringOutput"].strip() == "a text"


def test_the_echo_as_a_job_is_done_at_once_and_kept(client):
    body = {"inputs": INPUTS, "response": "document"}
    answer = client.post(
        "/ogc/processes/echo/execution", json=body, headers={"Prefer": "respond-async"}
    )
    assert answer.status_code == 201
    state = client.get(urlsplit(answer.headers["location"]).path).json()
    assert (state["status"], state["processID"], state["progress"]) == ("successful", "echo", 100)
    (results,) = [one["href"] for one in state["links"] if one["rel"].endswith("/results")]
    assert client.get(urlsplit(results).path).json() == execute(client, **body).json()
    assert "echo" in [one["processID"] for one in client.get("/ogc/jobs").json()["jobs"]]
    for page in (f"/ogc/jobs/{state['jobID']}?f=html", f"/jobs/{state['jobID']}", "/jobs"):
        assert client.get(page).status_code == 200
    assert client.get(f"/api/v1/jobs/{state['jobID']}").json()["run_id"] is None
    assert client.delete(f"/ogc/jobs/{state['jobID']}").status_code == 200
    assert client.get(f"/ogc/jobs/{state['jobID']}").status_code == 404


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ({"inputs": {}}, "inputs"),
        ({"inputs": {"colour": "red"}}, "inputs.colour"),
        ({"inputs": {"doubleInput": "three"}}, "inputs.doubleInput"),
        ({"inputs": {"booleanInput": 0}}, "inputs.booleanInput"),
        ({"inputs": {"dateInput": "today"}}, "inputs.dateInput"),
        ({"inputs": {"stringInput": "a"}, "outputs": {"dateOutput": {}}}, "dateOutput"),
    ],
)
def test_the_echo_refuses_what_it_does_not_declare(client, body, where):
    answer = execute(client, **body)
    assert answer.status_code == 400
    assert [one["where"] for one in answer.json()["errors"]] == [where]


def test_the_echo_is_listed_only_where_the_installation_says_so(client, databases):
    listed = client.get("/ogc/processes").json()["processes"]
    assert "echo" not in [one["id"] for one in listed]
    assert "echo" in client.get("/ogc/processes/echo?f=html").text
    with ogc_town.serving(databases, ogc_echo=True) as town:
        assert town.get("/processes").json()["processes"][-1]["id"] == "echo"


def test_a_job_that_is_not_done_links_to_where_it_is_watched(town):
    client = town.client
    question = {"index": "count", "from": "2025-01-01", "to": "2025-12-31"}
    state = client.post(
        "/ogc/processes/concentration/execution",
        json={"inputs": question},
        headers={"Prefer": "respond-async"},
    ).json()
    (monitor,) = [one for one in state["links"] if one["rel"] == "monitor"]
    assert client.get(urlsplit(monitor["href"]).path).json()["jobID"] == state["jobID"]
    ended = client.delete(f"/ogc/jobs/{state['jobID']}").json()
    assert "monitor" not in [one["rel"] for one in ended["links"]]
