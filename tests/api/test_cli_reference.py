"""The commands for street networks and boundaries, as a person runs them."""

import json
from pathlib import Path

import geopandas as gpd
import pytest
import shapely
from typer.testing import CliRunner, Result

from service.cli.app import app
from service.errors import NotFoundError, UnreadableFileError
from service.settings import get_settings
from tests.api import openstreetmap

SAMPLES = Path(__file__).resolve().parents[2] / "data" / "boundaries"


@pytest.fixture
def harmspot(database, monkeypatch):
    """Run the command on this test's own database."""
    address = database.url.render_as_string(hide_password=False)
    monkeypatch.setenv("HARMSPOT_DATABASE_URL", address)
    monkeypatch.setenv("COLUMNS", "200")
    get_settings.cache_clear()

    def run(*words: str | Path, status: int = 0) -> Result:
        done = CliRunner().invoke(app, [str(word) for word in words])
        assert done.exit_code == status, done.output
        return done

    yield run
    get_settings.cache_clear()


@pytest.fixture
def town(tmp_path) -> Path:
    file = tmp_path / "town.osm.pbf"
    file.write_bytes(openstreetmap.pbf())
    return file


def test_a_network_is_loaded_and_its_report_told_in_plain_words(harmspot, town):
    lines = harmspot("streets", "load", town, "--network", "town").stdout.splitlines()
    assert lines == [
        "Network town, version 1: 4 segments, stored.",
        "  lines read: 3; ids are osm_id, names are name, classes are highway",
        "  lines not taken, by class: platform 1, proposed 1",
        "  lines are cut at vertices that they share",
        "  lines cut at junctions: 1 (10)",
        "  dead ends, or gaps between lines that should meet: 5 (10/1, 10/2, 11, 12, ...)",
    ]
    again = harmspot("streets", "load", town, "--network", "town")
    assert again.stdout.startswith("Network town, version 1: 4 segments, unchanged.")
    options = ["--only-class", "primary", "--only-class", "residential", "--noding", "none"]
    done = harmspot("streets", "load", town, "--network", "town", *options, "--json")
    report = json.loads(done.stdout)
    assert (report["version"], report["segments"], report["stored"]) == (2, 2, True)
    assert report["report"]["left_out"] == {"motorway": 1, "platform": 1, "proposed": 1}
    assert harmspot("streets", "list").stdout.splitlines() == [
        "town@2  town.osm.pbf",
        "town@1  town.osm.pbf",
    ]
    assert len(json.loads(harmspot("streets", "list", "--json").stdout)) == 2


def test_warnings_about_a_network_go_to_the_errors(harmspot, tmp_path):
    lines = gpd.GeoDataFrame(
        {"id": ["a", "b"]},
        geometry=[shapely.LineString([(450_000, 520_000), (450_100, 520_000)]), None],
        crs=None,
    )
    lines.to_file(tmp_path / "town.shp")
    shape = tmp_path / "town.shp"
    refused = harmspot("streets", "load", shape, "--network", "town", status=1)
    assert isinstance(refused.exception, UnreadableFileError)
    assert "does not say its coordinate reference system" in refused.exception.message
    done = harmspot("streets", "load", shape, "--network", "town", "--crs", "EPSG:27700")
    assert "Warning: 1 line has no geometry and was left out: b." in done.stderr
    wrong = harmspot("streets", "load", shape, "--network", "x", "--noding", "y", status=2)
    assert "none" in wrong.stderr


def test_a_layer_is_loaded_listed_and_shown_with_the_size_of_its_areas(harmspot):
    beats = SAMPLES / "port_alder_beats.geojson"
    done = harmspot("boundary", "load", beats, "--layer", "beats", "--json")
    assert json.loads(done.stdout) == {
        "layer": "beats", "version": 1, "areas": 5, "stored": True, "warnings": [],
    }  # fmt: skip
    assert "beats  version 1  port_alder_beats.geojson" in harmspot("boundary", "list").stdout
    shown = json.loads(harmspot("boundary", "show", "beats@1", "--json").stdout)
    names = [area["name"] for area in shown["areas"]]
    assert names == ["Harbour", "Old Town", "Eastgate", "Mill Road / Station", "Westfields"]
    assert sum(area["area_km2"] for area in shown["areas"]) == pytest.approx(3.5, abs=0.5)
    table = harmspot("boundary", "show", "beats").stdout
    assert f"{shown['areas'][1]['area_km2']:.3f}" in table
    refused = harmspot("boundary", "show", "baets", status=1)
    assert isinstance(refused.exception, NotFoundError)
    assert "Did you mean beats?" in refused.exception.message
