"""JSON as portals give it, and Parquet's own geometries."""

from __future__ import annotations

import gzip
import io
import json
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely

from service.errors import UnreadableFileError
from service.ingest.readers import json_tables
from tests.api.reading import incidents, own, read, told

ROWS: list[dict[str, Any]] = [
    {
        "Crime No": 20190001234,
        "Offence": "Burglary",
        "When": "2020-01-01T10:00:00",
        "Lon": "-0.1",
        "Lat": 51.5,
    },
    {
        "Crime No": "b",
        "Offence": "Burglary",
        "When": "2020-01-02T10:00:00",
        "Lon": -0.2,
        "Lat": 51.6,
        "type": "x",
    },
    {"Crime No": "c", "Offence": "Burglary", "Lon": -0.2, "Lat": 51.6},
]
EXPECTED = [
    ("20190001234", "2020-01-01 10:00", "exact", -0.1, 51.5),
    ("b", "2020-01-02 10:00", "exact", -0.2, 51.6),
]


@pytest.mark.parametrize("lines", [False, True])
@pytest.mark.parametrize("batch", [20_000, 1])
def test_objects_are_rows(monkeypatch: pytest.MonkeyPatch, lines: bool, batch: int) -> None:
    monkeypatch.setattr(json_tables, "BATCH_ROWS", batch)
    text = "\n".join(map(json.dumps, ROWS)) if lines else json.dumps(ROWS, indent=1)
    for content in (text.encode(), b"\xef\xbb\xbf" + text.encode(), gzip.compress(text.encode())):
        trial = read(content, own(), name="x.json")
        assert incidents(trial) == EXPECTED
        assert [(one.line, one.reason) for one in trial.rejected_rows] == [(3, "missing_time")]


def test_what_is_no_object_costs_its_row_and_a_column_that_no_row_has_the_file() -> None:
    trial = read(json.dumps([ROWS[0], 7, None, "x"]).encode(), own())
    assert trial.rejected_by_reason == {"malformed_row": 3}
    with pytest.raises(UnreadableFileError, match="lacks the columns"):
        read(json.dumps([{"a": 1, "b": 2}]).encode(), own())
    with pytest.raises(UnreadableFileError, match="not valid JSON after row 1"):
        read(json.dumps(ROWS).encode()[:150], own())


def esri(reference: dict[str, Any] | None, x: float, y: float, *, geometry: bool = True) -> bytes:
    """Return a feature set of three features, one of them without a place."""
    names = ("Crime No", "Offence", "When", "Lon", "Lat")
    kinds = {
        "When": "esriFieldTypeDate",
        "Lon": "esriFieldTypeDouble",
        "Lat": "esriFieldTypeDouble",
    }
    about: dict[str, Any] = {"objectIdFieldName": "OBJECTID"}
    if geometry:
        about |= {"geometryType": "esriGeometryPoint", "spatialReference": reference}
    about["fields"] = [
        {"name": one, "type": kinds.get(one, "esriFieldTypeString")} for one in names
    ]
    features = [
        {
            "attributes": {
                "Crime No": one,
                "Offence": "Burglary",
                "When": 1577872800000,
                "Lon": -0.1,
                "Lat": 51.5,
            }
        }
        for one in ("a", "b", "c")
    ]
    if geometry:
        features[0]["geometry"] = {"x": x, "y": y}
        features[1]["geometry"] = {"x": "NaN", "y": "NaN"}
        features[2]["geometry"] = {"rings": [[[0, 0], [1, 1], [0, 1], [0, 0]]]}
    return json.dumps(about | {"features": features}).encode()


@pytest.mark.parametrize(
    ("reference", "x", "y"),
    [
        ({"wkid": 4326, "latestWkid": 4326}, -0.1, 51.5),
        ({"wkid": 102100, "latestWkid": 3857}, -11131.949079, 6710219.083221),
        ({"wkid": 102100}, -11131.949079, 6710219.083221),
    ],
)
def test_feature_sets_of_esri_are_read_in_their_reference_system(
    reference: dict[str, Any], x: float, y: float
) -> None:
    trial = read(esri(reference, x, y), own())
    assert incidents(trial) == [("a", "2020-01-01 10:00", "exact", -0.1, 51.5)]
    assert [one.reason for one in trial.rejected_rows] == [
        "missing_coordinates",
        "invalid_coordinates",
    ]


def test_a_feature_set_without_geometry_has_coordinate_columns() -> None:
    trial = read(esri(None, 0, 0, geometry=False), own())
    assert [one[:2] for one in incidents(trial)] == [(one, "2020-01-01 10:00") for one in "abc"]


def test_a_feature_set_without_a_reference_system_is_told() -> None:
    assert told(read(esri(None, -0.1, 51.5), own()), "does not say its coordinate reference system")


@pytest.mark.parametrize("crs", ["EPSG:27700", "srid:27700", None])
def test_geometries_of_parquet_itself_are_read(crs: str | None) -> None:
    place = shapely.Point(530000, 180000) if crs else shapely.Point(-0.128354, 51.503991)
    stated = json.dumps({"crs": crs} if crs else {}).encode()
    field = pa.field(
        "shape",
        pa.binary(),
        metadata={
            b"ARROW:extension:name": b"geoarrow.wkb",
            b"ARROW:extension:metadata": stated,
        },
    )
    table = pa.table(
        [["a"], ["theft"], ["2020-01-01"], pa.array([shapely.to_wkb(place)], pa.binary())],
        schema=pa.schema(
            [
                ("external_id", pa.string()),
                ("offence_code", pa.string()),
                ("occurred_from", pa.string()),
                field,
            ]
        ),
    )
    assert [one[3:] for one in incidents(read(parquet(table)))] == [(-0.128354, 51.503991)]


class _Geometry(pa.ExtensionType):  # what pyarrow writes as the logical type GEOMETRY
    def __init__(self) -> None:
        super().__init__(pa.binary(), "geoarrow.wkb")

    def __arrow_ext_serialize__(self) -> bytes:
        return b'{"crs": "EPSG:27700"}'


def parquet(table: pa.Table, *, store_schema: bool = True) -> bytes:
    memory = io.BytesIO()
    pq.write_table(table, memory, store_schema=store_schema)
    return memory.getvalue()


def test_the_logical_type_geometry_is_read() -> None:
    points = pa.array([shapely.to_wkb(shapely.Point(530000, 180000))], pa.binary())
    table = pa.table(
        {
            "external_id": ["a"],
            "offence_code": ["theft"],
            "occurred_from": ["2020-01-01"],
            "shape": pa.ExtensionArray.from_storage(_Geometry(), points),
        }
    )
    content = parquet(table, store_schema=False)
    kind = pq.ParquetFile(io.BytesIO(content)).schema.column(3).logical_type
    assert kind.type == "GEOMETRY", kind
    assert [one[3:] for one in incidents(read(content))] == [(-0.128354, 51.503991)]


def test_two_columns_of_one_name_in_parquet_are_refused() -> None:
    table = pa.table(
        [["a"], ["theft"], ["2020-01-01"], ["2020-01-02"], [-0.1], [51.5]],
        names=[
            "external_id",
            "offence_code",
            "occurred_from",
            "occurred_from",
            "longitude",
            "latitude",
        ],
    )
    with pytest.raises(UnreadableFileError, match="two columns named 'occurred_from'"):
        read(parquet(table))
