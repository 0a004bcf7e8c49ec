"""Files of every kind: read for what they are, or refused with what would be right."""

from __future__ import annotations

import gzip
import io
import json
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from service.errors import UnreadableFileError
from service.ingest.readers import csv as read_csv
from service.ingest.readers import geojson as read_geojson
from tests.api.ingesting import HEADER, ROW, Place


def test_a_missing_file_and_a_folder_are_refused(place: Place) -> None:
    with place.refusing("There is no file", "nowhere.csv"):
        place.ingest(place.folder / "nowhere.csv")
    with place.refusing("is a folder"):
        place.ingest(place.folder)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", ["is empty"]),
        (b"\xef\xbb\xbf\n\n", ["is empty"]),
        (HEADER, ["no rows"]),
        (b"PK\x03\x04rest", ["broken ZIP archive or workbook"]),
        (b"<!DOCTYPE html><html><body>Please log in</body></html>", ["web page"]),
        (b'{"incidents": [{"id": 1}]}', ["JSON but not GeoJSON"]),
        (b'{"type": "FeatureCollection", "features": []}', ["no features"]),
        (b'{"type": "FeatureCollection", "features": [', ["not valid JSON"]),
        (b"\x00\x01\x02\x03" * 500, ["binary"]),
        (b"PAR1 and then nothing", ["damaged Parquet"]),
        (gzip.compress(HEADER + ROW, mtime=0)[:-12], ["cut short"]),
        (gzip.compress(HEADER + ROW * 99, mtime=0)[:40] + b"\xff" * 40, ["damaged gzip"]),
        (b"Dear all,\nplease find it attached.\n", ["lacks the columns", "Found: 'Dear"]),
    ],
)  # fmt: skip
def test_what_is_no_table_of_incidents_is_refused(
    place: Place, content: bytes, words: list[str]
) -> None:
    with place.refusing("file.csv" if "lacks" not in words[0] else "", *words):
        place.ingest(content)


def test_a_missing_column_is_named_with_the_ones_found(place: Place) -> None:
    content = b"id,offence_code,when,longitude,latitude\n1,theft,2024-01-01,1,2\n"
    with place.refusing("'occurred_from'", "Found: 'id', 'offence_code', 'when'"):
        place.ingest(content)


def test_an_unclosed_quote_is_refused_with_its_line(place: Place) -> None:
    rows = b'a,theft,2024-01-01,1,2\nb,"theft,2024-01-01,1,2\nc,theft,2024-01-01,1,2\n'
    with place.refusing("begins on line 3", "never closed"):
        place.ingest(HEADER + rows)


@pytest.mark.parametrize("filler", [b"x", b'"x\n'])
def test_a_row_without_end_is_refused_before_it_fills_the_memory(
    place: Place, monkeypatch: pytest.MonkeyPatch, filler: bytes
) -> None:
    monkeypatch.setattr(read_csv, "CHUNK_BYTES", 1 << 12)
    monkeypatch.setattr(read_csv, "MAX_RECORD_BYTES", 1 << 14)
    taken = 0

    class Endless(io.RawIOBase):
        def read(self, size: int = -1) -> bytes:
            nonlocal taken
            taken += size
            return HEADER + ROW + filler if taken == size else (b"x" * size)

    with place.refusing("begins on line 3", "longer than"):
        place.ingest(Endless())
    assert taken < 1 << 18


def test_rows_of_another_length_are_malformed_and_told_by_line_and_length(place: Place) -> None:
    report = place.ingest(
        HEADER + ROW + b"b,theft,2024-01-01,1\n\nc,theft,2024-01-01,1,2,3\n" + ROW
    )
    assert report.rejected_by_reason == {"malformed_row": 2}
    assert (report.accepted, report.duplicate) == (1, 1)
    (line, reason, message, raw), other = place.rejected()
    assert (line, reason, raw) == (3, "malformed_row", "")
    assert message == "has 4 values in 20 characters, the header names 5"
    assert (other[0], other[3]) == (5, "")


def test_lines_are_counted_as_an_editor_counts_them(place: Place) -> None:
    rows = b'a,"theft, ""big""\r\nand\nbad",2024-01-01,1,2\r\n\r\nb,5" pipe,2024-01-01,x,2\r\n'
    report = place.ingest(HEADER.replace(b"\n", b"\r\n") + rows + b"c,theft,2024-01-01,1,2")
    assert (report.read, report.accepted) == (3, 2)
    assert place.query("SELECT offence_code FROM incident WHERE external_id = 'a'") == [
        ('theft, "big"\r\nand\nbad',)
    ]
    [(line, reason, _, raw)] = place.rejected()
    assert (line, reason, json.loads(raw)["offence_code"]) == (6, "invalid_coordinates", '5" pipe')


@pytest.mark.parametrize("chunk", [64, 100, 1 << 20])
def test_chunks_do_not_show(place: Place, monkeypatch: pytest.MonkeyPatch, chunk: int) -> None:
    monkeypatch.setattr(read_csv, "CHUNK_BYTES", chunk)
    rows = b"".join(
        b'%d,"a\r\nb ""c""",2024-01-01,1,2\r\n%d,d,x,1,2\r\n' % (2 * n, 2 * n + 1)
        for n in range(40)
    )
    report = place.ingest(HEADER.replace(b"\n", b"\r\n") + rows)
    assert (report.read, report.accepted) == (80, 40)
    assert [row[0] for row in place.rejected()] == [4 + 3 * n for n in range(40)]


def test_rows_that_are_not_utf8_are_rejected_unless_the_profile_knows_better(place: Place) -> None:
    content = HEADER + ROW + "b,Körperverletzung,2024-01-01,1,2\n".encode("latin-1")
    report = place.ingest(content)
    assert (report.accepted, report.rejected_by_reason) == (1, {"malformed_row": 1})
    [(line, _, message, raw)] = place.rejected()
    assert line == 3
    assert 'encoding = "windows-1252"' in message
    assert raw == ""
    own = place.profile('extends = "generic"\nencoding = "windows-1252"\n')
    assert place.ingest(content, own).accepted == 2
    assert ("Körperverletzung",) in place.query("SELECT offence_code FROM incident")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
def test_byte_order_marks_are_understood(place: Place, encoding: str) -> None:
    report = place.ingest((HEADER + ROW).decode().encode(encoding))
    assert report.accepted == 1
    assert bool(report.warnings) == (encoding != "utf-8-sig")


def test_a_nul_character_costs_its_row_only(place: Place) -> None:
    report = place.ingest(HEADER + ROW + b"b,th\x00eft,2024-01-01,1,2\n")
    assert (report.accepted, report.rejected_by_reason) == (1, {"malformed_row": 1})


def test_texts_that_copy_would_trip_over_arrive_whole(place: Place) -> None:
    content = "offence_code,occurred_from,longitude,latitude,location_text,note\n" + (
        'theft,2024-01-01,1,2,"a\\b\tc\n\\.\nd","{""k"": ""\\N""}\x01"\n'
    )
    place.ingest(content.encode(), place.profile('extends = "generic"\nattributes = ["note"]\n'))
    assert place.query("SELECT location_text, attributes FROM incident") == [
        ("a\\b\tc\n\\.\nd", {"note": '{"k": "\\N"}\x01'})
    ]


def test_gzip_is_undone_whatever_the_name(place: Place) -> None:
    assert place.ingest(place.file(gzip.compress(HEADER + ROW), "incidents.csv")).accepted == 1


def collection(count: int) -> bytes:
    features = [
        {
            "type": "Feature",
            "id": number,
            "geometry": {"type": "Point", "coordinates": [-87.6, 41.8]},
            "properties": {"offence_code": "theft", "occurred_from": "2024-01-01T10:00:00-06:00"},
        }
        for number in range(count)
    ]
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


@pytest.mark.parametrize("whole_bytes", [1 << 20, 300])
def test_geojson_is_read_at_once_or_streamed(
    place: Place, monkeypatch: pytest.MonkeyPatch, whole_bytes: int
) -> None:
    monkeypatch.setattr(read_geojson, "WHOLE_BYTES", whole_bytes)
    monkeypatch.setattr(read_geojson, "BATCH_FEATURES", 7)
    assert place.ingest(place.file(collection(30), "x.geojson")).accepted == 30
    again = place.ingest(gzip.compress(b"\xef\xbb\xbf" + collection(30)))
    assert (again.accepted, again.duplicate) == (0, 30)
    one_per_line = b"\n".join(
        json.dumps(one).encode() for one in json.loads(collection(30))["features"]
    )
    assert place.ingest(one_per_line).duplicate == 30


def test_broken_geojson_tells_after_which_feature(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(read_geojson, "WHOLE_BYTES", 100)
    content = collection(30)
    with place.refusing("not valid JSON after feature"):
        place.ingest(content[: len(content) // 2])


def test_features_that_are_no_incidents_are_rejected_one_by_one(place: Place) -> None:
    good = json.loads(collection(1))["features"][0]
    point = good["geometry"]
    features = [
        good,
        "text",
        {"type": "Point"},
        {**good, "properties": []},
        {**good, "geometry": {"type": "Polygon", "coordinates": []}},
        {**good, "geometry": {**point, "coordinates": ["1", "2"]}},
        {**good, "geometry": {**point, "coordinates": [float("nan"), 2]}},
        {**good, "geometry": {**point, "coordinates": []}, "id": 9},
        {**good, "properties": {**good["properties"], "location_text": "a\x00b"}},
        {**good, "properties": {**good["properties"], "location_text": "\ud800"}},
        {**good, "properties": {"offence_code": "theft"}},
        {**good, "properties": {"occurred_from": "2024-01-01"}},
        {**good, "geometry": {"type": "Point\ud800\x00", "coordinates": []}},
    ]
    report = place.ingest(json.dumps(features).encode())
    assert report.accepted == 1
    assert [(line, reason) for line, reason, _, _ in place.rejected()] == [
        (2, "malformed_row"),
        (3, "malformed_row"),
        (4, "malformed_row"),
        (5, "invalid_coordinates"),
        (6, "invalid_coordinates"),
        (7, "invalid_coordinates"),
        (8, "missing_coordinates"),
        (9, "malformed_row"),
        (10, "malformed_row"),
        (11, "missing_time"),
        (12, "missing_offence"),
        (13, "invalid_coordinates"),
    ]


def test_what_cannot_be_stored_costs_no_row_where_nobody_keeps_it(place: Place) -> None:
    features = json.loads(collection(2))["features"]
    for feature, note in zip(features, ("a\x00b", "\ud800"), strict=True):
        feature["properties"]["note"] = note
    assert place.ingest(json.dumps(features).encode()).accepted == 2


def frame(n: int = 5) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {
            "external_id": [str(number) for number in range(n)],
            "offence_code": pd.Categorical(["theft"] * n),
            "occurred_from": pd.date_range("2024-01-01T10:00", periods=n, tz="America/Chicago"),
            "officers": np.arange(n),
        },
        geometry=gpd.points_from_xy(np.full(n, -0.09), np.full(n, 51.51)),
        crs=4326,
    )


@pytest.mark.parametrize("encoding", ["WKB", "geoarrow"])
@pytest.mark.parametrize("crs", [4326, 27700, "OGC:CRS84"])
def test_geoparquet_is_read_in_its_own_crs(place: Place, crs: Any, encoding: str) -> None:
    path = place.folder / "file.parquet"
    frame().to_crs(crs).to_parquet(path, geometry_encoding=encoding)
    own = place.profile('extends = "generic"\nattributes = ["officers"]\n')
    assert place.ingest(path, own).accepted == 5
    assert place.query(
        "SELECT external_id, round(longitude::numeric, 5) = -0.09,"
        " round(latitude::numeric, 5) = 51.51, occurred_from = '2024-01-01T16:00Z', attributes"
        " FROM incident WHERE external_id = '0'"
    ) == [("0", True, True, True, {"officers": "0"})]


def test_geoparquet_with_other_geometries_rejects_those_rows(place: Place) -> None:
    mixed = frame(4)
    mixed.loc[1, "geometry"] = mixed.geometry[1].buffer(1)
    mixed.loc[2, "geometry"] = None
    path = place.folder / "file.parquet"
    mixed.to_parquet(path)
    report = place.ingest(path.open("rb"))
    assert report.rejected_by_reason == {"invalid_coordinates": 1, "missing_coordinates": 1}
    assert "Polygon" in place.rejected()[0][2]


def test_parquet_without_geometry_has_coordinate_columns(place: Place) -> None:
    table = pd.DataFrame(frame().drop(columns="geometry")).assign(longitude=1.5, latitude=2.5)
    path = place.folder / "file.parquet"
    table.to_parquet(path)
    assert place.ingest(path).accepted == 5
    table.drop(columns="latitude").to_parquet(path)
    with pytest.raises(UnreadableFileError, match="latit"):
        place.ingest(path)
