"""The command line: exit status and lines. Where being a process matters, it is one here."""

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from service.store.cluster.embedded import start
from tests.api.commands import Ran, called, ran

HEADER = "external_id,offence_code,occurred_from,longitude,latitude"


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="harmspot-cli-") as made:
        Path(made).chmod(0o755)
        yield Path(made)


@pytest.fixture(scope="module")
def settings(folder: Path) -> dict[str, str]:
    """Those of a private cluster of this module's own."""
    return {"DATA_DIR": str(folder / "cluster")}


@pytest.fixture(scope="module")
def harmspot(settings: dict[str, str]):
    """Call the command; its cluster runs on meanwhile, as under `harmspot serve`."""

    def run(*words: str | Path, status: int = 0) -> Ran:
        done = called(*words, settings=settings)
        assert done.status == status, done.stdout + done.stderr
        return done

    with start(Path(settings["DATA_DIR"])):
        yield run


def one_line(done: Ran) -> str:
    lines = [line for line in done.stderr.splitlines() if line.startswith("Error:")]
    assert len(lines) == 1, done.stderr
    assert "Traceback" not in done.stderr
    return lines[0]


def test_a_first_command_makes_the_database_and_the_next_one_finds_it(folder):
    settings = {"DATA_DIR": str(folder / "new" / "cluster")}
    area = Path(__file__).resolve().parents[2] / "data/boundaries/port_alder_beats.geojson"
    for said in ("5 areas, stored", "5 areas, unchanged"):
        done = ran("boundary", "load", area, "--layer", "study", settings=settings)
        assert (done.status, said in done.stdout) == (0, True), done


def test_the_whole_job_from_the_command_line(harmspot, folder):
    area = folder / "area.geojson"
    area.write_text(
        '{"type": "Polygon", "coordinates": '
        "[[[-0.1, 51.5], [-0.06, 51.5], [-0.06, 51.53], [-0.1, 51.53], [-0.1, 51.5]]]}"
    )
    assert "1 area, stored" in harmspot("boundary", "load", area, "--layer", "study").stdout
    assert "unchanged" in harmspot("boundary", "load", area, "--layer", "study").stdout

    incidents = folder / "may.csv"
    corner = [(-0.08 + x * 0.003, 51.515 + y * 0.002) for x in range(2) for y in range(2)]
    spots = corner * 8 + [
        (-0.1 + x * 0.004, 51.5 + y * 0.003) for x in range(10) for y in range(10)
    ]
    lines = [f"{n},robbery,2024-05-{n % 28 + 1:02d},{x},{y}" for n, (x, y) in enumerate(spots)]
    incidents.write_text("\n".join([HEADER, *lines, ""]))
    first = json.loads(harmspot("ingest", incidents, "--profile", "generic", "--json").stdout)
    assert first["total"]["accepted"] == 132
    assert [batch["file"] for batch in first["batches"]] == ["may.csv"]
    again = json.loads(harmspot("ingest", incidents, "--profile", "generic", "--json").stdout)
    assert (again["total"]["accepted"], again["total"]["duplicate"]) == (0, 132)

    question = ["--index", "count", "--study-area", "study", "--from", "2024-05-01", "--to",
                "2024-05-31", "--resolution", "9"]  # fmt: skip
    written = folder / "out" / "targets.geojson"
    shown = harmspot("targets", *question, "-o", written)
    collection = json.loads(written.read_text())
    assert collection["features"]
    assert collection["run"]["id"] in shown.stdout
    scored = json.loads(harmspot("run", "getis-ord", *question, "--json").stdout)
    assert scored["result"]["count"] == 132
    exported = folder / "again.geojson"
    harmspot("export", collection["run"]["id"], "--format", "geojson", "-o", exported)
    assert exported.read_bytes() == written.read_bytes()
    assert "Incidents  132" in harmspot("db", "status").stdout


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["ingest", "nowhere.csv", "--profile", "generic"], "There is no file nowhere.csv"),
        (["ingest", "pyproject.toml", "--profile", "martian"], "chicago, generic, home-office"),
        (["boundary", "load", "nowhere.gpkg", "--layer", "x"], "There is no file"),
        (["run", "astrology"], "getis-ord"),

        (
            ["targets", "--index", "count", "--from", "2024-02-01", "--to", "2024-01-01"],
            "is after to",
        ),
        (
            ["targets", "--index", "count", "--from", "2024-01-01", "--to", "2024-02-01",
             "--resolution", "15"],
            "--resolution",
        ),
        (["export", "nonesuch", "-o", "x.geojson"], "no run nonesuch"),
        (["export", "nonesuch", "--format", "dwg", "-o", "x.dwg"], "no export format dwg"),
    ],
)  # fmt: skip
def test_a_refusal_is_one_clear_line_and_exit_status_1(harmspot, words, says):
    done = harmspot(*words, status=1)
    assert says in one_line(done) or says in done.stderr


def test_a_wrong_option_is_a_usage_error(harmspot, settings):
    harmspot("targets", "--beauty", status=2)
    assert ran("targets", "--beauty", settings=settings).status == 2


def test_a_database_that_is_down_is_said_in_one_line(folder):
    address = f"postgresql://nobody@/nothing?host={folder}"
    done = ran("db", "status", settings={"DATABASE_URL": address})
    assert done.status == 1
    assert "cannot be reached" in one_line(done)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"PORT": "abc"}, ["HARMSPOT_PORT", "valid integer"]),
        ({"WORKER": "maybe"}, ["HARMSPOT_WORKER", "'inline' or 'none'"]),
        ({"LOG_LEVEL": "loud"}, ["HARMSPOT_LOG_LEVEL", "WARNING"]),
        ({"KEEP_JOBS_DAYS": "-1"}, ["HARMSPOT_KEEP_JOBS_DAYS", "greater than or equal to 0"]),
        ({"CORS_ORIGINS": "here"}, ["HARMSPOT_CORS_ORIGINS", "https://host.example"]),
        ({"DATABASE_URL": "mysql://u:hunter2@h/x"}, ["HARMSPOT_DATABASE_URL", "postgresql://"]),
        ({"PORT": "-1", "AGENCY": ""}, ["HARMSPOT_PORT", "HARMSPOT_AGENCY"]),
    ],
)
def test_a_wrong_setting_is_one_line_that_names_the_variable(given, says):
    done = called("serve", settings=given)
    assert done.status == 1
    assert len(done.stderr.splitlines()) == 1
    assert all(words in one_line(done) for words in says)
    assert "hunter2" not in done.stderr


def test_a_wrong_setting_ends_the_process_so_too():
    done = ran("serve", settings={"PORT": "abc"})
    assert (done.status, len(done.stderr.splitlines())) == (1, 1)
    assert "HARMSPOT_PORT" in one_line(done)


def test_a_port_that_there_cannot_be_is_a_usage_error(harmspot):
    for command in ("serve", "demo"):
        assert "65535" in harmspot(command, "--port", "99999", status=2).stderr
