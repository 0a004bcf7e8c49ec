"""Incidents from addresses: pages, what breaks off, what is new, and who may be asked at all."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote_plus

import pytest
from sqlalchemy import text
from starlette.responses import JSONResponse, Response

from service.http.app import create_app
from service.ingest.connectors import fetching
from service.ingest.connectors.paging import EMPTY_PAGES
from service.settings import Settings
from tests.api.commands import called
from tests.api.portal_town import EVERY, LAYER, PAGED, Town, expected
from tests.api.portals import (
    DATASET,
    PAGE,
    as_csv,
    broken,
    cut,
    fine,
    incidents,
    silence,
)
from tests.api.serving import serving
from tests.databases import Databases


@pytest.mark.parametrize("kind", EVERY)
def test_all_pages_come_once_and_right(town: Town, kind: str) -> None:
    report = town.report(kind)
    assert (report["read"], report["accepted"], report["rejected"]) == (25, 25, 0)
    assert town.stored() == expected(town.portal.rows)
    assert report["warnings"] == []
    origin = report["origin"]
    assert origin["kind"] == kind
    assert report["file"] == origin["url"]
    assert origin["url"].startswith(town.address)
    if kind != "file":
        assert (origin["pages"], origin["rows"], origin["rows_told"]) == (3, 25, 25)
        assert not any("victim" in one.lower() for one in town.portal.texts())
    assert not town.kept()
    again = town.report(kind)
    assert (again["accepted"], again["duplicate"]) == (0, 25)


@pytest.mark.parametrize("kind", PAGED)
def test_a_download_that_breaks_goes_on_where_it_stopped(town: Town, kind: str) -> None:
    before = [fine] * (1 if kind == "ogc" else 2)  # a count where the kind has one, and a page
    town.portal.faults = [*before, *[broken(503)] * fetching.ATTEMPTS]
    done = town.run(kind, status=1)
    assert "The same command goes on behind page 1, row 10" in done.stderr
    assert town.stored() == []
    town.portal.asked.clear()
    done = town.run(kind)
    assert "1 of 3 pages were here already" in done.stderr
    (report,) = json.loads(done.stdout)["batches"]
    assert (report["read"], report["origin"]["pages"], report["origin"]["pages_kept"]) == (25, 3, 1)
    first = {"socrata": "offset=0", "arcgis": "resultOffset=0", "ogc": "limit=1000"}[kind]
    assert not [one for one in town.portal.texts() if first in one.split("&")[-1]]
    assert town.stored() == expected(town.portal.rows)
    assert not town.kept()


def test_what_is_kept_may_be_fetched_anew(town: Town) -> None:
    town.portal.faults = [fine, *[broken(503)] * fetching.ATTEMPTS]
    town.run("ogc", status=1)
    report = town.report("ogc", "--fresh")
    assert report["origin"]["pages_kept"] == 0


@pytest.mark.parametrize("lost", ["state.json", "000001.rows"])
def test_pages_that_the_disk_lost_are_fetched_anew(town: Town, lost: str) -> None:
    town.portal.faults = [fine, *[broken(503)] * fetching.ATTEMPTS]
    town.run("ogc", status=1)
    (kept,) = town.kept()
    (kept / lost).write_bytes(b'{"pages": 1') if lost == "state.json" else (kept / lost).unlink()
    report = town.report("ogc")
    assert (report["accepted"], report["origin"]["pages_kept"]) == (25, 0)


@pytest.mark.parametrize("kind", EVERY)
def test_a_source_is_asked_again_when_it_wants_to_be(
    town: Town, kind: str, pauses: list[float]
) -> None:
    town.portal.faults = [broken(429, {"Retry-After": "7"}), broken(503), broken(500)]
    assert town.report(kind)["accepted"] == 25
    assert pauses == [7.0, 1.0, 2.0]


def test_a_source_that_is_silent_is_asked_again(town: Town, pauses: list[float]) -> None:
    town.settings["FETCH_TIMEOUT_S"] = "0.5"
    town.portal.faults = [fine, silence]
    assert town.report("arcgis")["accepted"] == 25
    assert len(pauses) == 1


def test_a_source_that_wants_to_be_left_alone_is(town: Town, pauses: list[float]) -> None:
    town.portal.faults = [fine, fine, broken(429, {"Retry-After": "4000"})]
    done = town.run("socrata", status=1)
    assert "asked again in 4,000 seconds" in done.stderr
    assert pauses == []


def test_an_error_that_arcgis_calls_a_success_is_an_error(town: Town, pauses: list[float]) -> None:
    def failing(code: int, message: str) -> Any:
        return lambda _: JSONResponse({"error": {"code": code, "message": message}})

    town.portal.faults = [fine, failing(500, "Error performing query operation")]
    assert town.report("arcgis")["accepted"] == 25
    assert pauses == [0.5]
    town.portal.faults = [failing(400, "Invalid field: BEAT")]
    assert "refuses (400: Invalid field: BEAT)" in town.run("arcgis", status=1).stderr


@pytest.mark.parametrize(
    "said",
    [{"advancedQueryCapabilities": {"supportsPagination": False}}, {"currentVersion": 10.04}],
)
def test_layers_of_servers_without_pages_come_by_ids(town: Town, said: dict[str, Any]) -> None:
    town.portal.pages, town.portal.says_of_pages = False, said
    town.portal.faults = [fine, fine, fine, *[broken(503)] * fetching.ATTEMPTS]
    town.run("arcgis", status=1)
    town.portal.rows.insert(0, {**incidents(1)[0], "id": -1, "external_id": "NEW"})
    report = town.report("arcgis")
    assert (report["accepted"], report["origin"]["pages"]) == (25, 3)
    assert [one["code"] for one in report["warned"]] == ["source_changed"]
    assert town.stored() == expected(town.portal.rows[1:])


def test_places_in_another_reference_system_are_refused(town: Town) -> None:
    row = {"attributes": {"OBJECTID": 1}, "geometry": {"x": -11131.9, "y": 6710219.1}}
    answer = {"spatialReference": {"wkid": 102100, "latestWkid": 3857}, "features": [row]}
    town.portal.faults = [fine, lambda _: JSONResponse(answer)]
    assert "does not answer in degrees" in town.run("arcgis", status=1).stderr


@pytest.mark.parametrize("kind", ["socrata", "arcgis"])
def test_rows_that_move_between_pages_are_told(town: Town, kind: str) -> None:
    def another(_: Any) -> None:
        town.portal.rows.insert(0, {**incidents(1)[0], "id": -1, "external_id": "NEW"})

    town.portal.faults = [fine, fine, another]
    report = town.report(kind)
    assert [one["code"] for one in report["warned"]] == ["source_changed", "source_shifted"]
    assert (report["accepted"], report["duplicate"]) == (25, 1)
    assert "NEW" not in {one[0] for one in town.stored()}
    again = town.report(kind)
    assert (again["accepted"], again["duplicate"], again["warned"]) == (1, 25, [])


def test_rows_that_go_between_pages_are_told(town: Town) -> None:
    def one_less(_: Any) -> None:
        del town.portal.rows[0]

    town.portal.faults = [fine, one_less]
    report = town.report("ogc")
    assert [one["code"] for one in report["warned"]] == ["source_changed"]
    assert report["read"] == 24
    assert town.report("ogc")["accepted"] == 1


def test_a_portal_that_does_not_page_is_not_asked_for_ever(town: Town) -> None:
    page = [{":id": f"row-{n}", "external_id": str(n)} for n in range(PAGE)]
    town.portal.faults = [fine, *[lambda _: JSONResponse(page)] * 5]
    assert "the same rows again" in town.run("socrata", status=1).stderr


def test_a_layer_that_says_more_and_gives_nothing_is_not_asked_for_ever(town: Town) -> None:
    nothing = {"features": [], "exceededTransferLimit": True}
    town.portal.faults = [fine, fine, *[lambda _: JSONResponse(nothing)] * 3]
    assert "more rows, and gives none" in town.run("arcgis", status=1).stderr
    assert len(town.portal.faults) == 2
    assert town.stored() == []


def test_pages_without_rows_are_not_followed_for_ever(town: Town) -> None:
    def another(request: Any) -> Any:
        following = str(request.url.include_query_params(at=len(town.portal.asked)))
        return JSONResponse({"features": [], "links": [{"rel": "next", "href": following}]})

    town.portal.faults = [another] * (EMPTY_PAGES + 10)
    assert "not followed any further" in town.run("ogc", status=1).stderr
    assert len(town.portal.asked) == EMPTY_PAGES


def test_a_portal_that_does_not_describe_its_dataset_is_read(town: Town) -> None:
    town.portal.described = False
    assert town.report("socrata")["accepted"] == 25
    assert town.stored() == expected(town.portal.rows)


@pytest.mark.parametrize("kind", PAGED)
def test_only_what_is_new_is_asked_for(town: Town, kind: str) -> None:
    town.portal.rows = incidents(60)
    assert "all was asked for" in town.run(kind, "--since-last").stderr
    town.portal.rows += incidents(5, first=60)
    done = town.run(kind, "--since-last")
    (report,) = json.loads(done.stdout)["batches"]
    since = report["origin"]["since"]
    column = {"socrata": "occurred_from", "arcgis": "OCCURRED_FROM", "ogc": "datetime"}[kind]
    assert since == {
        "column": column,
        "begins": "2024-02-03T00:00:00Z",  # the newest is of 4 March
        "overlap_days": 30,
    }
    assert f"whose {column} is 2024-02-03 or later (30 days of overlap)" in done.stderr
    assert (report["read"], report["accepted"], report["duplicate"]) == (35, 5, 30)


def test_what_changed_is_asked_for_where_the_profile_says_how(town: Town, tmp_path: Path) -> None:
    profile = tmp_path / "mine.toml"
    profile.write_text('extends = "generic"\n[since]\ncolumn = ":updated_at"\noverlap_days = 1\n')
    town.report("socrata", "--since-last", profile=profile)
    nothing = town.run("socrata", "--since-last", profile=profile)
    assert json.loads(nothing.stdout)["batches"] == []
    assert "Nothing is new." in nothing.stderr
    assert not town.kept()
    town.portal.rows[3] |= {"updated_at": datetime.now(UTC), "offence_code": "burglary"}
    report = town.report("socrata", "--since-last", profile=profile)
    assert (report["read"], report["updated"]) == (1, 1)
    assert report["origin"]["since"]["column"] == ":updated_at"


def test_what_cannot_tell_what_is_new_is_refused(town: Town, tmp_path: Path) -> None:
    assert "leave --since-last out" in town.run("file", "--since-last", status=1).stderr
    profile = tmp_path / "mine.toml"
    profile.write_text('extends = "generic"\n[since]\ncolumn = "offence_code"\n')
    town.run("socrata", profile=profile)
    told = town.run("socrata", "--since-last", profile=profile, status=1).stderr
    assert "offence_code is of type text, not a time" in told


def test_a_file_goes_on_where_it_broke_off(town: Town) -> None:
    headers = {"ETag": '"1"'}
    town.portal.faults = [
        lambda _: cut(town.portal.file, headers, after=300),
        *[broken(503)] * (fetching.ATTEMPTS - 1),
    ]
    assert "goes on behind what came of it" in town.run("file", status=1).stderr
    done = town.run("file")
    assert "300 bytes were here already" in done.stderr
    assert town.portal.asked[-1].headers["range"] == "bytes=300-"
    assert town.stored() == expected(town.portal.rows)


def test_parts_of_two_versions_of_a_file_are_never_joined(town: Town) -> None:
    town.portal.faults = [lambda _: cut(town.portal.file, {"ETag": '"1"'}, after=300)]
    town.portal.version = '"2"'
    town.portal.rows = incidents(25, first=100)
    old, town.portal.file = town.portal.file, as_csv(town.portal.rows)
    town.portal.faults = [lambda _: cut(old, {"ETag": '"1"'}, after=300)]
    report = town.report("file")
    assert report["origin"]["bytes_kept"] == 0
    assert town.stored() == expected(town.portal.rows)


def test_a_packed_file_is_unpacked(town: Town) -> None:
    plain, archive = town.portal.file, io.BytesIO()
    town.portal.file = gzip.compress(plain)
    assert town.report("/files/crime.csv.gz")["accepted"] == 25
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("2024-01/crime.csv", plain)
    town.portal.file = archive.getvalue()
    assert town.report("/files/crime.zip?download=1")["duplicate"] == 25


def test_a_download_that_cannot_be_read_is_not_read_again(town: Town) -> None:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("crime.csv", town.portal.file)
    whole = archive.getvalue()
    for damaged in (whole[:-40], whole[:60] + bytes(20) + whole[80:]):
        town.portal.file = damaged
        said = town.run("/files/crime.zip", status=1).stderr
        assert "is here for a day" not in said
        assert not town.kept()
    town.portal.file = whole
    assert town.report("/files/crime.zip")["accepted"] == 25


def test_names_longer_than_a_disk_takes_are_cut(town: Town) -> None:
    for letter in "犯𝔸x":
        assert town.run(f"/files/{quote(letter * 120)}.csv").status == 0
    headers = {"content-disposition": f"attachment; filename*=UTF-8''{quote('犯' * 200)}.csv"}
    town.portal.faults = [lambda _: Response(town.portal.file, headers=headers)]
    assert town.report("/files/other")["file"]


def test_kinds_are_told_by_the_address(town: Town) -> None:
    page = town.report(f"/Public-Safety/Crimes/{DATASET}/about_data")
    assert page["origin"]["kind"] == "socrata"
    assert town.report("/ogc/collections/crime/items?limit=7")["origin"]["pages"] == 4
    assert town.report(f"{LAYER}/query?f=html&outFields=*")["origin"]["kind"] == "arcgis"
    layers = town.run(LAYER.removesuffix("/0"), status=1).stderr
    assert "has 2 layers" in layers
    assert "/0 (crime), /3 (stops)" in layers
    assert "there are crime, stops" in town.run("/ogc/collections", status=1).stderr
    assert "no kind soap" in town.run("ogc", "--kind", "soap", status=1).stderr
    assert "left to Harmspot" in town.run(f"/resource/{DATASET}.json?$offset=5", status=1).stderr
    kept = town.report(f"/resource/{DATASET}.json?$where=occurred_from >= '2024-01-20T00:00:00'")
    assert kept["read"] == 6


def test_options_of_addresses_are_refused_for_files(town: Town) -> None:
    done = called(
        "ingest", "crime.csv", "--profile", "generic", "--since-last", settings=town.settings
    )
    assert done.status == 1
    assert "for addresses, not for files" in done.stderr


def test_a_source_without_the_profiles_columns_is_refused_before_it_is_read(town: Town) -> None:
    for kind in ("socrata", "arcgis"):
        done = town.run(kind, profile="chicago", status=1)
        assert "lacks the columns" in done.stderr
        assert "Primary Type" in done.stderr
    assert town.portal.asked == []


def test_too_much_is_refused(town: Town) -> None:
    town.settings["MAX_BATCH_ROWS"] = "20"
    for kind in PAGED:
        assert "HARMSPOT_MAX_BATCH_ROWS" in town.run(kind, status=1).stderr
    assert len(town.portal.asked) == 3  # two counts and a page that says how many there are
    town.settings |= {"MAX_BATCH_ROWS": "100000", "MAX_UPLOAD_MB": "1"}
    whole = town.portal.file + b"\n" * (1 << 21)
    town.portal.file = whole
    assert "HARMSPOT_MAX_UPLOAD_MB" in town.run("file", status=1).stderr
    town.portal.faults = [lambda _: cut(whole, {"ETag": '"1"'}, after=1 << 19)]
    assert "HARMSPOT_MAX_UPLOAD_MB" in town.run("file", "--fresh", status=1).stderr
    assert town.stored() == []


def test_a_login_page_is_no_file_and_no_answer(town: Town) -> None:
    page = Response("<!DOCTYPE html><title>Sign in</title>", media_type="text/html")
    town.portal.faults = [lambda _: page]
    assert "web page" in town.run("file", status=1).stderr
    town.portal.faults = [lambda _: page]
    assert "web page" in town.run("ogc", status=1).stderr


def test_the_report_is_kept_with_the_batch(town: Town) -> None:
    report = town.report("arcgis")
    for words in (["batch", "show", report["batch_id"]], ["batch", "list"]):
        done = called(*words, "--json", settings=town.settings)
        found = json.loads(done.stdout)
        assert (found[0] if isinstance(found, list) else found) == report
    shown = called("batch", "show", str(report["batch_id"]), settings=town.settings).stdout
    assert f"from {town.address}{LAYER} (arcgis, 25 rows in 3 pages of 25" in shown


CHICAGO = {
    "id": "11037294", "case_number": "JA371270", "date": "2015-03-18T12:00:00.000",
    "block": "0000X W WACKER DR", "iucr": "1153", "primary_type": "DECEPTIVE PRACTICE",
    "description": "FINANCIAL IDENTITY THEFT", "location_description": "BANK", "arrest": False,
    "domestic": True, "beat": "0111", "district": "001", "ward": "42", "community_area": "32",
    "fbi_code": "11", "year": "2015", "updated_on": "2017-08-01T15:52:26.000",
    "latitude": "41.886", "longitude": "-87.628",
    "location": {"latitude": "41.886", "longitude": "-87.628", "human_address": "{}"},
}  # fmt: skip
"""An invented row in the layout of the portal's API, which leaves empty columns out."""


def test_a_dataset_of_a_city_is_read_by_the_profile_of_its_download(town: Town) -> None:
    rows = [CHICAGO, {**CHICAGO, "id": "11037295"}, {**CHICAGO, "id": "11037296"}]
    del rows[1]["beat"], rows[2]["latitude"], rows[2]["longitude"]
    town.portal.described = False
    town.portal.faults = [
        lambda _: JSONResponse([{"count": "3"}]),
        lambda _: JSONResponse(rows),
        lambda _: JSONResponse([{"count": "3"}]),
    ]
    report = town.report("socrata", profile="chicago")
    assert (report["accepted"], report["rejected_by_reason"]) == (2, {"missing_coordinates": 1})
    with town.database.engine.connect() as connection:
        stored = connection.execute(
            text("SELECT external_id, offence_code, occurred_from, attributes FROM incident")
        ).all()
    assert {one.external_id for one in stored} == {"11037294", "11037295"}
    for one in stored:
        assert one.offence_code == "other-theft"
        assert one.occurred_from == datetime(2015, 3, 18, 17, 0, tzinfo=UTC)
        assert one.attributes["domestic"] == "true"
        assert "beat" in one.attributes or one.external_id == "11037295"
    town.portal.asked.clear()
    town.portal.faults = [lambda _: JSONResponse([])] * 3
    assert "Nothing is new" in town.run("socrata", "--since-last", profile="chicago").stderr
    assert "updated_on >= '" in unquote_plus(town.portal.texts()[0])


def test_days_are_replaced_only_by_all_there_is_of_them(town: Town) -> None:
    town.report("arcgis")

    def another(_: Any) -> None:
        town.portal.rows.insert(0, {**incidents(1)[0], "id": -1, "external_id": "NEW"})

    town.portal.faults = [fine, fine, another]
    done = town.run("arcgis", "--replace", "2024-01", status=1)
    assert "Nothing was replaced" in done.stderr
    assert len(town.stored()) == 25
    report = town.report("arcgis", "--replace", "2024-01")
    assert (report["kind"], report["accepted"], report["duplicate"]) == ("replace", 1, 25)


def test_another_harmspot_is_a_source(town: Town, databases: Databases) -> None:
    """Its OGC API is a real one."""
    assert town.report("socrata")["accepted"] == 25
    published = create_app(Settings(worker="none", ogc_incidents=True), town.database)
    with databases.empty() as other, serving(published) as address:
        url = f"{address}/ogc/collections/incidents/items"
        neighbour = Town(town.portal, address, other, town.folder)
        report = neighbour.report(url, "--page-size", "10")
        assert (report["accepted"], report["origin"]["pages"]) == (25, 3)
        assert report["warned"] == []
        assert [one[1:] for one in neighbour.stored()] == [one[1:] for one in town.stored()]
        assert neighbour.report(url, "--page-size", "10")["duplicate"] == 25
