"""Rows without coordinates: placed by their address on request, told, and never guessed."""

import io

import geopandas as gpd
import pytest
import shapely
from sqlalchemy import text
from typer.testing import CliRunner

from service.cli.app import app
from service.errors import NotFoundError, UnreadableFileError
from service.ingest.addresses.asked import PlaceBy
from service.ingest.load import ingest
from service.ingest.profiles.loading import profile_of
from service.ingest.profiles.toml import text_of
from service.settings import get_settings
from service.vector import streets
from spatial.errors import InvalidInputError
from tests.api.places import answer

HEADER = "id,offence,date,lon,lat,street,cross,no"
PROFILE = {
    "columns": {
        "external_id": "id", "offence_code": "offence", "occurred_from": "date",
        "longitude": "lon", "latitude": "lat",
    },
    "optional": ["longitude", "latitude"],
    "address": {"street": "street", "crossing": "cross", "number": "no"},
}  # fmt: skip

WEST, NORTH = -87.60, 41.80
STEP = 0.001  # some hundred metres


def at(x: float, y: float) -> tuple[float, float]:
    return WEST + x * STEP, NORTH + y * STEP


def town() -> gpd.GeoDataFrame:
    """Return a small grid, with two streets that meet twice and two of half a name."""
    lines = [
        ("North Main Street", [at(0, 0), at(1, 0)]),
        ("North Main Street", [at(1, 0), at(2, 0)]),
        ("5th Avenue", [at(1, 0), at(1, 1)]),
        ("5th Avenue", [at(1, 1), at(1, 2)]),
        ("Mill Lane", [at(1, 1), at(2, 1)]),
        ("Mill Road", [at(1, 2), at(2, 2)]),
        # The same two streets meet again, far away.
        ("Ring Road", [at(40, 0), at(60, 0)]),
        ("Loop Street", [at(40, 0), at(50, 20), at(60, 0)]),
        ("Hauptstraße", [at(2, 0), at(2, 1)]),
    ]
    names, shapes = zip(*lines, strict=True)
    return gpd.GeoDataFrame(
        {"id": range(len(lines)), "name": names},
        geometry=[shapely.LineString(one) for one in shapes],
        crs=4326,
    )


@pytest.fixture
def placed(tenant):
    with tenant.unit_of_work() as (session, agency):
        streets.load(session, agency, town(), "town", where="town")
    return Reader(tenant)


class Reader:
    def __init__(self, tenant):
        self.tenant = tenant

    def read(self, *rows: str, by=("network:town",), alone=False, profile=PROFILE):
        content = "\n".join([HEADER, *rows]).encode()
        asked = PlaceBy.of(by, street_alone=alone)
        with self.tenant.unit_of_work() as (session, agency):
            return ingest(
                session,
                agency,
                io.BytesIO(content),
                profile_of(profile, "addresses"),
                file_name="made.csv",
                place_by=asked,
            )

    def incidents(self) -> dict:
        query = "SELECT external_id, longitude, latitude, attributes FROM incident ORDER BY 1"
        with self.tenant.unit_of_work() as (session, _):
            return {
                row.external_id: (round(row.longitude, 6), round(row.latitude, 6), row.attributes)
                for row in session.execute(text(query))
            }

    def rejected(self) -> dict[int, tuple[str, str]]:
        query = "SELECT line, reason, message FROM rejected_row ORDER BY 1"
        with self.tenant.unit_of_work() as (session, _):
            return {row.line: (row.reason, row.message) for row in session.execute(text(query))}


def warned(report) -> dict[str, int]:
    return {one.code: one.rows for one in report.warned}


def test_a_crossing_is_the_junction_of_its_streets_however_it_is_written(placed):
    report = placed.read(
        "a,robbery,2024-01-01,,,N MAIN ST,5TH AVE,",
        "b,robbery,2024-01-01,,,5th Av. / N. Main St.,,",
        "c,robbery,2024-01-01,,,FIFTH AVENUE & MILL LN,,",
        "d,robbery,2024-01-01,,,HAUPTSTR.,north main street,",
        "e,robbery,2024-01-01,-87.5,41.7,N MAIN ST,5TH AVE,",
    )
    assert (report.accepted, report.rejected) == (5, 0)
    found = placed.incidents()
    said = {"place_precision": "crossing", "placed_by": "network:town"}
    corner = (round(at(1, 0)[0], 6), NORTH)
    assert found["a"] == found["b"] == (*corner, said)
    assert found["c"] == (corner[0], round(at(1, 1)[1], 6), said)
    assert found["d"] == (round(at(2, 0)[0], 6), NORTH, said)
    assert found["e"] == (-87.5, 41.7, None)  # what has coordinates keeps them
    assert warned(report) == {"placed_crossing": 4}
    assert "4 rows without coordinates were placed by network town@1, at their" in (
        " ".join(report.warnings)
    )


def test_nothing_is_placed_unless_it_is_asked_for(placed):
    report = placed.read("a,robbery,2024-01-01,,,N MAIN ST,5TH AVE,", by=())
    assert report.rejected_by_reason == {"missing_coordinates": 1}
    assert warned(report) == {"none_accepted": 1}


def test_what_is_not_certain_is_not_placed_and_told(placed):
    report = placed.read(
        "a,robbery,2024-01-01,,,RING RD,LOOP ST,",  # they meet twice, 1.6 km apart
        "b,robbery,2024-01-01,,,MILL,5TH AVE,",  # Mill Lane or Mill Road
        "c,robbery,2024-01-01,,,N MAIN ST,MILL LANE,",  # they do not meet
        "d,robbery,2024-01-01,,,ELSEWHERE ST,5TH AVE,",
        "e,robbery,2024-01-01,,,N MAIN ST,,",
        "f,robbery,2024-01-01,,,,,",
        "g,robbery,2024-01-01,,,N MAIN ST,,1200",
    )
    assert (report.accepted, report.rejected_by_reason) == (0, {"missing_coordinates": 7})
    assert warned(report) == {
        "none_accepted": 7, "address_several": 2, "address_unknown": 3, "address_street_alone": 1,
    }  # fmt: skip
    told = {one.code: one.message for one in report.warned}
    assert "'RING RD & LOOP ST', 'MILL & 5TH AVE'" in told["address_several"]
    rejected = placed.rejected()
    assert "ring road and loop street meet at places 1," in rejected[2][1]
    assert "mill may be mill lane, mill road" in rejected[3][1]
    assert "no street is called elsewhere street" in rejected[5][1]
    assert rejected[7] == ("missing_coordinates", "no coordinates are given")


def test_a_name_that_leaves_a_part_out_is_taken_where_one_street_has_it_and_told(placed):
    report = placed.read("a,robbery,2024-01-01,,,MAIN ST,5TH AVE,")
    assert report.accepted == 1
    assert warned(report) == {"placed_crossing": 1, "placed_loosely": 1}
    assert "'MAIN ST & 5TH AVE (north main street)'" in report.warnings[-1]


def test_a_street_alone_is_placed_where_it_is_asked_for(placed):
    report = placed.read("a,robbery,2024-01-01,,,N MAIN ST,,", alone=True)
    assert warned(report) == {"placed_street": 1}
    longitude, latitude, said = placed.incidents()["a"]
    assert (longitude, latitude) == (round(at(1, 0)[0], 6), NORTH)
    assert said["place_precision"] == "street"


def test_the_same_file_again_changes_nothing(placed):
    rows = ["a,robbery,2024-01-01,,,N MAIN ST,5TH AVE,", ",robbery,2024-01-01,,,MILL LN,5TH AVE,"]
    placed.read(*rows)
    again = placed.read(*rows)
    assert (again.accepted, again.updated, again.duplicate) == (0, 0, 2)
    # A row that has coordinates now is corrected, and says no more that it was placed.
    with_place = placed.read("a,robbery,2024-01-01,-87.5,41.7,N MAIN ST,5TH AVE,")
    assert with_place.updated == 1
    assert placed.incidents()["a"] == (-87.5, 41.7, None)


GAZETTEER = """street,number,crossing,longitude,latitude
North Main Street,1201,,-87.600,41.800
North Main Street,1225,,-87.601,41.800
North Main Street,1299,,-87.602,41.800
North Main Street,1301,,-87.603,41.800
Mill Lane,7a,,-87.610,41.810
Mill Lane,9,,-87.611,41.810
Mill Lane,9,,-87.700,41.900
5th Avenue,,North Main Street,-87.605,41.801
"""


@pytest.fixture
def gazetteer(tmp_path) -> str:
    file = tmp_path / "places.csv"
    file.write_text(GAZETTEER)
    return f"gazetteer:{file}"


def test_a_gazetteer_knows_numbers_and_blocks(placed, gazetteer):
    report = placed.read(
        "a,robbery,2024-01-01,,,N MAIN ST,,1225",
        "b,robbery,2024-01-01,,,12XX N MAIN ST,,",
        "c,robbery,2024-01-01,,,1200 BLOCK OF N MAIN ST,,",
        "d,robbery,2024-01-01,,,Mill Lane 7 A,,",
        "i,robbery,2024-01-01,,,1301 N  MAIN            ST,,",
        "e,robbery,2024-01-01,,,N MAIN ST,5TH AVE,",
        "f,robbery,2024-01-01,,,14XX N MAIN ST,,",
        "g,robbery,2024-01-01,,,9 Mill Ln,,",  # twice in the gazetteer, far apart
        "h,robbery,2024-01-01,,,1227 N MAIN ST,,",  # nothing is guessed from its neighbours
        by=(gazetteer,),
    )
    found = placed.incidents()
    assert {one: (place[:2], place[2]["place_precision"]) for one, place in found.items()} == {
        "a": ((-87.601, 41.8), "address"),
        "b": ((-87.601, 41.8), "block"),
        "c": ((-87.601, 41.8), "block"),
        "d": ((-87.61, 41.81), "address"),
        "e": ((-87.605, 41.801), "crossing"),
        "i": ((-87.603, 41.8), "address"),
    }
    assert found["a"][2]["placed_by"] == "gazetteer:places.csv"
    assert warned(report) == {
        "placed_address": 3, "placed_crossing": 1, "placed_block": 2,
        "address_several": 1, "address_unknown": 2,
    }  # fmt: skip


def test_of_several_the_first_that_knows_an_address_counts(placed, gazetteer):
    placed.read(
        "a,robbery,2024-01-01,,,N MAIN ST,5TH AVE,",
        "b,robbery,2024-01-01,,,MILL LANE,5TH AVE,",
        by=(gazetteer, "network:town"),
    )
    by = {one: place[2]["placed_by"] for one, place in placed.incidents().items()}
    assert by == {"a": "gazetteer:places.csv", "b": "network:town"}


def test_files_of_addresses_alone_need_no_columns_of_coordinates(placed):
    columns = {name: PROFILE["columns"][name] for name in ("external_id", "offence_code")}
    profile = {
        "columns": columns | {"occurred_from": "date"},
        "address": {"street": ["street"], "crossing": "cross"},
    }
    report = placed.read("a,robbery,2024-01-01,,,N MAIN ST,5TH AVE,", profile=profile)
    assert report.accepted == 1
    report = placed.read("a,robbery,2024-01-01,,,N MAIN ST,5TH AVE,", profile=profile, by=())
    assert report.rejected_by_reason == {"missing_coordinates": 1}


def test_what_cannot_be_asked_is_refused(placed, tmp_path):
    row = "a,robbery,2024-01-01,,,N MAIN ST,5TH AVE,"
    with pytest.raises(InvalidInputError, match="network:NAME or gazetteer:FILE"):
        placed.read(row, by=("town",))
    with pytest.raises(NotFoundError, match="no street network nowhere"):
        placed.read(row, by=("network:nowhere",))
    with pytest.raises(NotFoundError, match="no gazetteer"):
        placed.read(row, by=("gazetteer:nowhere.csv",))
    with pytest.raises(InvalidInputError, match="Say by what"):
        PlaceBy.of((), street_alone=True)
    bad = tmp_path / "bad.csv"
    bad.write_text("a,b\n1,2\n")
    with pytest.raises(UnreadableFileError, match="has no column street nor longitude"):
        placed.read(row, by=(f"gazetteer:{bad}",))
    no_street = {"columns": PROFILE["columns"], "optional": ["longitude", "latitude"]}
    with pytest.raises(UnreadableFileError, match="no column location_text"):
        placed.read(row, profile=no_street)


def test_it_is_asked_for_over_http_by_networks_alone(placed, client):
    stored = client.put("/api/v1/profiles/addresses", json=PROFILE)
    assert stored.status_code < 300, stored.text
    content = f"{HEADER}\na,robbery,2024-01-01,,,N MAIN ST,5TH AVE,\n".encode()
    url = "/api/v1/incidents/batches"
    asked = {"profile": "addresses", "place_by": "network:town"}
    report = client.post(url, params=asked, content=content).json()
    assert report["accepted"] == 1, report
    assert [one["code"] for one in report["warned"]] == ["placed_crossing"]
    refused = client.post(
        url, params=asked | {"place_by": "gazetteer:/etc/passwd"}, content=content
    )
    assert refused.status_code == 422
    assert "place_by is network:NAME" in refused.json()["detail"]


def test_runs_say_how_many_were_placed_and_leave_out_those_that_are_not_precise(placed):
    rows = [f"c{n},robbery,2025-03-01,,,N MAIN ST,5TH AVE," for n in range(4)]
    rows += [f"s{n},robbery,2025-03-01,,,MILL LN,," for n in range(3)]
    rows += [f"p{n},robbery,2025-03-01,{WEST},{NORTH},,," for n in range(5)]
    placed.read(*rows, alone=True)
    _, every = answer(placed.tenant, "concentration", resolution=9)
    assert every["incidents"]["used"] == 12
    assert (
        "7 of 12 incidents came without coordinates and were placed by their address: 4 at a "
        "crossing, 3 in the middle of a street."
    ) in " ".join(every["warnings"])
    _, crossings = answer(placed.tenant, "concentration", resolution=9, place_precision="crossing")
    assert crossings["incidents"]["used"] == 9
    assert crossings["incidents"]["excluded"] == {"placed_imprecisely": 3}
    _, own = answer(placed.tenant, "concentration", resolution=9, place_precision="recorded")
    assert own["incidents"]["used"] == 5
    assert not any("address" in one for one in own["warnings"])


def test_placeholders_are_no_coordinates_and_other_reasons_stay(placed):
    long_id = "x" * 1001
    report = placed.read(
        "a,robbery,2024-01-01,0,0,N MAIN ST,5TH AVE,",
        "b,robbery,2024-01-01,-1,-1,N MAIN ST,5TH AVE,",
        "c,robbery,2024-01-01,0,0,ELSEWHERE ST,5TH AVE,",
        f"{long_id},robbery,2024-01-01,,,ELSEWHERE ST,5TH AVE,",
        "e,robbery,,,,N MAIN ST,5TH AVE,",
    )
    assert list(placed.incidents()) == ["a", "b"]
    assert report.rejected_by_reason == {
        "malformed_row": 1, "missing_time": 1, "null_island": 1,
    }  # fmt: skip
    assert warned(report)["placed_crossing"] == 2


def test_the_command_places_by_a_network_and_a_file(placed, gazetteer, tmp_path, monkeypatch):
    address = placed.tenant.database.url.render_as_string(hide_password=False)
    monkeypatch.setenv("HARMSPOT_DATABASE_URL", address)
    get_settings.cache_clear()
    file, profile = tmp_path / "made.csv", tmp_path / "made.toml"
    rows = ["a,robbery,2024-01-01,,,MILL LN,5TH AVE,", "b,robbery,2024-01-01,,,N MAIN ST,,"]
    file.write_text("\n".join([HEADER, *rows]))
    profile.write_text(text_of(PROFILE))
    options = ["--place-by", gazetteer, "--place-by", "network:town", "--place-street-alone"]
    words = ["ingest", str(file), "--profile", str(profile), *options]
    done = CliRunner().invoke(app, words, env={"COLUMNS": "300"})
    get_settings.cache_clear()
    assert done.exit_code == 0, done.output
    assert "placed by gazetteer places.csv and network town@1, at their crossing" in " ".join(
        done.output.split()
    )
    assert {one: place[2]["placed_by"] for one, place in placed.incidents().items()} == {
        "a": "network:town", "b": "gazetteer:places.csv",
    }  # fmt: skip
