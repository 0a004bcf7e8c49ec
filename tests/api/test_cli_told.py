"""What commands tell: runs wherever they are, tables whole, and refusals before a database."""

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from service.store.cluster.embedded import start
from tests.api.commands import Ran, called

HEADER = "external_id,offence_code,occurred_from,longitude,latitude"


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="harmspot-told-") as made:
        Path(made).chmod(0o755)
        yield Path(made)


@pytest.fixture(scope="module")
def settings(folder: Path) -> dict[str, str]:
    return {"DATA_DIR": str(folder / "cluster")}


@pytest.fixture(scope="module")
def runs(settings: dict[str, str], folder: Path) -> Iterator[dict[str, str]]:
    """Runs of an agency that is not the default one, as `harmspot demo` makes them."""
    incidents = folder / "may.csv"
    lines = [
        f"{n},robbery,2024-05-{n % 28 + 1:02d}T{n % 24:02d}:10:00Z,{-0.1 + n % 7 * 0.006},"
        f"{51.5 + n % 5 * 0.006}"
        for n in range(140)
    ]
    incidents.write_text("\n".join([HEADER, *lines]))
    other = settings | {"AGENCY": "demo"}
    asked = ["--index", "count", "--from", "2024-05-01", "--to", "2024-05-31"]
    with start(Path(settings["DATA_DIR"])):
        assert called("ingest", incidents, "--profile", "generic", settings=other).status == 0
        made = {}
        for process, more in (("targets", ["--strategy", "top"]), ("concentration", [])):
            done = called("run", process, *asked, *more, "--json", settings=other)
            assert done.status == 0, done.stderr
            made[process] = json.loads(done.stdout)["run"]["id"]
        yield made


def test_runs_are_found_that_the_service_beside_shows(runs, settings, folder):
    written = folder / "targets.geojson"
    done = called("export", runs["targets"], "-o", written, settings=settings)
    assert done.status == 0, done.stderr
    assert "is of agency demo" in done.stderr
    assert json.loads(written.read_text())["run"]["id"] == runs["targets"]
    assert called("run", "show", runs["targets"], settings=settings).status == 0


def test_what_is_not_found_says_where_it_was_looked_for(runs, settings):
    asked = settings | {"AGENCY": "other"}
    done = called("export", runs["targets"], "-o", "x.geojson", settings=asked)
    assert done.status == 1
    assert "in agency other of postgresql" in done.stderr
    assert "HARMSPOT_AGENCY=demo" in done.stderr
    listed = called("run", "list", settings=asked)
    assert listed.status == 0
    assert "demo has 2 runs: HARMSPOT_AGENCY=demo harmspot run list" in listed.stderr


def test_a_list_of_runs_is_whole_at_eighty_columns(runs, settings, monkeypatch):
    monkeypatch.setattr("tests.api.commands.WIDTH", 80)
    said = called("run", "list", settings=settings | {"AGENCY": "demo"}).stdout
    for run in runs.values():
        assert run in said
    assert "…" not in said
    line = next(one for one in said.splitlines() if runs["targets"] in one)
    assert "2024-05-01 to 2024-05-31" in line


def test_what_a_run_found_is_told_in_words(runs, settings):
    said = called("run", "show", runs["concentration"], settings=settings).stdout
    assert not set("{}[]") & set(said)
    assert "Half of the incidents in" in said or "Half of the harm in" in said
    assert "gini: 0." in said
    assert "50.0%" in said
    said = called("run", "show", runs["targets"], settings=settings).stdout
    assert not set("{}[]") & set(said)
    assert "incidents with a harm of" in said


def test_a_file_of_which_every_row_is_rejected_exits_1(runs, settings, folder):
    bad = folder / "bad.csv"
    bad.write_text(f"{HEADER}\n1,robbery,never,-0.1,51.5\n2,robbery,2024-05-01,,\n")
    for more in ([], ["--json"]):
        done = called("ingest", bad, "--profile", "generic", *more, settings=settings)
        assert done.status == 1, done.stdout
        assert "rejected" in done.stdout


TARGETS = ["targets", "--index", "count", "--from", "2024-01-01", "--to", "2024-02-01"]


@pytest.mark.parametrize(
    ("words", "status", "says"),
    [
        (["targets", "--index", "count", "--to", "2024-02-01"], 2, "Missing: --from (First day"),
        ([*TARGETS, "--index", "harm"], 2, "--index is given 2 times"),
        (["export", "run", "-o", "a.csv", "--output", "b.csv"], 2, "is given 2 times"),
        ([*TARGETS[:4], "2024-13-01", "--to", "2024-02-01"], 1, "--from"),
        (["ingest", "pyproject.toml", "nowhere.csv", "--profile", "generic"], 1, "no file nowhere"),
        (["ingest", "pyproject.toml", "--profile", "nowhere.toml"], 1, "nowhere.toml"),
        (["boundary", "load", "nowhere.gpkg", "--layer", "x"], 1, "no file nowhere"),
        (["boundary", "load", "pyproject.toml", "--layer", "a/b"], 1, "cannot name"),
        (["streets", "load", "nowhere.gpkg", "--network", "x"], 1, "no file nowhere"),
        (["harm-index", "load", "no.csv", "--name", "x", "--version", "1"], 1, "no file no"),
        (["columns", "forget", "--profile", "nowhere.toml"], 1, "nowhere.toml"),
        (["export", "run", "-o", "x", "--format", "dwg"], 1, "no export format dwg"),
        (["briefing", "run", "--paper", "a9"], 1, "no paper a9"),
        (["schedule", "add", "x", *TARGETS, "--cron", "bad"], 1, "bad"),
        (["schedule", "add", "x", "targets", "--index", "count", "--window", "some days",
          "--cron", "5 5 * * *"], 1, "some days"),
    ],
)  # fmt: skip
def test_refusals_of_options_come_before_a_database_is_started(words, status, says, tmp_path):
    done: Ran = called(*words, settings={"DATA_DIR": str(tmp_path / "cluster")})
    assert (done.status, says in done.stderr) == (status, True), done.stderr
    assert not (tmp_path / "cluster").exists()
