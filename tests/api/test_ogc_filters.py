"""Filters: CQL2 text and JSON find what pandas finds, and say where they are wrong."""

import json
import time

import cql2
import pandas as pd
import pytest
from sqlalchemy import text

from tests.api import ogc_town
from tests.api.ogc_town import Town


@pytest.fixture(scope="module")
def town(databases):
    with ogc_town.serving(databases) as served:
        yield served


@pytest.fixture(scope="module")
def units(town):
    return town.features("units")


@pytest.fixture(scope="module")
def incidents(town):
    table = town.features("incidents")
    return table.assign(at=pd.to_datetime(table["occurred_from"]))


def found(town: Town, collection: str, **asked):
    return {one["id"] for one in town.items(collection, **asked)["features"]}


PROPERTIES = [
    ("harm > 5", lambda u: u["harm"] > 5),
    ("5 < harm", lambda u: u["harm"] > 5),
    ("harm >= 5.0 AND harm <= 20.5", lambda u: u["harm"].between(5, 20.5)),
    ("rank = 7", lambda u: u["rank"] == 7),
    ("rank <> 7", lambda u: u["rank"] != 7),
    ("z < -0.5", lambda u: u["z"] < -0.5),
    ("count = harm", lambda u: u["count"] == u["harm"]),
    ("class = 'hot_99'", lambda u: u["class"] == "hot_99"),
    ("\"class\" = 'hot_99'", lambda u: u["class"] == "hot_99"),
    ("class IN ('hot_99', 'hot_95')", lambda u: u["class"].isin(["hot_99", "hot_95"])),
    ("rank NOT IN (1, 2, 3)", lambda u: u["rank"] > 3),
    ("rank BETWEEN 3 AND 5", lambda u: u["rank"].between(3, 5)),
    ("rank NOT BETWEEN 3 AND 5", lambda u: ~u["rank"].between(3, 5)),
    ("district LIKE 'W%'", lambda u: u["district"] == "West"),
    ("district LIKE '_est'", lambda u: u["district"] == "West"),
    ("district LIKE '%\\%%'", lambda u: u["district"] == "none has a percent sign"),
    ("district NOT LIKE 'W%'", lambda u: u["district"] == "East"),
    ("CASEI(district) = CASEI('wEST')", lambda u: u["district"] == "West"),
    ("CASEI(district) LIKE CASEI('W%')", lambda u: u["district"] == "West"),
    ("label IS NULL", lambda u: u["label"].isna()),
    ("label IS NOT NULL", lambda u: u["label"].notna()),
    ("geometry IS NULL", lambda u: u["rank"] < 0),
    ("NOT (harm > 5 OR rank = 100)", lambda u: ~((u["harm"] > 5) | (u["rank"] == 100))),
    ("rank < 9 OR z > 0 AND harm = 0", lambda u: (u["rank"] < 9) | (u["z"] > 0) & (u["harm"] == 0)),
    ("TRUE", lambda u: u["rank"] > 0),
    ("FALSE OR rank = 1", lambda u: u["rank"] == 1),
]


@pytest.mark.parametrize(("asked", "expected"), PROPERTIES)
def test_a_filter_finds_what_pandas_finds(town, units, asked, expected):
    assert found(town, "units", filter=asked) == set(units.loc[expected(units), "id"])


@pytest.mark.parametrize(("asked", "expected"), PROPERTIES)
def test_a_filter_in_json_finds_the_same_as_in_text(town, units, asked, expected):
    written = json.dumps(cql2.parse_text(asked).to_json())
    answer = found(town, "units", **{"filter": written, "filter-lang": "cql2-json"})
    assert answer == set(units.loc[expected(units), "id"])


DAY = pd.Timestamp("2025-03-01T00:00Z")
TIMES = [
    ("T_AFTER(occurred_from, DATE('2025-03-01'))", lambda at: at >= DAY + pd.Timedelta(days=1)),
    ("T_BEFORE(occurred_from, TIMESTAMP('2025-03-01T12:00:00Z'))",
     lambda at: at < DAY + pd.Timedelta(hours=12)),
    ("T_DURING(occurred_from, INTERVAL('2025-03-01', '..'))", lambda at: at > DAY),
    ("T_INTERSECTS(occurred_from, INTERVAL('..', '2025-03-01'))",
     lambda at: at < DAY + pd.Timedelta(days=1)),
    ("T_EQUALS(occurred_from, TIMESTAMP('2025-03-01T12:00:00Z'))",
     lambda at: at == DAY + pd.Timedelta(hours=12)),
    ("T_DISJOINT(INTERVAL(occurred_from, occurred_to), DATE('2025-03-01'))",
     lambda at: at.dt.normalize() != DAY),
    ("T_CONTAINS(DATE('2025-03-01'), occurred_from)", lambda at: at.dt.normalize() == DAY),
    ("occurred_from > TIMESTAMP('2025-03-01T13:00:00+01:00')",
     lambda at: at > DAY + pd.Timedelta(hours=12)),
]  # fmt: skip


@pytest.mark.parametrize(("asked", "expected"), TIMES)
def test_a_filter_by_time_finds_what_pandas_finds(town, incidents, asked, expected):
    answer = found(town, "incidents", filter=asked)
    assert answer == set(incidents.loc[expected(incidents["at"]), "id"]) != set()


ALLEN = {
    # Each relation as it holds between [a0, a1] and [b0, b1] (Allen 1983), told without SQL.
    "T_AFTER": lambda a, b: a[0] > b[1],
    "T_BEFORE": lambda a, b: a[1] < b[0],
    "T_CONTAINS": lambda a, b: a[0] < b[0] and a[1] > b[1],
    "T_DISJOINT": lambda a, b: a[0] > b[1] or a[1] < b[0],
    "T_DURING": lambda a, b: a[0] > b[0] and a[1] < b[1],
    "T_EQUALS": lambda a, b: a == b,
    "T_FINISHEDBY": lambda a, b: a[0] < b[0] and a[1] == b[1],
    "T_FINISHES": lambda a, b: a[0] > b[0] and a[1] == b[1],
    "T_INTERSECTS": lambda a, b: not (a[0] > b[1] or a[1] < b[0]),
    "T_MEETS": lambda a, b: a[1] == b[0],
    "T_METBY": lambda a, b: a[0] == b[1],
    "T_OVERLAPPEDBY": lambda a, b: b[0] < a[0] < b[1] < a[1],
    "T_OVERLAPS": lambda a, b: a[0] < b[0] < a[1] < b[1],
    "T_STARTEDBY": lambda a, b: a[0] == b[0] and a[1] > b[1],
    "T_STARTS": lambda a, b: a[0] == b[0] and a[1] < b[1],
}


@pytest.mark.parametrize("relation", ALLEN)
def test_each_relation_of_times_holds_where_allen_says(town, relation):
    def written(span):
        return "INTERVAL('2025-01-{:02d}T00:00:00Z', '2025-01-{:02d}T00:00:00Z')".format(*span)

    b, held = (10, 20), []
    for first in (2, 5, 10, 13, 17, 20, 25, 28):
        for last in (2, 5, 10, 13, 17, 20, 25, 28):
            if first < last:
                a = (first, last)
                asked = f"{relation}({written(a)}, {written(b)})"
                answer = town.items("targets", filter=asked)["numberMatched"] > 0
                assert answer == ALLEN[relation](a, b), asked
                held.append(answer)
    assert any(held)
    assert not all(held)


@pytest.mark.parametrize(
    "shape",
    [
        "POINT EMPTY", "LINESTRING EMPTY", "POLYGON EMPTY", "MULTIPOINT EMPTY",
        "MULTIPOLYGON EMPTY", "GEOMETRYCOLLECTION EMPTY", "POINT Z EMPTY",
    ],
)  # fmt: skip
def test_an_empty_geometry_is_refused(town, shape):
    problem = town.refusal("units", filter=f"S_INTERSECTS(geometry,{shape})")
    assert problem["errors"][0]["where"] == "filter"


@pytest.mark.parametrize(
    "shape",
    [
        {"type": "Point", "coordinates": []},
        {"type": "Point", "coordinates": [1]},
        {"type": "LineString", "coordinates": []},
        {"type": "Polygon", "coordinates": []},
        {"type": "Polygon", "coordinates": [[]]},
        {"type": "MultiPolygon", "coordinates": [[[]]]},
        {"type": "Point", "coordinates": None},
    ],
)
def test_an_empty_geometry_in_json_is_refused(town, shape):
    asked = json.dumps({"op": "s_intersects", "args": [{"property": "geometry"}, shape]})
    problem = town.refusal("units", filter=asked, **{"filter-lang": "cql2-json"})
    assert problem["errors"][0]["where"] == "filter"


@pytest.mark.parametrize(
    ("asked", "where"),
    [
        ("harm >", "at line 1, column 7, where it ends"),
        ("", "at line 1, column 1, where it ends"),
        ("harm > 5 AND\n class == 'x'", "at line 2, column 9, before \"= 'x'\""),
        ("rank = 5; DROP TABLE incident", "at line 1, column 9, before '; DROP TABLE inciden'"),
        ("label = 'no end", 'at line 1, column 9, before "\'no end"'),
        ("((rank = 1)", "at line 1"),
    ],
)
def test_a_filter_that_cannot_be_read_says_where(town, asked, where):
    problem = town.refusal("units", filter=asked)
    assert f"is not cql2-text {where}" in problem["detail"]
    assert problem["errors"][0]["where"] == "filter"


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        ("harmm > 5", "asks for 'harmm', which is no property of this collection; there are: "),
        ("harmm > 5", "Did you mean harm?"),
        ("members = 'a'", "is no property"),
        ("run_id = 'a'", "is no property"),
        ("geom IS NULL", "is no property"),
        ("harm = 'much'", "compares number with text by '='"),
        ("class = 5", "compares text with number by '='"),
        ("class = TRUE", "compares text with boolean"),
        ("rank IN (1, 'two')", "compares number with text by 'in'"),
        ("rank BETWEEN 1 AND 'two'", "compares number with text"),
        ("rank LIKE '1%'", "uses LIKE on number"),
        ("CASEI(rank) = 'a'", "uses CASEI on number"),
        ("harm + 1 > 2", "uses '+' in a value; only casei is offered there"),
        ("pg_sleep(1) = 1", "uses 'pg_sleep' in a value"),
        ("A_CONTAINS(class, ('a'))", "uses 'a_contains', which is not offered"),
        ("rank", "has a value or a property where a condition belongs"),
        ("1", "has a value or a property where a condition belongs"),
        ("geometry = 'x'", "use S_INTERSECTS"),
        ("T_AFTER(class, DATE('2025-01-01'))", "asks when 'class' was, which is no time"),
        ("T_AFTER(DATE('2025-13-01'), DATE('2025-01-01'))", "filter must be an instant"),
        ("(" * 61 + "rank = 1" + ")" * 61, "too deep"),
        ("NOT " * 200 + "rank = 1", "too deep"),
        ("rank = 1 OR " * 4_000 + "rank = 1", "is longer than 30,000 characters"),
        ("label = 'a\0b'", "NUL"),
        ("rank = 1e999", "not finite"),
    ],
)  # fmt: skip
def test_a_filter_that_asks_for_what_there_is_not_says_what(town, asked, why):
    assert why in town.refusal("units", filter=asked)["detail"]


@pytest.mark.parametrize(
    "asked",
    ['{"op":"=","args":[{"property":"rank"}', "[]", "5", '"x"', "null", "rank = 1",
     '{"op":"=","args":[]}', '{"op":"and"}', '{"op":["and"],"args":[]}', '{"args":[1]}',
     '{"op":"=","args":[{"property":["rank"]},1]}', '{"op":"not","args":[]}',
     '{"op":"in","args":[{"property":"rank"},[]]}', '{"op":"in","args":[{"property":"rank"},1]}',
     '{"op":"=","args":[{"property":"label"},"\\u0000"]}',
     '{"op":"s_intersects","args":[{"property":"geometry"},{"type":"Point","coordinates":["a"]}]}',
     '{"op":"s_intersects","args":[{"property":"geometry"},{"type":"Point"}]}',
     '{"op":"not","args":[' * 500 + "true" + "]}" * 500],
)  # fmt: skip
def test_json_that_is_no_filter_is_refused(town, asked):
    town.refusal("units", **{"filter": asked, "filter-lang": "cql2-json"})


def test_the_language_of_a_filter_must_be_one_that_is_known(town):
    problem = town.refusal("units", **{"filter": "TRUE", "filter-lang": "ecql"})
    assert "cql2-text or cql2-json" in problem["detail"]


@pytest.mark.parametrize("language", ["ecql", "", "CQL2-TEXT"])
def test_the_language_is_checked_where_there_is_no_filter_too(town, language):
    assert "cql2-text or cql2-json" in town.refusal("units", **{"filter-lang": language})["detail"]
    for name in ("units", "boundaries", "streets"):
        path = f"/collections/{name}/tiles/WebMercatorQuad/0/0/0"
        town.get(path, params={"filter-lang": language}, status=400)


@pytest.mark.parametrize("name", ["f", "unit", "filter-lang", "crs", "bbox-crs", "filter-crs"])
def test_an_empty_choice_is_refused_like_any_that_there_is_not(town, name):
    town.refusal("units", **{name: ""})
    town.refusal("units", **{name: "nothing"})


@pytest.mark.parametrize(
    ("short", "long"),
    [("harm > .5", "harm > 0.5"), ("harm > -.5", "harm > -0.5"), ("harm < 6e6", "harm < 6000000"),
     ("harm BETWEEN .5 AND 6E0", "harm BETWEEN 0.5 AND 6"), ("count<.5e1", "count < 5"),
     ("count IN (.1e1, 2e0)", "count IN (1, 2)")],
)  # fmt: skip
def test_numbers_may_begin_with_a_point_and_end_with_a_power(town, short, long):
    found = town.items("units", filter=short)
    assert found["numberMatched"] == town.items("units", filter=long)["numberMatched"]


def test_a_point_inside_of_a_text_stays_as_it_is(town):
    asked = "location_text = 'No .5 there' OR location_text LIKE 'O''Brien%'"
    assert town.items("incidents", filter=asked, limit=1)["numberMatched"] > 0


HOSTILE = [
    "'; DROP TABLE unit_score; --", "' OR '1'='1", "\\'; SELECT 1; --", "%' OR TRUE --", "$$x$$",
    "{}", "%s %(x)s %%", ":name ::text", "\\", "a\\' OR TRUE --", "\u2019 OR 1=1", "\x1a\x7f",
]  # fmt: skip


@pytest.mark.parametrize("value", HOSTILE)
def test_no_value_becomes_part_of_a_statement(town, value):
    quoted = value.replace("'", "''")
    before = town.items("units")["numberMatched"]
    assert found(town, "units", filter=f"district = '{quoted}'") == set()
    in_json = json.dumps({"op": "=", "args": [{"property": "district"}, value]})
    assert found(town, "units", **{"filter": in_json, "filter-lang": "cql2-json"}) == set()
    assert found(town, "units", district=value) == set()
    for parameter in ("bbox", "datetime", "crs", "bbox-crs", "after"):
        town.refusal("units", **{parameter: value})
    for parameter in ("run_id", "network", "layer"):
        collection = {"run_id": "units", "network": "streets", "layer": "boundaries"}[parameter]
        path = f"/collections/{collection}/items"
        town.get(path, params={parameter: value}, status=404)
    with town.database.session() as session:
        session.execute(
            text("UPDATE unit_score SET label = :v WHERE rank = 1 AND run_id = :r"),
            {"v": value, "r": town.run["cells"]},
        )
    for asked in (f"label = '{quoted}'", f"label = '{quoted}' AND rank < 5"):
        assert len(found(town, "units", filter=asked)) == 1
    assert len(found(town, "units", label=value)) == 1
    assert town.items("units")["numberMatched"] == before


@pytest.mark.parametrize(
    "name", ['rank" = 1 OR TRUE --', 'x"; DROP TABLE unit_score; --', "(SELECT 1)", "run_id"]
)
def test_no_name_becomes_part_of_a_statement(town, name):
    in_json = json.dumps({"op": "=", "args": [{"property": name}, 1]})
    asked = {"filter": in_json, "filter-lang": "cql2-json"}
    assert "is no property" in town.refusal("units", **asked)["detail"]
    operator = json.dumps({"op": name, "args": [{"property": "rank"}, 1]})
    assert "not offered" in town.refusal(
        "units", **{"filter": operator, "filter-lang": "cql2-json"}
    )["detail"]  # fmt: skip


@pytest.mark.parametrize(
    "asked",
    [
        "(" * 14 + "a=1 AND " * 1_000, "NOT (" * 13 + "a=1 AND " * 1_000,
        "(" * 9 + "a IN (" + "'x'," * 2_000, "(" * 20, "a=1 AND (" * 30,
    ],
)  # fmt: skip
def test_no_filter_keeps_the_service_busy_for_long(town, asked):
    began = time.process_time()  # which passes no faster where others are busy, too
    town.refusal("units", filter=asked)
    assert time.process_time() - began < 5


def test_properties_are_parameters_too(town, units):
    assert found(town, "units", **{"class": "not_significant"}) == set(
        units.loc[units["class"] == "not_significant", "id"]
    )
    both = {"district": "West", "count": "0"}
    expected = (units["district"] == "West") & (units["count"] == 0)
    assert found(town, "units", **both) == set(units.loc[expected, "id"]) != set()
    assert found(town, "units", rank="3") == set(units.loc[units["rank"] == 3, "id"])
    assert "rank is a number" in town.refusal("units", rank="third")["detail"]


def test_properties_of_time_are_parameters_too(town, incidents):
    chosen = incidents.loc[incidents["at"].dt.normalize() == DAY, "id"]
    assert found(town, "incidents", occurred_from="2025-03-01") == set(chosen) != set()
    town.refusal("incidents", occurred_from="March")


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("2025-03-01T12:00:00Z", lambda at: at == DAY + pd.Timedelta(hours=12)),
        ("2025-03-01", lambda at: at.dt.normalize() == DAY),
        ("2025-03-01T00:00:00Z/2025-03-05T00:00:00Z",
         lambda at: at.between(DAY, DAY + pd.Timedelta(days=4))),
        ("../2025-03-01T00:00:00Z", lambda at: at <= DAY),
        ("2025-03-01T00:00:00.5+01:00/..", lambda at: at >= DAY - pd.Timedelta(hours=1)),
        ("/2025-03-01T00:00:00Z", lambda at: at <= DAY),
    ],
)  # fmt: skip
def test_incidents_of_a_time_are_found(town, incidents, asked, expected):
    answer = found(town, "incidents", datetime=asked)
    assert answer == set(incidents.loc[expected(incidents["at"]), "id"]) != set()


@pytest.mark.parametrize(
    ("asked", "all_of_them"),
    [("2025-06-01", True), ("2024-12-31", False), ("2025-12-31T23:59:59Z/..", True),
     ("2026-01-01T00:00:00Z/..", False), ("../2025-01-01T00:00:00Z", True),
     ("2010-01-01/2030-01-01", True)],
)  # fmt: skip
def test_features_of_a_run_are_of_its_window(town, asked, all_of_them):
    for name in ("targets", "units", "segments", "patrol_areas"):
        number = town.items(name)["numberMatched"] if all_of_them else 0
        assert town.items(name, datetime=asked)["numberMatched"] == number


def test_features_without_a_time_are_of_every_time(town):
    for name in ("boundaries", "streets"):
        whole = town.items(name)["numberMatched"]
        assert town.items(name, datetime="1066-10-14")["numberMatched"] == whole


@pytest.mark.parametrize(
    "asked",
    ["yesterday", "", "..", "../..", "2025-02-30", "2025-03-01T25:00:00Z", "2025-03-01T00:00:00",
     "2025/2026/2027", "2025-03-02/2025-03-01", "9999-12-31/0000-01-01", "2025-3-1"],
)  # fmt: skip
def test_what_is_no_time_is_refused(town, asked):
    for name in ("units", "incidents", "streets"):
        problem = town.refusal(name, datetime=asked)
        assert problem["errors"][0]["where"] == "datetime"
