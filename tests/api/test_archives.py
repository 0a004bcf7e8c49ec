"""ZIP archives and layers of points: what in them is read, what is left, and that it is told."""

from __future__ import annotations

import gzip
import io
import os
import warnings
import zipfile
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pyogrio
import pytest

from service.errors import NotFoundError, PayloadTooLargeError, UnreadableFileError
from service.ingest import checking
from service.ingest.profiles.guess import guessed
from service.ingest.profiles.loading import profile_of
from service.ingest.profiles.profile import Profile
from service.ingest.readers import archive as archives
from service.ingest.readers.limits import Limits
from tests.api.ingesting import HEADER, ROW, Place
from tests.api.reading import incidents, own, read, told

STREET = (
    "Crime ID,Month,Reported by,Falls within,Longitude,Latitude,Location,LSOA code,LSOA name,"
    "Crime type,Last outcome category,Context\n"
)
OUTCOMES = "Crime ID,Month,Reported by,Falls within,Longitude,Latitude,Location,Outcome type\n"
STOPS = "Type,Date,Latitude,Longitude\nPerson search,2020-01-01T00:00:00+00:00,51,0\n"


def packed(files: dict[str, bytes | str]) -> bytes:
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return memory.getvalue()


def month(number: int, *ids: str, place: str = "-0.1,51.5") -> str:
    row = "{},2020-0{},X,X,{},On or near A,E,E,Burglary,,\n"
    return STREET + "".join(row.format(one, number, place) for one in ids)


POLICE: dict[str, bytes | str] = {
    "2020-02/2020-02-x-street.csv": month(2, "b1", "b2") + "b3,2020-02\n",
    "2020-01/2020-01-x-street.csv": month(1, "a1") + month(1, "a2", place=",")[len(STREET) :],
    "2020-01/2020-01-x-outcomes.csv": OUTCOMES + "a1,2020-01,X,X,-0.1,51.5,A,Charged\n",
    "2020-01/2020-01-x-stop-and-search.csv": STOPS,
    "README.txt": "Open Government Licence",
    "more.zip": "PK",
    "../../etc/passwd.csv": month(1, "evil"),
    "__MACOSX/2020-01/._2020-01-x-street.csv": b"\0\5\x16\7",
}


def test_the_files_with_the_columns_are_read_in_order_and_the_others_told() -> None:
    trial = read(packed(POLICE), "police-uk", name="x.zip")
    assert [one[0] for one in incidents(trial)] == ["a1", "b1", "b2"]
    for words in (
        "2020-01/2020-01-x-outcomes.csv (lacks Crime type)",
        "2020-01/2020-01-x-stop-and-search.csv (lacks",
        "README.txt",
        "more.zip (an archive in the archive: unpack it)",
        "passwd.csv (its path leads out of the archive)",
    ):
        assert told(trial, "left out of the archive", words)
    assert not told(trial, "MACOSX")
    assert [(one.line, one.message) for one in trial.rejected_rows] == [
        (3, "2020-01/2020-01-x-street.csv, line 3: no coordinates are given"),
        (
            7,
            "2020-02/2020-02-x-street.csv, line 4: has 2 values in 10 characters, the header "
            "names 12",
        ),
    ]


def test_a_profile_chooses_files_by_pattern() -> None:
    trial = read(packed(POLICE), own_police("2020-02*-street.csv"))
    assert [one[0] for one in incidents(trial)] == ["b1", "b2"]
    with pytest.raises(UnreadableFileError, match=r"without a file that is called \*-crimes.csv"):
        read(packed(POLICE), own_police("*-crimes.csv"))
    with pytest.raises(UnreadableFileError, match="lacks the column 'Crime type'"):
        read(packed(POLICE), own_police("*-outcomes.csv"))


def own_police(members: str) -> Profile:
    return profile_of({"extends": "police-uk", "archive": {"members": members}}, "own")


def test_an_archive_is_one_batch_and_read_again_changes_nothing(place: Place) -> None:
    file = place.file(packed(POLICE), "x.zip")
    first, again = place.ingest(file, "police-uk"), place.ingest(file, "police-uk")
    assert (first.accepted, first.rejected) == (3, 2)
    assert (again.accepted, again.duplicate) == (0, 3)
    assert place.query("SELECT count(*) FROM ingest_batch") == [(2,)]


def test_files_are_of_one_reference_system_whatever_their_format(tmp_path: Path) -> None:
    inner = {"a/c.csv.gz": gzip.compress(HEADER + b"c" + ROW[1:]), "b.csv": HEADER + ROW}
    assert [one[0] for one in incidents(read(packed(inner)))] == ["c", "a"]
    frame().to_parquet(tmp_path / "p.parquet")
    inner["p.parquet"] = (tmp_path / "p.parquet").read_bytes()
    with pytest.raises(UnreadableFileError, match=r"p.parquet is in another coordinate reference"):
        read(packed(inner))


def test_an_archive_is_suggested_the_profile_of_its_files(tmp_path: Path) -> None:
    file = tmp_path / "x.zip"
    file.write_bytes(packed(POLICE))
    made = guessed(file, Limits())
    assert any("shipped profile police-uk" in one for one in made.notes)


def twins(*contents: bytes) -> bytes:
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w") as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # zipfile's, of the name that is there already
        for content in contents:
            archive.writestr("a.csv", content)
    return memory.getvalue()


def test_files_of_one_name_are_refused_where_they_differ() -> None:
    more = HEADER + ROW + b"b" + ROW[1:]
    with pytest.raises(UnreadableFileError, match=r"more than one file of the name a\.csv"):
        read(twins(more, HEADER + b"c" + ROW[1:]), name="x.zip")
    assert [one[0] for one in incidents(read(twins(more, more)))] == ["a", "b"]


@pytest.mark.parametrize("how", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
@pytest.mark.parametrize("guess", [False, True])
def test_a_damaged_file_is_not_left_out_of_the_archive(
    how: int, guess: bool, tmp_path: Path
) -> None:
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w", how) as archive:
        archive.writestr("2020-03/a-street.csv", month(3, *map(str, range(99))))
        archive.writestr("2020-04/a-street.csv", month(4, "b"))
    content = bytearray(memory.getvalue())
    at = content.index(b"a-street.csv") + 12
    content[at + 20 : at + 80] = b"\xff" * 60
    file = tmp_path / "x.zip"
    file.write_bytes(bytes(content))
    with pytest.raises(UnreadableFileError, match=r"broken archive \(at 2020-03/a-street\.csv"):
        guessed(file, Limits()) if guess else read(file, "police-uk")


def test_a_file_cut_short_before_it_was_packed_is_not_left_out() -> None:
    files = {"a.csv.gz": gzip.compress(HEADER + ROW)[:-9], "b.csv": HEADER + ROW}
    with pytest.raises(UnreadableFileError, match=r"a\.csv\.gz is a gzip file cut short"):
        read(packed({**files}))


def encrypted() -> bytes:
    content = bytearray(packed({"a.csv": HEADER + ROW}))
    central = content.index(b"PK\x01\x02")
    content[6] |= 1
    content[central + 8] |= 1
    return bytes(content)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (encrypted(), "an archive with a password"),
        (packed({"README.txt": "nothing here"}), "lacks the columns|no table|without a file"),
        (packed({"a.csv": HEADER + ROW})[:-30], "broken ZIP archive"),
        (packed({"x.zip": packed({"a.csv": HEADER + ROW})}), "an archive in the archive"),
        (packed({"xl/workbook.bin": b"x", "[Content_Types].xml": b"x"}), "save it as XLSX"),
        (packed({"word/document.xml": b"<x/>", "[Content_Types].xml": b"<x/>"}), "workbook"),
    ],
)
def test_an_archive_that_cannot_be_read_is_refused_with_what_it_is(
    content: bytes, said: str
) -> None:
    with pytest.raises(UnreadableFileError, match=said):
        read(content, name="x.zip")


def test_an_archive_holds_no_more_than_an_installation_takes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bomb = packed({f"{at}.csv": HEADER + b"x" * (1 << 20) for at in range(4)})
    with pytest.raises(PayloadTooLargeError, match="HARMSPOT_MAX_UNPACKED_MB"):
        read(bomb, unpacked_mb=3)
    monkeypatch.setattr(archives, "MAX_MEMBERS", 3)
    with pytest.raises(PayloadTooLargeError, match="holds 4 files, of which 3 are taken"):
        read(packed({f"{at}.csv": HEADER + ROW for at in range(4)}))


def test_an_archive_that_declares_less_than_it_holds_is_broken() -> None:
    content = bytearray(packed({"a.csv": HEADER + ROW * 9}))
    for signature, at in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        start = content.index(signature) + at
        content[start : start + 4] = (len(HEADER) + 5).to_bytes(4, "little")
    with pytest.raises(UnreadableFileError, match=r"broken|damaged"):
        read(bytes(content))


def frame(**columns: Any) -> gpd.GeoDataFrame:
    table = pd.DataFrame(
        {
            "external_id": ["A1", "A2"],
            "offence_code": ["burglary", "robbery"],
            "occurred_from": pd.to_datetime(["2020-01-01 10:00", "2020-01-02 00:30"]),
            **columns,
        }
    )
    return gpd.GeoDataFrame(
        table, geometry=gpd.points_from_xy([-0.1, -0.2], [51.5, 51.6]), crs=4326
    )


WHERE = [
    ("A1", "2020-01-01 10:00", "exact", -0.1, 51.5),
    ("A2", "2020-01-02 00:30", "exact", -0.2, 51.6),
]


@pytest.mark.parametrize(
    ("driver", "ending"), [("GPKG", ".gpkg"), ("FlatGeobuf", ".fgb"), ("KML", ".kml")]
)
@pytest.mark.parametrize("metric", [False, True])
def test_layers_of_points_are_read_in_their_own_reference_system(
    tmp_path: Path, driver: str, ending: str, metric: bool
) -> None:
    path = tmp_path / f"x{ending}"
    frame().to_crs(27700 if metric and driver != "KML" else 4326).to_file(path, driver=driver)
    assert incidents(read(path)) == WHERE
    assert incidents(read(packed({f"in/x{ending}": path.read_bytes()}))) == WHERE


def test_a_kmz_is_read(tmp_path: Path) -> None:
    frame().to_file(tmp_path / "x.kml", driver="KML")
    content = packed({"doc.kml": (tmp_path / "x.kml").read_bytes(), "images/pin.png": b"\x89PNG"})
    assert incidents(read(content, name="x.kmz")) == WHERE


def shapes(folder: Path, *, without: tuple[str, ...] = ()) -> bytes:
    made = frame().to_crs(27700)
    made = made.rename(columns={"external_id": "Crime No", "offence_code": "Offence"})
    made["When"] = made.pop("occurred_from").astype(str)
    made["Offence"] = ["Körperverletzung", "Vol à main"]
    made.to_file(folder / "crimes.shp", encoding="ISO-8859-1")
    parts = {f"in/{one.name}": one.read_bytes() for one in folder.iterdir()}
    return packed(
        {k: v for k, v in parts.items() if not k.endswith(without)} | {"in/a.pdf": "%PDF"}
    )


def test_a_zipped_shapefile_is_read_with_what_is_beside_it(tmp_path: Path) -> None:
    trial = read(shapes(tmp_path), own())
    assert incidents(trial) == WHERE
    assert [one.offence_name for one in trial.rows] == ["Körperverletzung", "Vol à main"]
    assert told(trial, "left out of the archive", "in/a.pdf")


def test_a_shapefile_without_its_reference_system_has_the_profiles_and_tells(
    tmp_path: Path,
) -> None:
    content = shapes(tmp_path, without=(".prj",))
    trial = read(content, own(crs="EPSG:27700"))
    assert incidents(trial) == WHERE
    assert told(trial, "does not say its coordinate reference system", "EPSG:27700 was taken")


def test_a_part_of_a_shapefile_is_refused_with_the_remedy(tmp_path: Path) -> None:
    shapes(tmp_path)
    with pytest.raises(UnreadableFileError, match="one part of a Shapefile"):
        read(tmp_path / "crimes.shp", own())


@pytest.mark.parametrize(
    ("without", "words"),
    [
        ((".shx",), "without its .shx: put"),
        ((".dbf",), "without its .dbf: put"),
        ((".shx", ".dbf"), "without its .shx and .dbf: put"),
    ],
)
def test_a_shapefile_that_is_not_whole_is_refused_by_what_it_lacks(
    tmp_path: Path, without: tuple[str, ...], words: str
) -> None:
    content = shapes(tmp_path, without=(*without, ".pdf"))
    with pytest.raises(UnreadableFileError) as refused:
        read(content, own())
    said = str(refused.value)
    assert words.partition(":")[0] in said
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        alone = {one: archive.read(one) for one in archive.namelist() if "pdf" not in one}
    with pytest.raises(UnreadableFileError, match=words):
        read(packed({**alone}), own())


@pytest.mark.parametrize("part", [".shp", ".shx", ".dbf"])
@pytest.mark.parametrize("kept", [0, 50, 110])
def test_no_refusal_tells_where_files_lie_on_the_server(
    tmp_path: Path, part: str, kept: int
) -> None:
    with zipfile.ZipFile(io.BytesIO(shapes(tmp_path))) as archive:
        parts = {one: archive.read(one) for one in archive.namelist() if "pdf" not in one}
    cut: dict[str, bytes | str] = {
        one: content[:kept] if one.endswith(part) else content for one, content in parts.items()
    }
    try:
        said = " ".join(read(packed(cut), own()).warnings)
    except UnreadableFileError as error:
        said = error.message
    for word in ("/tmp", "harmspot-", "layer.", "config", "SHAPE_", "..", "?."):
        assert word not in said


@pytest.mark.parametrize(
    ("said", "name", "content"),
    [
        ("an empty ZIP archive", "x.zip", b"PK\5\6" + bytes(18)),
        ("is empty: it has not even a header", "x.csv", b"\xff\xfe" * 10),
        ("is empty: it has not even a header", "x.csv", b"\xef\xbb\xbf" * 3 + b"\r\n"),
        (
            r"document type \(DOCTYPE\): declarations of entities",
            "x.kml",
            b'<?xml version="1.0"?><!DOCTYPE kml [<!ENTITY a "b">]><kml xmlns="x"></kml>',
        ),
        (r"is this a table of text\? Nothing", "x.csv", b"x" * (3 << 20)),
        (
            r"a.csv.*It unpacks to 1,0\d\d times its size, as no table",
            "x.zip",
            packed({"a.csv": HEADER + b"x" * (9 << 20)}),
        ),
    ],
)
def test_what_is_no_table_is_refused_as_what_it_is(said: str, name: str, content: bytes) -> None:
    with pytest.raises(UnreadableFileError, match=said):
        read(content, name=name)


def test_the_layer_with_the_columns_is_read_and_another_on_request(tmp_path: Path) -> None:
    path = tmp_path / "x.gpkg"
    frame().drop(columns="occurred_from").to_file(path, layer="beats", driver="GPKG")
    frame().to_file(path, layer="crimes", driver="GPKG")
    trial = read(path)
    assert incidents(trial) == WHERE
    assert told(trial, "the layer 'crimes' was read, and 'beats' left")
    with pytest.raises(UnreadableFileError, match="lacks the column 'occurred_from'"):
        read(path, profile_of({"extends": "generic", "layer": "beats"}, "own"))
    with pytest.raises(NotFoundError, match="no layer 'roads'"):
        read(path, profile_of({"extends": "generic", "layer": "roads"}, "own"))


def test_a_table_without_geometry_has_coordinate_columns(tmp_path: Path) -> None:
    path = tmp_path / "x.gpkg"
    table = pd.DataFrame(
        frame(longitude=[-0.1, -0.2], latitude=[51.5, 51.6]).drop(columns="geometry")
    )
    pyogrio.write_dataframe(table, path, driver="GPKG")
    assert incidents(read(path)) == WHERE


def test_other_geometries_cost_their_rows_only(tmp_path: Path) -> None:
    path = tmp_path / "x.gpkg"
    made = frame()
    made.geometry = [made.geometry[0], made.geometry[1].buffer(0.1)]
    made.to_file(path, driver="GPKG")
    trial = read(path)
    assert (trial.accepted, trial.rejected_by_reason) == (1, {"invalid_coordinates": 1})
    assert "Polygon" in trial.rejected_rows[0].message


def test_a_damaged_layer_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.gpkg"
    frame().to_file(path, driver="GPKG")
    os.truncate(path, 5000)
    with pytest.raises(UnreadableFileError):
        read(path)


def test_small_files_are_checked_together(monkeypatch: pytest.MonkeyPatch) -> None:
    head = HEADER.decode()
    rows = head + "{n},theft,2024-05-0{n},-0.1{n},51.5\n{n}x,theft,soon,-0.1,51.5\n"
    files: dict[str, bytes | str] = {f"{n}.csv": rows.format(n=n) for n in range(1, 8)}
    files["5a.csv"] = (
        head.replace("offence_code", "offence_name,offence_code") + "a,b,theft,soon,0,0\n"
    )
    pieces: list[int] = []
    checked = checking.validate

    def counted(rows: Any, *others: Any) -> Any:
        pieces.append(rows.table.num_rows)
        return checked(rows, *others)

    monkeypatch.setattr(checking, "validate", counted)
    trial = read(packed(files), "generic", name="x.zip")
    assert pieces == [10, 1, 4]
    assert (trial.accepted, trial.rejected) == (7, 8)
    told_ = [one.message.partition(":")[0] for one in trial.rejected_rows]
    assert told_[:2] == ["1.csv, line 3", "2.csv, line 3"]
    assert told_[4:7] == ["5.csv, line 3", "5a.csv, line 2", "6.csv, line 3"]
