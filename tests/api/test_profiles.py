"""Profiles of an agency's own: stored by name, checked as the shipped ones, used everywhere."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import given, settings
from hypothesis import strategies as st

from service.errors import NotFoundError
from service.ingest import load_profile
from service.ingest.profiles import stored as stored_profiles
from service.ingest.profiles.loading import known_profiles, profile_of
from service.ingest.profiles.toml import as_toml
from service.store.session import Database, agency_id

WRITTEN: dict[str, Any] = {
    "title": "Records of the county",
    "source": "county",
    "time_zone": "Europe/London",
    "crs": "EPSG:27700",
    "delimiter": ";",
    "columns": {
        "external_id": "Ref",
        "offence_name": "Offence",
        "occurred_from": ["Day", "Clock"],
        "longitude": "Easting",
        "latitude": "Northing",
    },
    "time": {"formats": ["%d/%m/%Y %H:%M"]},
    "offence": {"mapping": {'Théft "minor"': "other-theft"}},
}
FILE = (
    "Ref;Day;Clock;Offence;Easting;Northing\n"
    "A1;13/02/2024;22:15;Robbery;530000;180000\n"
    "A2;;;Robbery;530000;180000\n"
)


def put(client: TestClient, name: str, written: Any = None) -> Any:
    return client.put(f"/api/v1/profiles/{name}", json=WRITTEN if written is None else written)


def test_a_stored_profile_reads_files_and_is_listed_after_the_shipped_ones(
    client: TestClient,
) -> None:
    assert put(client, "county").json() == {
        "name": "county",
        "title": "Records of the county",
        "source": "county",
        "shipped": False,
    }
    listed = client.get("/api/v1/profiles").json()
    assert [one["name"] for one in listed] == [*known_profiles(), "county"]
    answer = client.post("/api/v1/incidents/batches", params={"profile": "county"}, content=FILE)
    report = answer.json()
    assert (report["accepted"], report["rejected_by_reason"]) == (1, {"missing_time": 1})
    assert (report["source"], report["profile"]) == ("county", "county")


def test_storing_a_profile_again_replaces_it(client: TestClient) -> None:
    put(client, "county")
    put(client, "county", {**WRITTEN, "title": "Mended"})
    assert client.get("/api/v1/profiles/county").json()["title"] == "Mended"
    assert len(client.get("/api/v1/profiles").json()) == len(known_profiles()) + 1


def test_a_shipped_profile_cannot_be_replaced(client: TestClient) -> None:
    refused = put(client, "police-uk")
    assert refused.status_code == 409
    assert "another name" in refused.json()["detail"]


def test_a_profile_is_checked_by_the_rules_of_the_toml_files(client: TestClient) -> None:
    refused = put(client, "county", {**WRITTEN, "crs": "EPSG:0", "colums": {}})
    assert refused.status_code == 422
    assert {one["where"] for one in refused.json()["errors"]} == {"crs", "colums"}
    lacking = put(client, "county", {"columns": {"latitude": "y"}}).json()
    assert "occurred_from, longitude, offence_code" in lacking["detail"]


def test_a_profile_that_came_over_http_extends_shipped_ones_and_reads_no_file(
    client: TestClient, tmp_path: Path
) -> None:
    file = tmp_path / "secret.toml"
    file.write_text('title = "secret"\n')
    refused = put(client, "mine", {"extends": str(file)})
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["where"] == "extends"
    assert "secret" not in refused.json()["detail"]
    assert put(client, "mine", {"extends": "police-uk", "delimiter": ";"}).status_code == 200
    kept = client.get("/api/v1/profiles/mine").json()
    assert (kept["time_zone"], kept["delimiter"]) == ("Europe/London", ";")


def test_an_unknown_profile_is_refused_with_those_that_there_are(client: TestClient) -> None:
    put(client, "county")
    answer = client.post("/api/v1/incidents/batches", params={"profile": "cuonty"}, content=FILE)
    assert answer.status_code == 404
    assert "toronto-2019, county" in answer.json()["detail"]


def test_the_toml_of_a_stored_profile_is_one_that_the_command_line_reads(
    client: TestClient, tmp_path: Path
) -> None:
    put(client, "county")
    answer = client.get("/api/v1/profiles/county", params={"format": "toml"})
    assert "county.toml" in answer.headers["content-disposition"]
    file = tmp_path / "county.toml"
    file.write_text(answer.text, encoding="utf-8")
    assert load_profile(file) == profile_of(WRITTEN, "county")


@pytest.mark.parametrize("name", ["chicago", "generic", "police-uk"])
def test_the_toml_of_a_shipped_profile_means_the_same(name: str) -> None:
    profile = load_profile(name)
    assert profile_of(tomllib.loads(as_toml(profile)), name) == profile


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(st.text(), st.text(min_size=1), max_size=5), st.text(min_size=1))
def test_any_text_survives_the_way_through_toml(mapping: dict[str, str], column: str) -> None:
    columns = {**WRITTEN["columns"], "location_text": column}
    written = {**WRITTEN, "columns": columns, "offence": {"mapping": mapping}}
    profile = profile_of(written, "any")
    assert profile_of(tomllib.loads(as_toml(profile)), "any") == profile


def test_the_command_line_finds_stored_profiles_and_lists_them(
    database: Database, tmp_path: Path
) -> None:
    with database.session() as session:
        agency = agency_id(session, "default")
        stored_profiles.keep(session, agency, "county", WRITTEN)
        assert stored_profiles.find_or_read(session, agency, "county").source == "county"
        with pytest.raises(NotFoundError, match=r"toronto-2019, county; .*\.toml file"):
            stored_profiles.find_or_read(session, agency, "cuonty")
        file = tmp_path / "own.toml"
        file.write_text(as_toml(profile_of(WRITTEN, "own")), encoding="utf-8")
        assert stored_profiles.find_or_read(session, agency, str(file)).name == "own"


def test_profiles_are_their_agencys_own(database: Database) -> None:
    with database.session() as session:
        stored_profiles.keep(session, agency_id(session, "one"), "county", WRITTEN)
        other = agency_id(session, "other")
        assert stored_profiles.names(session, other) == []
        with pytest.raises(NotFoundError):
            stored_profiles.find(session, other, "county")
