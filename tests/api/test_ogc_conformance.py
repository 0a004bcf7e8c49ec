"""The conformance classes that are declared, tested from their requirements.

The numbers are those of the abstract tests of OGC 17-069r4 (Part 1, Annex A), of the requirements
of OGC 18-058r1 (Part 2), OGC 19-079r2 (Part 3) and OGC 20-057 (Tiles).
"""

import json
from html.parser import HTMLParser

import jsonschema
import pytest
import schemathesis
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import content_type_conformance, status_code_conformance
from schemathesis.specs.openapi.definitions import OPENAPI_30

from service.http.ogc import common, features, tiles
from service.store.views import declared
from tests.api import ogc_schemas as schemas
from tests.api import ogc_town
from tests.api.ogc_town import CRS84, EPSG
from tests.patience import PATIENCE_S

COLLECTIONS = ["targets", "units", "segments", "patrol_areas", "boundaries", "streets", "incidents"]
REL = "http://www.opengis.net/def/rel/ogc/1.0/"
OPENAPI = "application/vnd.oai.openapi+json;version=3.0"
TIMED = {"targets", "units", "segments", "patrol_areas", "incidents"}


@pytest.fixture(scope="module")
def town(databases):
    with ogc_town.serving(databases) as served:
        yield served


def link(document, rel, media_type=None):
    found = [
        one
        for one in document["links"]
        if one["rel"] == rel and media_type in (None, one.get("type"))
    ]
    assert found, f"no link {rel} {media_type or ''}"
    return found[0]


def follow(town, document, rel, media_type=None):
    answer = town.client.get(link(document, rel, media_type)["href"])
    assert answer.status_code == 200
    return answer


def collections(town):
    return town.get("/collections").json()["collections"]


# Part 1, conformance class core


def test_a1_the_api_is_served_over_http_with_the_methods_it_declares(town):
    answer = town.get("/")
    assert answer.http_version == "HTTP/1.1"
    assert town.client.post("/ogc/collections").status_code == 405


def test_a2_the_landing_page_links_to_definition_conformance_and_data(town):
    answer = town.get("/")
    document = answer.json()
    schemas.validate(document, schemas.LANDING)
    for rel in ("service-desc", "service-doc", "conformance", "data", "self", "alternate"):
        link(document, rel)


def test_a3_a4_the_definition_is_found_and_is_a_valid_one(town):
    document = town.get("/").json()
    answer = follow(town, document, "service-desc")
    assert answer.headers["content-type"] == OPENAPI == link(document, "service-desc")["type"]
    assert answer.json()["openapi"].startswith("3.0")
    assert "text/html" in follow(town, document, "service-doc").headers["content-type"]


def test_a5_a6_the_conformance_declaration_names_what_the_modules_declare(town):
    answer = follow(town, town.get("/").json(), "conformance")
    document = answer.json()
    schemas.validate(document, schemas.CONFORMANCE)
    assert {*features.CONFORMANCE, *tiles.CONFORMANCE} <= set(document["conformsTo"])
    assert document["conformsTo"] == list(common.CONFORMANCE)


@pytest.mark.parametrize("path", ["/", "/conformance", "/collections"])
def test_a7_links_say_rel_and_type_and_lead_to_what_they_say(town, path):
    for one in town.get(path).json()["links"]:
        answer = town.client.get(one["href"])
        assert answer.status_code == 200
        assert answer.headers["content-type"].replace("; ", ";").startswith(one["type"])


def test_a9_a10_the_collections_are_listed_with_links(town):
    document = town.get("/collections").json()
    schemas.validate(document, schemas.COLLECTIONS)
    assert [one["id"] for one in document["collections"]] == COLLECTIONS
    link(document, "self", "application/json")
    link(document, "alternate", "text/html")


def test_a11_each_collection_links_to_its_items_and_tells_its_extent(town):
    for one in collections(town):
        assert {each["type"] for each in one["links"] if each["rel"] == "items"} == {
            "application/geo+json", "text/html",
        }  # fmt: skip
        west, south, east, north = one["extent"]["spatial"]["bbox"][0]
        assert -180 <= west < east <= 180
        assert -90 <= south < north <= 90
        assert ("temporal" in one["extent"]) == (one["id"] in TIMED)


def test_a11_every_feature_lies_within_the_extent(town):
    for one in collections(town):
        west, south, east, north = one["extent"]["spatial"]["bbox"][0]
        found = town.features(one["id"])
        extent = shapely.box(west, south, east, north).buffer(1e-6)
        assert found.within(extent).all()


def test_a12_a13_a_collection_alone_says_what_the_list_says(town):
    for one in collections(town):
        alone = follow(town, one, "self").json()
        schemas.validate(alone, schemas.COLLECTION)
        assert alone == one


@pytest.mark.parametrize("name", COLLECTIONS)
def test_a14_a22_features_are_a_valid_collection(town, name):
    one = town.get(f"/collections/{name}").json()
    answer = follow(town, one, "items", "application/geo+json")
    document = answer.json()
    schemas.validate(document, schemas.FEATURES)
    assert document["numberReturned"] == len(document["features"])
    assert document["numberMatched"] >= document["numberReturned"]


def test_a15_the_bbox_parameter_is_defined_and_selects_by_intersection(town):
    definition = town.get("/api").json()
    parameter = _parameter(definition, "bbox")
    assert parameter["in"] == "query"
    assert not parameter["required"]
    everything = town.items("units", bbox="-180,-90,180,90")["numberMatched"]
    nothing = town.items("units", bbox="10,10,11,11")["numberMatched"]
    assert (everything, nothing) == (128, 0)


def test_a16_a17_the_limit_parameter_is_defined_with_its_most(town):
    parameter = _parameter(town.get("/api").json(), "limit")
    schema = parameter["schema"]
    assert (schema["type"], schema["minimum"], schema["maximum"], schema["default"]) == (
        "integer", 1, 10_000, 1_000,
    )  # fmt: skip
    assert town.items("units", limit=5)["numberReturned"] == 5


def test_a18_a19_the_datetime_parameter_is_defined_and_selects_by_intersection(town):
    assert _parameter(town.get("/api").json(), "datetime")["schema"]["type"] == "string"
    for one in collections(town):
        if one["id"] in TIMED:
            first, last = one["extent"]["temporal"]["interval"][0]
            whole = town.items(one["id"])["numberMatched"]
            assert town.items(one["id"], datetime=f"{first}/{last}")["numberMatched"] == whole
            later = last.replace("2025", "2035").replace("2026", "2036")
            assert town.items(one["id"], datetime=f"{later}/..")["numberMatched"] == 0


def test_a20_a21_unknown_and_invalid_parameters_are_answered_400(town):
    for query in ("unknown=1", "bbox=1", "limit=x", "datetime=x", "bbox=1,2,3,4&unknown=1"):
        problem = town.get(f"/collections/units/items?{query}", status=400).json()
        schemas.validate(problem, schemas.PROBLEM)


def test_a23_links_of_a_page_lead_to_itself_its_other_form_and_the_next(town):
    page = town.items("units", limit=10)
    for rel, media_type in (
        ("self", "application/geo+json"),
        ("alternate", "text/html"),
        ("next", "application/geo+json"),
    ):
        answer = follow(town, page, rel, media_type)
        assert answer.headers["content-type"].startswith(media_type)


def test_a24_a25_a_feature_alone_links_to_itself_and_its_collection(town):
    for name in COLLECTIONS:
        feature = town.items(name, limit=1)["features"][0]
        answer = town.get(f"/collections/{name}/items/{feature['id']}")
        document = answer.json()
        schemas.validate(document, {"allOf": [schemas.FEATURE, {"required": ["links"]}]})
        assert answer.headers["content-type"] == "application/geo+json"
        assert follow(town, document, "collection").json()["id"] == name
        assert follow(town, document, "self").json() == document
        assert "text/html" in follow(town, document, "alternate").headers["content-type"]


# Part 1, conformance classes geojson, html and oas30


def test_geojson_is_what_rfc_7946_asks_for(town):
    for name in ("targets", "units", "patrol_areas", "boundaries"):
        for one in town.items(name)["features"]:
            shape = shapely.geometry.shape(one["geometry"])
            assert shape.is_valid
            for part in getattr(shape, "geoms", [shape]):
                assert part.exterior.is_ccw
                assert not any(hole.is_ccw for hole in part.interiors)
            text = json.dumps(one["geometry"]["coordinates"])
            assert max(len(number.partition(".")[2]) for number in text.split(",")) < 12


class _Whole(HTMLParser):
    """Notes the elements of a page, and those that are closed out of turn."""

    EMPTY = {"meta", "link", "br", "img", "path"}  # noqa: RUF012 - never changed

    def __init__(self):
        super().__init__()
        self.open, self.wrong, self.seen = [], [], set()

    def handle_starttag(self, tag, attrs):
        self.seen.add(tag)
        if tag not in self.EMPTY:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag in self.EMPTY:
            return
        if not self.open or self.open.pop() != tag:
            self.wrong.append(tag)


def test_html_pages_are_whole_and_show_what_the_data_says(town):
    feature = town.items("targets", limit=1)["features"][0]
    for path, said in (
        ("/", "Harmspot"),
        ("/conformance", "ogcapi-features-3"),
        ("/collections", "Patrol targets"),
        ("/collections/targets", town.run["cells"]),
        ("/collections/targets/queryables", "Share of harm"),
        ("/collections/targets/items", feature["properties"]["label"].split()[-1]),
        (f"/collections/targets/items/{feature['id']}", "Dominance"),
        ("/collections/units/items?filter=FALSE", "No feature meets the conditions"),
        ("/collections/targets/tiles", "WebMercatorQuad"),
        ("/collections/targets/tiles/WebMercatorQuad", "{z}/{y}/{x}"),
        ("/tileMatrixSets", "WorldCRS84Quad"),
        ("/tileMatrixSets/WebMercatorQuad", "559,082,264"),
    ):
        answer = town.get(path, headers={"accept": "text/html"})
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        assert said in answer.text, path
        page = _Whole()
        page.feed(answer.text)
        assert (page.open, page.wrong) == ([], []), path
        assert {"html", "head", "title", "body", "main", "h1"} <= page.seen


def test_oas30_the_definition_is_valid_and_names_what_is_there(town):
    definition = town.get("/api").json()
    jsonschema.Draft4Validator(OPENAPI_30).validate(definition)
    text = json.dumps(definition)
    assert '"null"' not in text
    for reference in set(_references(definition)):
        target = definition
        for part in reference.removeprefix("#/").split("/"):
            target = target[part]
    for path in (
        "/", "/conformance", "/collections", "/collections/{collectionId}",
        "/collections/{collectionId}/items", "/collections/{collectionId}/items/{featureId}",
        "/collections/{collectionId}/queryables",
    ):  # fmt: skip
        assert "get" in definition["paths"][path]


def test_oas30_the_forms_that_can_be_asked_for_are_those_that_answers_have(town):
    found = set()
    for path, operations in town.get("/api").json()["paths"].items():
        for method, operation in operations.items():
            forms = {one for form in _parameters(operation, "f") for one in form["schema"]["enum"]}
            answers = operation["responses"]
            told = [answer.get("content", {}) for code, answer in answers.items() if code < "3"]
            types = {kind for contents in told for kind in contents}
            as_page = "text/html" in types or "303" in answers
            assert ("html" in forms) == as_page, (method, path)
            assert ("json" in forms) == any("json" in kind for kind in types), (method, path)
            found |= forms
    assert found == {"html", "json", "mvt"}


def test_oas30_every_answer_is_one_that_the_definition_declares(town):
    definition = town.get("/api").json() | {"servers": [{"url": "/ogc"}]}
    schema = schemathesis.openapi.from_dict(definition)
    schema.app = town.client.app
    operations = [found.ok() for found in schema.get_all_operations()]
    assert len(operations) >= 21
    for operation in operations:
        _answers_as_declared(operation, town)


def _answers_as_declared(operation, town) -> None:
    inputs = {"index": "count", "from": "2025-01-01", "to": "2025-12-31"}
    asked = town.client.post(
        "/ogc/processes/concentration/execution",
        json={"inputs": inputs},
        headers={"Prefer": "respond-async"},
    )
    meant = {
        "collectionId": "units", "process_id": "concentration", "job_id": asked.json()["jobID"],
    }  # fmt: skip

    @given(case=operation.as_strategy(), sensible=st.booleans())
    @settings(
        max_examples=25, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
    )
    def check(case, sensible):
        # Made-up names and inputs are nearly always refused: half of them are such as exist.
        for name in case.path_parameters.keys() & meant.keys():
            if sensible or name == "collectionId":
                case.path_parameters[name] = meant[name]
        if sensible and isinstance(case.body, dict):
            case.body["inputs"] = inputs
        case.call_and_validate(
            checks=[not_a_server_error, status_code_conformance, content_type_conformance],
            timeout=PATIENCE_S,
        )

    check()


# Part 2, conformance class crs


def test_part2_req_1_to_4_each_collection_lists_its_systems_and_storage(town):
    for one in collections(town):
        assert one["crs"][0] == CRS84 == one["storageCrs"]
        assert f"{EPSG}4326" in one["crs"]
        assert all(uri.startswith("http://www.opengis.net/def/crs/") for uri in one["crs"])


def test_part2_req_5_to_8_a_box_is_read_in_its_system_and_unknown_ones_are_refused(town):
    plain = town.items("units", bbox="-0.12,51.42,-0.1,51.43")
    asked = {"bbox": "51.42,-0.12,51.43,-0.1", "bbox-crs": f"{EPSG}4326"}
    swapped = town.items("units", **asked)
    assert [one["id"] for one in swapped["features"]] == [one["id"] for one in plain["features"]]
    assert plain["features"]
    town.refusal("units", **{"bbox-crs": f"{EPSG}99999", "bbox": "1,2,3,4"})


def test_part2_req_9_to_16_every_listed_system_is_delivered_and_said_in_the_header(town):
    for one in collections(town):
        for uri in one["crs"]:
            answer = town.get(f"/collections/{one['id']}/items", params={"crs": uri, "limit": 1})
            assert answer.headers["content-crs"] == f"<{uri}>"
            feature = answer.json()["features"][0]["id"]
            alone = town.get(f"/collections/{one['id']}/items/{feature}", params={"crs": uri})
            assert alone.headers["content-crs"] == f"<{uri}>"
            assert alone.json()["geometry"] == answer.json()["features"][0]["geometry"]
        answer = town.get(f"/collections/{one['id']}/items", params={"limit": 1})
        assert answer.headers["content-crs"] == f"<{CRS84}>"


# Part 3, conformance classes queryables, filter and features-filter


@pytest.mark.parametrize("name", COLLECTIONS)
def test_part3_req_1_to_4_queryables_are_a_schema_of_what_filters_may_name(town, name):
    one = town.get(f"/collections/{name}").json()
    answer = follow(town, one, f"{REL}queryables")
    assert answer.headers["content-type"] == "application/schema+json"
    document = answer.json()
    jsonschema.Draft202012Validator.check_schema(document)
    assert document["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert document["$id"].endswith(f"/collections/{name}/queryables")
    assert document["type"] == "object"
    for called, schema in document["properties"].items():
        assert schema["title"]
        assert "type" in schema or schema["format"].startswith("geometry-")
        assert town.items(name, filter=f'"{called}" IS NULL OR TRUE', limit=1)["features"]
    feature = town.items(name, limit=1)["features"][0]
    columns = declared()[name].columns.values()
    documents = {one.name for one in columns if one.kind == "document"}
    told = set(document["properties"]) - {"geometry"}
    assert set(feature["properties"]) - documents <= told


def test_part3_units_of_queryables_are_told(town):
    properties = town.get("/collections/targets/queryables").json()["properties"]
    assert properties["area_km2"]["x-ogc-unit"] == "km2"
    assert properties["harm"]["x-ogc-unit"] == town.items("targets")["run"]["harm_unit"]
    properties = town.get("/collections/streets/queryables").json()["properties"]
    assert properties["length_m"]["x-ogc-unit"] == "m"


def test_part3_req_queryables_may_be_parameters(town):
    classes = {one["properties"]["class"] for one in town.items("units")["features"]}
    assert len(classes) > 1
    numbers = [town.items("units", **{"class": one})["numberMatched"] for one in classes]
    assert sum(numbers) == 128


def test_part3_req_5_to_15_filters_are_defined_and_combined_by_and(town):
    definition = town.get("/api").json()
    languages = _parameter(definition, "filter-lang")["schema"]
    assert languages["enum"] == ["cql2-text", "cql2-json"]
    assert languages["default"] == "cql2-text"
    for name in ("filter", "filter-crs"):
        assert _parameter(definition, name)["schema"]["type"] == "string"
    alone = {one["id"] for one in town.items("units", filter="harm > 2")["features"]}
    box = {one["id"] for one in town.items("units", bbox="-0.12,51.42,-0.1,51.43")["features"]}
    both = town.items("units", filter="harm > 2", bbox="-0.12,51.42,-0.1,51.43")["features"]
    assert {one["id"] for one in both} == alone & box != set()
    town.refusal("units", filter="harm >")


# Tiles


def test_tiles_documents_are_what_their_schemas_ask_for(town):
    schemas.validate(town.get("/tileMatrixSets").json(), schemas.TILE_MATRIX_SETS)
    for tiling in ("WebMercatorQuad", "WorldCRS84Quad"):
        definition = town.get(f"/tileMatrixSets/{tiling}").json()
        schemas.validate(definition, schemas.TILE_MATRIX_SET)
        for name in COLLECTIONS:
            path = f"/collections/{name}/tiles"
            schemas.validate(town.get(path).json(), schemas.TILE_SETS)
            about = town.get(f"{path}/{tiling}").json()
            schemas.validate(about, schemas.TILE_SET)
            assert about["crs"] == definition["crs"]
            schemas.validate(town.get(f"{path}/{tiling}/tilejson").json(), schemas.TILEJSON)
            template = link(about, "item", "application/vnd.mapbox-vector-tile")
            assert template["templated"]
            for variable in ("{tileMatrix}", "{tileRow}", "{tileCol}"):
                assert variable in template["href"]


def _parameters(operation, name):
    return [one for one in operation.get("parameters", []) if one.get("name") == name]


def _parameter(definition, name):
    parameters = definition["paths"]["/collections/{collectionId}/items"]["get"]["parameters"]
    return next(one for one in parameters if one["name"] == name)


def _references(node):
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for value in node.values():
            yield from _references(value)
    elif isinstance(node, list):
        for value in node:
            yield from _references(value)
