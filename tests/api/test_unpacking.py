"""How much a file may hold: small files that unpack to more than any machine takes."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from fastapi.testclient import TestClient

from service.errors import PayloadTooLargeError, UnreadableFileError
from service.http.app import create_app
from service.ingest import ingest, load_profile
from service.ingest.readers import geojson, parquet_limits
from service.ingest.readers.limits import Limits
from service.ingest.readers.parquet_pages import DamagedPageError, pages
from service.settings import Settings
from service.store.session import Database, agency_id
from tests.api.commands import called

MB = 1 << 20
BATCHES = "/api/v1/incidents/batches?profile=generic"
PREVIEW = "/api/v1/incidents/preview"
HEADER = "external_id,offence_code,occurred_from,longitude,latitude\n"
ROW = "1,robbery,2024-05-01,-0.1,51.5\n"
SETTING = "(HARMSPOT_MAX_UNPACKED_MB): split it"

Refusing = Callable[..., str]


@pytest.fixture
def client(database: Database) -> Iterator[TestClient]:
    with TestClient(create_app(Settings(max_unpacked_mb=1, worker="none"), database)) as started:
        yield started


@pytest.fixture
def refused(database: Database) -> Refusing:
    """Ingest a file that is refused, and give what is said."""

    def once(content: bytes, limits: Limits | None = None, kept: str = "none") -> str:
        profile = load_profile("generic").model_copy(update={"attributes": kept})
        with database.session() as session:
            agency = agency_id(session, "test")
            with pytest.raises((PayloadTooLargeError, UnreadableFileError)) as refusal:
                ingest(session, agency, io.BytesIO(content), profile, limits=limits)
        return str(refusal.value.message)

    return once


def test_a_gzip_file_is_unpacked_up_to_its_limit_wherever_it_comes(
    client: TestClient, database: Database, tmp_path: Path
) -> None:
    packed = gzip.compress((HEADER + ROW * 40_000).encode())
    assert len(packed) < 20_000
    for files in ({"content": packed}, {"files": {"file": ("f.csv.gz", packed)}}):
        answer = client.post(BATCHES, **files)  # type: ignore[arg-type]
        assert answer.status_code == 413
        assert "unpacks to more than 1 MB" in answer.json()["detail"]
        assert SETTING in answer.json()["detail"]
    endless = gzip.compress(b'{"features": [' + b" " * (4 * MB))
    shown = client.post(PREVIEW, files={"file": ("f.json.gz", endless)})
    assert (shown.status_code, SETTING in shown.json()["detail"]) == (413, True)
    file = tmp_path / "f.csv.gz"
    file.write_bytes(packed)
    address = database.url.render_as_string(hide_password=False)
    settings = {"DATABASE_URL": address, "MAX_UNPACKED_MB": "1"}
    ran = called("ingest", file, "--profile", "generic", settings=settings)
    assert (ran.status, SETTING in ran.stderr) == (1, True)
    assert client.get("/api/v1/incidents/batches").json() == []
    small = gzip.compress((HEADER + ROW).encode())
    assert client.post(BATCHES, content=small).json()["accepted"] == 1


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress])
def test_what_is_packed_twice_is_not_unpacked_twice(
    refused: Refusing, pack: Callable[[bytes], bytes]
) -> None:
    assert "unpack it" in refused(gzip.compress(pack((HEADER + ROW).encode())))


def test_a_file_has_as_many_rows_as_the_installation_takes(
    database: Database, refused: Refusing
) -> None:
    content = (HEADER + ROW * 9 + "too,few\n").encode()
    assert "(HARMSPOT_MAX_BATCH_ROWS): split it by month" in refused(content, Limits(rows=9))
    with database.session() as session:
        file, profile = io.BytesIO(content), load_profile("generic")
        agency = agency_id(session, "test")
        assert ingest(session, agency, file, profile, limits=Limits(rows=10)).read == 10


def test_a_table_of_200_000_columns_is_refused_by_their_number(
    client: TestClient, refused: Refusing
) -> None:
    content = ("same," * 200_000 + "\n" + ROW).encode()
    assert "200,001 columns, of which 2,000 are read" in refused(content)
    assert "2,000 are read" in client.post(PREVIEW, files={"file": ("f", content)}).text
    feature = {
        "type": "Feature",
        "geometry": None,
        "properties": dict.fromkeys(map(str, range(9_000))),
    }
    assert "2,000 are read" in refused(json.dumps(feature).encode(), kept="all")
    wide = io.BytesIO()
    pq.write_table(pa.table({str(n): [1] for n in range(2_001)}), wide)
    assert "2,000 are read" in refused(wide.getvalue())


def test_a_header_that_is_no_list_of_names_is_refused(refused: Refusing) -> None:
    assert "no list of names" in refused(b"x" * 200_000 + b"\n1\n")


def test_features_that_are_too_large_are_refused_before_they_fill_the_memory(
    refused: Refusing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(geojson, "MAX_FEATURE_BYTES", 2 * MB)
    begun = b'{"type": "FeatureCollection", "features": [{"type": "Feature", "note": "'
    assert "more than 2 MB between two features" in refused(begun + b"x" * (4 * MB))
    assert "between two features" in refused(b'{"features": [], "note": "' + b"x" * (4 * MB))


def test_positions_nested_without_end_are_refused_before_they_are_parsed(
    client: TestClient,
) -> None:
    deep = "[" * 3_000 + "]" * 3_000
    feature = (
        '{"type": "Feature", "geometry": {"type": "Point", "coordinates": %s}, "properties": {}}'
    )
    features = ",".join([feature % deep] * 200 + [feature % "[1, 2]"])
    content = f'{{"type": "FeatureCollection", "features": [{features}]}}'
    assert len(content) > geojson.WHOLE_BYTES
    client.app.state.settings.max_unpacked_mb = 100  # type: ignore[attr-defined]
    answer = client.post(BATCHES, content=content.encode())
    assert answer.status_code == 422
    assert "more than 100 deep" in answer.json()["detail"]
    few = content.replace(deep, "[" * 90 + "]" * 90)
    report = client.post(BATCHES, content=few.encode()).json()
    assert report["rejected_by_reason"] == {"invalid_coordinates": 200, "missing_time": 1}


def parquet(columns: dict[str, Any], **options: Any) -> bytes:
    rows = max(map(len, columns.values()))
    known = {
        "offence_code": ["theft"] * rows,
        "occurred_from": ["2024-05-01"] * rows,
        "longitude": np.full(rows, -0.1),
        "latitude": np.full(rows, 51.5),
    }
    file = io.BytesIO()
    pq.write_table(pa.table(known | columns), file, **options)
    return file.getvalue()


def repeated(value: str | bytes, rows: int) -> pa.Array:
    """A column that refers to one value again and again."""
    return pa.DictionaryArray.from_arrays(np.zeros(rows, dtype=np.int32), pa.array([value]))


@pytest.mark.parametrize("version", ["1.0", "2.0"])
@pytest.mark.parametrize("compression", ["none", "snappy", "zstd", "gzip"])
@pytest.mark.parametrize("dictionary", [True, False])
def test_pages_tell_the_sizes_that_the_footer_sums_up(
    version: str, compression: str, dictionary: bool
) -> None:
    texts = [f"{n:x}" * (n % 40) or None for n in range(20_000)]
    table = pa.table({"a": texts, "b": np.arange(20_000), "c": [[n, None] for n in range(20_000)]})
    file = io.BytesIO()
    pq.write_table(
        table,
        file,
        compression=compression,
        use_dictionary=dictionary,
        data_page_version=version,
        row_group_size=7_000,
        data_page_size=10_000,
    )
    about = pq.ParquetFile(file).metadata
    for group in range(about.num_row_groups):
        for at in range(about.num_columns):
            column = about.row_group(group).column(at)
            found = list(pages(file, column))
            headers = column.total_uncompressed_size - sum(page.size for page in found)
            packed = column.total_compressed_size - sum(page.packed_size for page in found)
            assert 0 < headers == packed


def test_bytes_that_are_no_page_are_told_apart_from_pages(refused: Refusing) -> None:
    content = bytearray(parquet({"location_text": ["here"] * 500}, compression="none"))
    column = pq.ParquetFile(io.BytesIO(content)).metadata.row_group(0).column(4)
    start = column.dictionary_page_offset
    for damage in (b"\xff" * 8, b"\x00" * 8, b"\x1c" * 64):
        content[start : start + len(damage)] = damage
        with pytest.raises(DamagedPageError):
            list(pages(io.BytesIO(content), column))
        assert "damaged Parquet file" in refused(bytes(content))


def test_a_parquet_file_is_refused_by_what_it_declares(
    refused: Refusing, client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    long = {"location_text": [" " * 100_000] * 40}
    content = parquet(long, compression="zstd", use_dictionary=False, data_page_size=500_000)
    assert len(content) < 20_000
    assert SETTING in refused(content, Limits(unpacked_mb=1))
    assert client.post(BATCHES, content=content).status_code == 413
    assert client.post(PREVIEW, files={"file": ("f.parquet", content)}).status_code == 413
    monkeypatch.setattr(parquet_limits, "MAX_PAGE_BYTES", 2 * MB)
    one_page = parquet(long, compression="zstd", use_dictionary=False, data_page_size=8 * MB)
    assert "has a page that unpacks to 3 MB, of which 2 MB" in refused(one_page)


def test_columns_that_nobody_named_are_not_even_unpacked(
    database: Database, refused: Refusing
) -> None:
    content = parquet({"notes": [" " * 100_000] * 40}, use_dictionary=False)
    with database.session() as session:
        agency, profile = agency_id(session, "test"), load_profile("generic")
        limits = Limits(unpacked_mb=1)
        assert ingest(session, agency, io.BytesIO(content), profile, limits=limits).accepted == 40
    assert SETTING in refused(content, limits, kept="all")


@pytest.mark.parametrize("name", ["location_text", "external_id"])
def test_a_dictionary_makes_no_more_of_a_value_than_is_taken(refused: Refusing, name: str) -> None:
    content = parquet({name: repeated("x" * MB, 1_000_000)}, compression="zstd")
    assert len(content) < MB  # and would be a terabyte
    assert SETTING in refused(content)
    huge = parquet({name: repeated("x" * (17 * MB), 2)}, compression="zstd")
    assert "a value of more than 16 MB" in refused(huge)


def test_a_dictionary_of_shapes_makes_no_more_of_one_than_is_taken(refused: Refusing) -> None:
    geo = {"version": "1.0.0", "primary_column": "shape", "columns": {"shape": {"encoding": "WKB"}}}
    table = pa.table({"shape": repeated(b"\x01" * MB, 100_000)})
    file = io.BytesIO()
    described = table.replace_schema_metadata({"geo": json.dumps(geo)})
    pq.write_table(described, file, compression="zstd")
    assert SETTING in refused(file.getvalue())


def test_lists_hold_no_more_values_than_are_taken(
    refused: Refusing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parquet_limits, "MAX_LISTED", 1_000)
    content = parquet({"location_text": [[0] * 2_000]})
    assert "values in the lists of its column 'location_text'" in refused(content)


def test_many_long_values_are_read_piece_by_piece(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parquet_limits, "_PIECE_BYTES", 10_000)
    names = [f"{n:05d}" * 200 for n in range(100)]
    content = parquet({"location_text": names, "external_id": [str(n) for n in range(100)]})
    seen: list[int] = []
    with database.session() as session:
        agency, profile = agency_id(session, "test"), load_profile("generic")
        report = ingest(session, agency, io.BytesIO(content), profile, rows_read=seen.append)
    assert report.accepted == 100
    assert len(seen) > 9


@pytest.mark.parametrize("geo", ["[]", '"x"', '{"primary_column": 1}', '{"columns": []}'])
def test_metadata_that_say_nothing_of_positions_are_passed_over(
    refused: Refusing, geo: str
) -> None:
    file = io.BytesIO()
    pq.write_table(pa.table({"a": ["x"]}).replace_schema_metadata({"geo": geo}), file)
    assert "lacks the columns" in refused(file.getvalue())


LINES = {
    "type": "FeatureCollection",
    "features": [
        {
            "type": "Feature",
            "properties": {"name": "Mill Lane"},
            "geometry": {"type": "LineString", "coordinates": [[0, 51], [0.001, 51]]},
        }
    ],
}


def zipped(content: bytes, name: str = "town.geojson") -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return file.getvalue()


def geoparquet(shapes: pa.Array) -> bytes:
    about = {"encoding": "WKB", "geometry_types": []}
    geo = {"version": "1.0.0", "primary_column": "geometry", "columns": {"geometry": about}}
    table = pa.table({"geometry": shapes}).replace_schema_metadata({"geo": json.dumps(geo)})
    file = io.BytesIO()
    pq.write_table(table, file, compression="zstd", data_page_size=MB // 2)
    return file.getvalue()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("town.zip", zipped(json.dumps(LINES).encode() + b" " * (2 * MB))),
        ("town.zip", zipped(b" " * (2 * MB), "readme.txt")),
        ("town.kmz", zipped(b"<kml/>" + b" " * (2 * MB), "doc.kml")),
        ("town.parquet", geoparquet(repeated(b"\x01" * (MB // 4), 100_000))),
        ("town.parquet", geoparquet(pa.array([b"\x01" * 9_000] * 400))),
    ],
    ids=["zip", "beside it", "kmz", "shapes told once", "shapes"],
)
def test_streets_and_boundaries_are_unpacked_up_to_the_limit(
    client: TestClient, database: Database, tmp_path: Path, name: str, content: bytes
) -> None:
    assert len(content) < MB // 2
    for path in ("/api/v1/streets/town", "/api/v1/boundaries/town"):
        answer = client.put(path, files={"file": (name, content)})
        assert answer.status_code == 413, answer.text
        assert f"{name} unpacks to more than 1 MB" in answer.json()["detail"]
    file = tmp_path / name
    file.write_bytes(content)
    address = database.url.render_as_string(hide_password=False)
    settings = {"DATABASE_URL": address, "MAX_UNPACKED_MB": "1"}
    ran = called("streets", "load", file, "--network", "town", settings=settings)
    assert (ran.status, "(HARMSPOT_MAX_UNPACKED_MB)" in ran.stderr) == (1, True)


def test_an_archive_that_declares_less_than_it_holds_is_broken(client: TestClient) -> None:
    content = bytearray(zipped(json.dumps(LINES).encode() + b" " * (2 * MB)))
    size = (len(json.dumps(LINES)) + 2 * MB).to_bytes(4, "little")
    assert content.count(size) == 2  # before the file, and in the directory at the end
    answer = client.put(
        "/api/v1/streets/town",
        files={"file": ("town.zip", bytes(content.replace(size, (100).to_bytes(4, "little"))))},
    )
    assert answer.status_code == 422
    assert "broken zip archive" in answer.json()["detail"]
    small = client.put(
        "/api/v1/streets/town", files={"file": ("t.zip", zipped(json.dumps(LINES).encode()))}
    )
    assert small.json()["segments"] == 1
