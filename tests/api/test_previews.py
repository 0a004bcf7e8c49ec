"""Previews: how the beginning of a file would be read, before anything of it is stored."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
from fastapi.testclient import TestClient

FOREIGN = (
    "Ref;Tatzeit;Delikt;Ost;Nord\n"
    "A1;13/02/2024 22:15;Robbery;530000;180000\n"
    "A2;01/02/2024 10:00;Burglary;530100;180100\n"
    "A3;;Burglary;530100;180100\n"
)
COLUMNS = {
    "external_id": "Ref",
    "offence_name": "Delikt",
    "occurred_from": "Tatzeit",
    "longitude": "Ost",
    "latitude": "Nord",
}
DRAFT = {
    "source": "kripo",
    "time_zone": "Europe/London",
    "crs": "EPSG:27700",
    "delimiter": ";",
    "columns": COLUMNS,
    "time": {"formats": ["%d/%m/%Y %H:%M"]},
}
PATH = "/api/v1/incidents/preview"


def ask(
    client: TestClient, content: bytes | str, name: str = "f.csv", draft: Any = None, **query: Any
) -> Any:
    data = {} if draft is None else {"draft": json.dumps(draft)}
    answer = client.post(PATH, params=query, files={"file": (name, content)}, data=data)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_the_profile_that_fits_is_found_and_shows_what_becomes_of_the_first_rows(
    client: TestClient, shared_data: Path
) -> None:
    file = shared_data / "city-of-london" / "street" / "2018-04-city-of-london-street.csv"
    seen = ask(client, file.read_bytes(), file.name)
    assert (seen["profile"], seen["format"]) == ("police-uk", "csv")
    assert [one["name"] for one in seen["columns"]][:3] == ["Crime ID", "Month", "Reported by"]
    assert [row["line"] for row in seen["rows"]] == list(range(2, 22))
    fits = {one["profile"]: one for one in seen["fits"]}
    assert fits["police-uk"]["missing"] == []
    assert "Primary Type" in fits["chicago"]["missing"]
    outcome = seen["outcome"]
    assert outcome["read"] == outcome["accepted"] + sum(outcome["rejected_by_reason"].values())
    assert outcome["rejected_by_reason"].keys() == {"missing_coordinates"}
    first = outcome["rows"][0]["incident"]
    assert (first["offence_code"], first["time_precision"]) == ("other-theft", "month")
    assert client.get("/api/v1/incidents/batches").json() == []


def test_the_beginning_of_a_file_is_enough_and_its_cut_row_is_no_row(client: TestClient) -> None:
    header = "external_id,offence_code,occurred_from,longitude,latitude\n"
    rows = "".join(f"{n},robbery,2024-05-01T10:00:00Z,-0.1,51.5\n" for n in range(60_000))
    beginning = (header + rows).encode()[: 1 << 20]
    assert not beginning.endswith(b"\n")
    for content in (beginning, gzip.compress((header + rows).encode(), 0)[: 1 << 20]):
        outcome = ask(client, content, complete=False)["outcome"]
        assert outcome["read"] == outcome["accepted"] > 200


def test_a_cut_geojson_document_shows_its_first_features(client: TestClient) -> None:
    feature = {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [-0.1, 51.5]},
        "properties": {"offence_code": "robbery", "occurred_from": "2024-05-01T10:00:00Z"},
    }
    whole = json.dumps({"type": "FeatureCollection", "features": [feature] * 20_000}).encode()
    seen = ask(client, whole[: 2 << 20], "f.geojson", complete=False)
    assert (seen["format"], seen["geometry"], seen["profile"]) == ("geojson", True, "generic")
    assert seen["outcome"]["accepted"] == seen["outcome"]["read"] >= 300


def test_geoparquet_is_shown_when_it_is_whole_and_refused_when_cut(
    client: TestClient, tmp_path: Path
) -> None:
    frame = gpd.GeoDataFrame(
        {"offence_code": ["robbery"] * 5, "occurred_from": ["2024-05-01"] * 5},
        geometry=gpd.points_from_xy([-0.1] * 5, [51.5] * 5),
        crs=4326,
    )
    frame.to_parquet(tmp_path / "f.parquet")
    content = (tmp_path / "f.parquet").read_bytes()
    seen = ask(client, content, "f.parquet")
    assert (seen["format"], seen["geometry"], seen["outcome"]["accepted"]) == ("parquet", True, 5)
    cut = client.post(
        PATH, params={"complete": False}, files={"file": ("f.parquet", content[:500])}
    )
    assert cut.status_code == 422
    assert "send the whole file" in cut.json()["detail"]


def test_a_profile_in_the_making_is_tried_with_its_own_delimiter_zone_and_crs(
    client: TestClient,
) -> None:
    seen = ask(client, FOREIGN, draft=DRAFT)
    assert seen["profile"] is None
    assert [one["name"] for one in seen["columns"]] == ["Ref", "Tatzeit", "Delikt", "Ost", "Nord"]
    assert all(one["named"] and one["samples"] for one in seen["columns"])
    first, second, third = seen["outcome"]["rows"]
    assert first["incident"]["occurred_from"] == "2024-02-13T22:15:00Z"
    assert first["incident"]["longitude"] == pytest.approx(-0.1284, abs=0.001)
    assert second["incident"]["offence_code"] == "burglary"
    assert (third["reason"], third["incident"]) == ("missing_time", None)


WITH_MORE = (
    "Ref;Tatzeit;Delikt;Ost;Nord;Beat;Opfer;Geboren;Uhr\n"
    "A1;13/02/2024 22:15;Robbery;530000;180000;12;Jane Quillfeather;1970-02-01;22:15\n"
    "A2;01/02/2024 10:00;Burglary;530100;180100;12;;;\n"
)


def test_values_are_shown_of_columns_that_are_mapped_or_kept_and_of_no_others(
    client: TestClient,
) -> None:
    half = {**DRAFT, "columns": {"external_id": "Ref"}}  # not a profile yet
    for draft in (None, {**DRAFT, "attributes": ["Beat"]}, {**half, "attributes": ["Beat"]}):
        seen = ask(client, WITH_MORE, draft=draft)
        columns = {one["name"]: one for one in seen["columns"]}
        told = [columns[name] for name in ("Opfer", "Geboren", "Uhr")]
        assert [(one["kind"], one["filled"], one["different"]) for one in told] == [
            ("text", 1, 1),
            ("time", 1, 1),
            ("time", 1, 1),
        ]
        assert not any(one["named"] or one["samples"] for one in told)
        assert [row["values"][-3:] for row in seen["rows"]] == [[None] * 3] * 2
        assert "Quillfeather" not in json.dumps(seen)
        assert columns["Beat"]["samples"] == ([] if draft is None else ["12"])
        assert columns["Beat"]["kind"] == "number"
    kept = ask(client, WITH_MORE, draft={**DRAFT, "attributes": ["Beat"]})["outcome"]["rows"]
    assert kept[0]["incident"]["attributes"] == {"Beat": "12"}


def test_what_a_profile_in_the_making_lacks_is_named_beside_the_rows(client: TestClient) -> None:
    half = {**DRAFT, "columns": {"external_id": "Ref"}, "time_zone": "Mars/Olympus"}
    seen = ask(client, FOREIGN, draft=half)
    assert seen["outcome"] is None
    assert {one["where"] for one in seen["problems"]} == {"time_zone"}
    gone = ask(client, FOREIGN, draft={**DRAFT, "columns": {**COLUMNS, "external_id": "Nummer"}})
    assert [one["message"] for one in gone["problems"]] == ["missing column Nummer"]


def test_a_mapping_is_suggested_from_names_and_values(client: TestClient) -> None:
    table = (
        "IncidentNumber;Date;Time;Offence;Easting;Northing;Address\n"
        "7;13/02/2024;22:15;Robbery;530000;180000;Caf\xe9 Lane\n"
    ).encode("windows-1252")
    seen = ask(client, table)
    suggestion = seen["suggestion"]
    assert suggestion["columns"] == {
        "external_id": "IncidentNumber",
        "longitude": "Easting",
        "latitude": "Northing",
        "occurred_from": ["Date", "Time"],
        "offence_name": "Offence",
        "location_text": "Address",
    }
    assert suggestion["time"] == {"formats": ["%d/%m/%Y %H:%M"]}
    assert (suggestion["crs"], suggestion["delimiter"]) == ("EPSG:27700", ";")
    assert suggestion["encoding"] == "windows-1252"
    assert "British National Grid" in seen["suggestion_notes"][0]
    tried = ask(client, table, draft={**suggestion, "time_zone": "Europe/London"})
    assert tried["outcome"]["accepted"] == 1
    assert tried["outcome"]["rows"][0]["incident"]["location_text"] == "Caf\xe9 Lane"


def test_columns_matched_by_hand_are_read_by_what_stands_in_them(client: TestClient) -> None:
    seen = ask(client, FOREIGN, draft={"columns": COLUMNS})
    assert seen["suggestion"]["columns"] == COLUMNS
    assert seen["suggestion"]["time"] == {"formats": ["%d/%m/%Y %H:%M"]}
    assert seen["suggestion"]["crs"] == "EPSG:27700"
    split = "Tag;Uhr;D;O;N\n13/02/2024;2215;Robbery;-0.1;51.5\n"
    two = {"occurred_from": ["Tag", "Uhr"], "longitude": "O", "latitude": "gone"}
    seen = ask(client, split, draft={"columns": two})
    assert seen["suggestion"]["time"] == {"formats": ["%d/%m/%Y %H%M"]}
    assert seen["suggestion"]["columns"].keys() == {"occurred_from", "longitude"}


def test_days_and_months_that_cannot_be_told_apart_are_named(client: TestClient) -> None:
    seen = ask(client, "date,offence,lon,lat\n03/04/2024,robbery,-0.1,51.5\n")
    assert seen["suggestion"]["time"] == {"formats": ["%d/%m/%Y"]}
    assert "%m/%d/%Y would fit too" in seen["suggestion_notes"][0]


def test_a_known_format_with_another_delimiter_is_read_and_suggested_as_that_profile(
    client: TestClient, shared_data: Path
) -> None:
    file = shared_data / "city-of-london" / "street" / "2018-05-city-of-london-street.csv"
    seen = ask(client, file.read_text().replace(",", ";"))
    assert seen["profile"] == "police-uk"
    assert any("parted by semicolon" in one for one in seen["outcome"]["warnings"])
    assert seen["suggestion"]["time"] == {"formats": ["%Y-%m"], "precision": "month"}
    assert seen["suggestion"]["delimiter"] == ";"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"PK\x03\x04rest", "broken ZIP archive or workbook"),
        (b"", "is empty"),
        (b"<!doctype html><p>log in", "web page"),
    ],
)
def test_a_wrong_file_is_refused_with_what_it_is(
    client: TestClient, content: bytes, said: str
) -> None:
    answer = client.post(PATH, files={"file": ("f.csv", content)})
    assert answer.status_code == 422
    assert said in answer.json()["detail"]


def test_rows_that_are_not_utf_8_are_named_by_their_line(client: TestClient) -> None:
    text = (
        "external_id,offence_code,occurred_from,longitude,latitude\n"
        "1,robbery,2024-05-01,-0.1,51.5\n2,vol \xe0 main,2024-05-01,-0.1,51.5\n"
    )
    seen = ask(client, text.encode("windows-1252"), profile="generic")
    assert seen["encoding"] == "windows-1252"
    bad = seen["outcome"]["rows"][1]
    assert (bad["line"], bad["reason"]) == (3, "malformed_row")
    assert "not UTF-8" in bad["message"]


def test_a_draft_that_is_no_object_and_a_form_without_a_file_are_refused(
    client: TestClient,
) -> None:
    wrong = client.post(PATH, files={"file": ("f.csv", FOREIGN)}, data={"draft": "[1]"})
    assert (wrong.status_code, wrong.json()["errors"][0]["where"]) == (422, "draft")
    without = client.post(PATH, data={"draft": "{}"}, files={"other": ("f.csv", FOREIGN)})
    assert without.status_code == 422
    unknown = client.post(PATH, params={"profile": "x"}, files={"file": ("f.csv", FOREIGN)})
    assert unknown.status_code == 404
