"""Where a row is: coordinates however they are written, and those that cannot be meant."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from service.errors import UnreadableFileError
from service.ingest.checks.positions import both, numbers, sixtieths
from service.ingest.checks.quoting import quoted
from service.ingest.preview.trial import Trial, tried
from service.ingest.profiles.loading import profile_of
from service.ingest.profiles.profile import Profile
from service.ingest.readers import records

COLUMNS = {
    "external_id": "no",
    "offence_name": "offence",
    "occurred_from": "when",
    "longitude": "x",
    "latitude": "y",
}


@pytest.mark.parametrize(
    ("text", "axis", "degrees"),
    [
        ("51°30'26\"N", "y", 51.507222),
        ("51° 30′ 26.4″ N", "y", 51.507333),
        ("0°7'39\"W", "x", -0.1275),
        ("-0° 7' 39''", "x", -0.1275),
        ("51 30 26 N", "y", 51.507222),
        ("N51°30.5'", "y", 51.508333),
        ("S 33º 52.1", "y", -33.868333),
        ("51d30m26s", "y", 51.507222),
        ("51.5123N", "y", 51.5123),
        ("W 0.0984", "x", -0.0984),
        ("0,0984 W", "x", -0.0984),
    ],
)
def test_degrees_minutes_and_seconds(text: str, axis: Any, degrees: float) -> None:
    assert sixtieths(text, axis) == pytest.approx(degrees, abs=1e-6)


@pytest.mark.parametrize(
    ("text", "axis"),
    [("51.5 N", "x"), ("0.1 W", "y"), ("51°61'N", "y"), ("17", "y"), ("-5 W", "x"), ("N 5 S", "y")],
)
def test_what_is_no_angle_of_its_axis(text: str, axis: Any) -> None:
    assert np.isnan(sixtieths(text, axis))


@pytest.mark.parametrize(
    ("texts", "degrees", "read"),
    [
        (["51,5123", "51,512", "51.5"], True, [51.5123, 51.512, 51.5]),
        (["530.123,5", "530.123", "181000"], False, [530123.5, 530123, 181000]),
        (["530,123", "530,123.5"], False, [530123, 530123.5]),
        (["530123,5", "530,5"], False, [530123.5, 530.5]),
        (["530 123", "530\u00a0123,5", "1 530'123"], False, [530123, 530123.5, 1530123]),
        (["\u22120.0984", "x"], True, [-0.0984, np.nan]),
        (["inf", "nan"], True, [np.inf, np.nan]),
    ],
)
def test_commas_and_thousands(texts: list[str], degrees: bool, read: list[float]) -> None:
    found = numbers(pa.array(texts), "x", degrees=degrees)
    np.testing.assert_array_equal(found, read)


PLACE = (-73.98, 40.71)


@pytest.mark.parametrize(
    ("name", "text", "place"),
    [
        ("Lon_Lat", "POINT (-73.98 40.71)", PLACE),
        ("geom", "point z(-73.98 40.71 3)", PLACE),
        ("geom", "SRID=4326;POINT(-73.98 40.71)", PLACE),
        ("geom", "MULTIPOINT ((-73.98 40.71))", PLACE),
        ("geom", "0101000020E6100000000000000000F03F0000000000000040", (1, 2)),
        ("location", "(40.71, -73.98)", PLACE),
        ("location", "1 MADE ST\nMADE, NY 10001\n(40.71, -73.98)", PLACE),
        ("location", "40.71 -73.98", PLACE),
        ("location", "40,71; -73,98", PLACE),
        ("location", "-173.98, 40.71", (-173.98, 40.71)),
        ("Lon_Lat", "-73.98,40.71", PLACE),
        ("lat/lon", "40.71,-73.98", PLACE),
        ("location", "40.71N 73.98W", PLACE),
        ("location", "73.98W, 40.71N", PLACE),
        ("location", "51°30'26\"N 0°7'39\"W", (-0.1275, 51.507222)),
        ("location", '{"type": "Point", "coordinates": [-73.98, 40.71]}', PLACE),
        ("location", "{'latitude': '40.71', 'longitude': '-73.98'}", PLACE),
        ("location", "on the corner", (np.nan, np.nan)),
        ("location", "POINT EMPTY", (np.nan, np.nan)),
    ],
)
def test_both_in_one_column(name: str, text: str, place: tuple[float, float]) -> None:
    x, y = both(pa.array([text, None]), name, "auto", degrees=True)
    np.testing.assert_allclose([x[0], y[0]], place, atol=1e-6)
    assert np.isnan([x[1], y[1]]).all()


def test_a_profile_says_the_order_of_a_pair() -> None:
    x, y = both(pa.array(["51.5, -0.1"]), "place", "x y", degrees=True)
    assert (x[0], y[0]) == (51.5, -0.1)


def profile(**keys: Any) -> Profile:
    return profile_of({"source": "records", "columns": COLUMNS} | keys, "own")


def trial(tmp_path: Path, *places: tuple[Any, Any], name: str = "in.csv", **keys: Any) -> Trial:
    file = tmp_path / name
    lines = [f'{n},theft,2020-01-01,"{x}","{y}"' for n, (x, y) in enumerate(places)]
    file.write_text("\n".join(["no,offence,when,x,y", *lines, ""]))
    return tried(file, profile(**keys))


def reasons(done: Trial) -> list[str]:
    return [one.reason for one in done.rejected_rows]


@pytest.mark.parametrize(
    ("x", "y", "reason"),
    [
        ("0", "0", "null_island"),
        ("6e-09", "5e-09", "null_island"),
        ("-1", "-1", "placeholder_location"),
        ("1", "1", "placeholder_location"),
        ("-999", "-999", "placeholder_location"),
        ("999", "51", "placeholder_location"),
        ("-87", "90", "placeholder_location"),
        ("180", "0", "placeholder_location"),
        ("51°30'N", "0", "invalid_coordinates"),
    ],
)
def test_degrees_that_cannot_be_meant(tmp_path: Path, x: str, y: str, reason: str) -> None:
    assert reasons(trial(tmp_path, (x, y))) == [reason]


@pytest.mark.parametrize("place", [(0, 51.4779), (-1, 51), (1, 52), (9, 9), (-87.6, 41.8)])
def test_places_that_merely_are_round(tmp_path: Path, place: tuple[float, float]) -> None:
    assert reasons(trial(tmp_path, place)) == []


@pytest.mark.parametrize(
    ("x", "y", "reason"),
    [
        ("0", "0", "null_island"),
        ("-1", "-1", "placeholder_location"),
        ("1", "1", "placeholder_location"),
        ("999999", "999999", "placeholder_location"),
        ("-999", "181000", "placeholder_location"),
        ("-0.0984", "51.5123", "outside_crs_bounds"),
    ],
)
def test_metres_that_cannot_be_meant(tmp_path: Path, x: str, y: str, reason: str) -> None:
    done = trial(tmp_path, (532000, 181000), (x, y), crs="EPSG:27700")
    assert reasons(done) == [reason]
    assert done.accepted == 1
    told = {one.code: one.rows for one in done.warned}
    assert told == ({"degrees_for_metres": 1} if reason == "outside_crs_bounds" else {})


def test_metres_for_degrees_are_told(tmp_path: Path) -> None:
    done = trial(tmp_path, (532000, 181000), (-0.1, 51.5), (-0.1, 515))
    assert reasons(done) == ["outside_crs_bounds"] * 2
    assert {one.code: one.rows for one in done.warned} == {"metres_for_degrees": 1}


def test_a_source_has_placeholders_of_its_own(tmp_path: Path) -> None:
    known = {"placeholders": [[-91.686565684, 36.619446395]]}
    done = trial(tmp_path, (-91.686565684, 36.619446395), (-87.6, 41.8), place=known)
    assert reasons(done) == ["placeholder_location"]


def feature(number: int, *position: Any, kind: str = "Point") -> dict[str, Any]:
    properties = {"no": str(number), "offence": "theft", "when": "2020-01-01"}
    geometry = {"type": kind, "coordinates": list(position)}
    return {"type": "Feature", "geometry": geometry, "properties": properties}


def collection(tmp_path: Path, *features: Any, **members: Any) -> Path:
    file = tmp_path / "in.geojson"
    file.write_text(
        json.dumps({"type": "FeatureCollection", "features": list(features), **members})
    )
    return file


def places(done: Trial) -> list[tuple[float, float]]:
    return [(round(one.longitude, 4), round(one.latitude, 4)) for one in done.rows]


def test_geojson_without_a_reference_system_is_in_degrees_unless_it_cannot_be(
    tmp_path: Path,
) -> None:
    file = collection(tmp_path, feature(1, -0.0984, 51.5123), feature(2, 532000, 181000))
    done = tried(file, profile(crs="EPSG:27700"))
    assert places(done) == [(-0.0984, 51.5123), (-0.0992, 51.5125)]
    assert {one.code: one.rows for one in done.warned} == {"plain_degrees": 1}
    assert places(tried(file, profile(crs="EPSG:4277")))[:1] == [(-0.0984, 51.5123)]


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("urn:ogc:def:crs:OGC:1.3:CRS84", (-0.1, 51.5)),
        ("urn:ogc:def:crs:EPSG::4326", (-0.1, 51.5)),
        ("urn:ogc:def:crs:EPSG:6.6:4326", (-0.1, 51.5)),
        ("EPSG:4326", (-0.1, 51.5)),
        ("http://www.opengis.net/def/crs/OGC/1.3/CRS84", (-0.1, 51.5)),
        ("http://www.opengis.net/gml/srs/epsg.xml#4326", (-0.1, 51.5)),
        ("EPSG::4277", (-0.1016, 51.5005)),
        ("urn:x-ogc:def:crs:EPSG:4277", (-0.1016, 51.5005)),
    ],
)
@pytest.mark.parametrize("size", [0, 1 << 20])
@pytest.mark.parametrize("after", [False, True])
def test_a_crs_member_counts_wherever_it_stands(
    tmp_path: Path, name: str, place: tuple[float, float], size: int, after: bool
) -> None:
    crs = json.dumps({"type": "name", "properties": {"name": name}})
    features = json.dumps([feature(1, -0.1, 51.5), {"pad": "x" * size}])
    members = [f'"crs": {crs}', f'"features": {features}'][:: -1 if after else 1]
    file = tmp_path / "in.geojson"
    file.write_text('{"type": "FeatureCollection", ' + ", ".join(members) + "}")
    done = tried(file, profile(crs="EPSG:27700"))
    assert places(done) == [place]
    assert not done.warned


@pytest.mark.parametrize(
    "crs",
    [
        {"type": "EPSG", "properties": {"code": 4277}},
        {"type": "link", "properties": {"href": "http://spatialreference.org/ref/epsg/4277/"}},
    ],
)
def test_old_kinds_of_crs_members(tmp_path: Path, crs: Any) -> None:
    file = collection(tmp_path, feature(1, -0.1, 51.5), crs=crs)
    assert places(tried(file, profile())) == [(-0.1016, 51.5005)]


def test_a_property_that_is_called_crs_is_none(tmp_path: Path) -> None:
    about = {"crs": {"type": "name", "properties": {"name": "EPSG:4277"}}}
    one = feature(1, -0.1, 51.5)
    one["properties"] |= about
    for pad in ("", "x" * (1 << 20)):
        assert places(tried(collection(tmp_path, one, {"pad": pad}), profile())) == [(-0.1, 51.5)]


def test_a_multipoint_of_one_is_a_point(tmp_path: Path) -> None:
    file = collection(
        tmp_path,
        feature(1, [-0.1, 51.5], kind="MultiPoint"),
        feature(2, [-0.1, 51.5], [0, 51], kind="MultiPoint"),
        feature(3, kind="MultiPoint"),
    )
    done = tried(file, profile())
    assert places(done) == [(-0.1, 51.5)]
    assert reasons(done) == ["invalid_coordinates", "missing_coordinates"]


def test_points_as_lists_of_fixed_size(tmp_path: Path) -> None:
    kind = pa.list_(pa.float64(), 2)
    table = pa.table(
        {
            "no": ["1", "2"],
            "offence": ["theft"] * 2,
            "when": ["2020-01-01"] * 2,
            "geometry": pa.array([[-0.1, 51.5], None], kind),
        }
    )
    about = {"primary_column": "geometry", "columns": {"geometry": {"encoding": "point"}}}
    file = tmp_path / "in.parquet"
    pq.write_table(table.replace_schema_metadata({"geo": json.dumps(about)}), file)
    done = tried(file, profile())
    assert places(done) == [(-0.1, 51.5)]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("31/02/2020 25:00", "'31/02/2020 25:00'"),
        ("12 Jan 2020", "'12 Jan 2020'"),
        ("A-17/b", "'A-17/b'"),
        ("51°30'N", '"51°30\'N"'),
        ("Jane Quillfeather", "«text of 17 characters»"),
        ("Quillfeather", "«text of 12 characters»"),
        ("Jane Quillfeather 1970-01-01", "«text of 28 characters»"),
        ("1" * 81, "«text of 81 characters»"),
    ],
)
def test_only_what_has_the_shape_of_a_value_is_quoted(text: str, shown: str) -> None:
    assert quoted(text) == shown


def test_names_in_the_wrong_places_are_not_kept(tmp_path: Path) -> None:
    name = "Jane Quillfeather"
    odd = feature(1, name, [name])
    nested = feature(2, -0.1, 51.5)
    nested["properties"]["offence"] = [[name]]
    strange = feature(3, 1)
    strange["geometry"]["type"] = name
    dated = feature(4, -0.1, 51.5)
    dated["properties"]["when"] = name
    done = tried(collection(tmp_path, odd, nested, strange, dated), profile())
    assert reasons(done) == [
        "invalid_coordinates", "malformed_row", "invalid_coordinates", "invalid_time",
    ]  # fmt: skip
    assert "Quill" not in str(done)


@pytest.mark.parametrize("opened", ["[", '{"a":', '[{"b": '])
@pytest.mark.parametrize("pad", [0, 1 << 20])
def test_a_document_that_is_nested_without_end_is_refused(
    tmp_path: Path, opened: str, pad: int
) -> None:
    closed = "".join({"[": "]", "{": "}"}[one] for one in reversed(opened) if one in "[{")
    deep = opened * 20_000 + "1" + closed * 20_000
    file = tmp_path / "in.geojson"
    one = json.dumps(feature(1, -0.1, 51.5)).replace('"theft"', deep)
    filler = json.dumps({"pad": "[" * pad})
    file.write_text('{"type": "FeatureCollection", "features": [' + f"{filler}, {one}" + "]}")
    with pytest.raises(Exception, match="deep"):
        tried(file, profile())


def around(rows: int) -> list[tuple[float, float]]:
    random = np.random.default_rng(1)
    return [(-87.6 + one, 41.8 + other) for one, other in random.normal(0, 0.03, (rows, 2))]


def test_strays_are_told_and_rejected_on_request(tmp_path: Path) -> None:
    told = trial(tmp_path, *around(50), (0.5, 51), (-87.6, 42.1))
    assert (told.accepted, [(one.code, one.rows) for one in told.warned]) == (
        52, [("far_away", 1)],
    )  # fmt: skip
    assert "line 52 (0.5, 51)" in told.warnings[0]
    rejected = trial(tmp_path, *around(50), (0.5, 51), place={"reject_strays": True})
    assert reasons(rejected) == ["placeholder_location"]
    assert (rejected.accepted, rejected.rejected_rows[0].line) == (50, 52)


def test_strays_are_few(tmp_path: Path) -> None:
    far = (0.5, 51)
    assert trial(tmp_path, *around(2), far).warned == []
    assert trial(tmp_path, *around(5), far, far).warned == []
    told = trial(tmp_path, *around(3), far)
    assert told.warnings[0].startswith("1 of 4 incidents lies ")


def test_a_file_without_a_middle_has_no_strays(tmp_path: Path) -> None:
    places = [*around(2), (0.5, 51), (30, 0.5), (100, 40)]
    done = trial(tmp_path, *places, place={"reject_strays": True})
    assert (done.accepted, [one.code for one in done.warned]) == (5, ["far_away"])
    assert done.warnings[0].startswith("3 of 5 incidents lie 100 km or more from every other")


@pytest.mark.parametrize("size", [0, 1 << 20])
@pytest.mark.parametrize("crs", [{}, {"crs": {"properties": {"name": "EPSG:4326"}}}])
def test_a_number_of_thousands_of_digits_is_no_position(
    tmp_path: Path, size: int, crs: dict[str, Any]
) -> None:
    features = feature(1, -0.1, 51.5), feature(2, 7777, 51.5), feature(3, -0.1, 51.5)
    file = collection(tmp_path, *features, **crs)
    text = file.read_text().replace("7777", "7" * 5000).replace('"3"', "3" * 5000)
    file.write_text(text + " " * size)
    if size:
        with pytest.raises(UnreadableFileError, match="after feature 1: a number is larger"):
            tried(file, profile())
        return
    done = tried(file, profile())
    assert (done.accepted, reasons(done)) == (1, ["invalid_coordinates", "malformed_row"])
    assert "7777777" not in str(done)


def test_an_offence_code_is_no_longer_than_an_id(tmp_path: Path) -> None:
    one, two = feature(1, -0.1, 51.5), feature(2, -0.1, 51.5)
    one["properties"]["offence"], two["properties"]["offence"] = "x" * 100_000, "x" * 1000
    done = tried(collection(tmp_path, one, two), profile())
    assert (done.accepted, reasons(done)) == (1, ["malformed_row"])
    assert "offence_code is longer than 1000 bytes" in done.rejected_rows[0].message


def test_text_without_a_whole_record_is_passed_once() -> None:
    cut = b'{"a": "' + b'x", "' * 200_000
    assert records.split(cut, ",").end == 0
    assert records.split(b'a,"b\n1"\n"open', ",").ends.tolist() == [8]
