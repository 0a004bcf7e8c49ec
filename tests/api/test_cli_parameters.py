"""Options made of what a process can be asked."""

import datetime as dt
import json
import re
import subprocess
import sys
from enum import Enum
from typing import Annotated, Literal

import pytest
from pydantic import BaseModel, Field
from typer.testing import CliRunner

from service.analyses import registry
from service.analyses.contract import Answer, Process
from service.analyses.study.params import AnalysisParams
from service.cli import parameters
from service.cli.app import app
from service.cli.once import UsageRefusal
from service.errors import NotFoundError
from service.settings import get_settings
from spatial.errors import InvalidInputError


class Shift(Enum):
    EARLY = "early"
    LATE = "late"


class Place(BaseModel):
    name: str


class Walk(BaseModel):
    """How a walk goes."""

    start: Annotated[dt.date, Field(alias="from", description="First day.")]
    steps: Annotated[int | None, Field(ge=1, lt=10_000, description="At most so many.")] = 20
    shift: Annotated[Shift, Field(description="Which shift.")] = Shift.EARLY
    pace: Annotated[Literal["slow", "brisk"] | None, Field(description="How fast.")] = None
    by_night: Annotated[bool, Field(description="In the dark.")] = False
    with_dog: Annotated[bool | None, Field(description="With a dog; unknown by default.")] = True
    weekdays: Annotated[list[int], Field(description="Days [0 to 6].")] = [0]
    places: Annotated[list[Place] | None, Field(description="On the way.")] = None
    weights: Annotated[dict[str, float], Field(description="What counts.")] = {"robbery": 2.0}


def asked(*words: str, model: type[BaseModel] = Walk) -> BaseModel:
    """Return what a command understood."""
    heard: list[BaseModel] = []

    def run(given: dict[str, object]) -> None:
        heard.append(parameters.validated(model, given))

    parameters.command("walk", model, run, about="Walk.").main(list(words), standalone_mode=False)
    return heard[0]


@pytest.fixture
def shown(monkeypatch):
    """Return what a command prints, on a terminal that breaks few lines."""
    monkeypatch.setenv("COLUMNS", "240")

    def run(*words: str, status: int = 0) -> str:
        done = CliRunner().invoke(app, list(words))
        assert done.exit_code == status, done.output
        return done.output

    return run


def words_of(help_text: str) -> str:
    """Return a help as one line, without its frames."""
    return re.sub(r"\s+", " ", re.sub(r"[│╭╮╰╯─]", " ", help_text))


def test_what_is_left_out_has_the_defaults_of_the_model():
    assert asked("--from", "2024-05-01") == Walk.model_validate({"from": "2024-05-01"})


def test_lists_repeat_switches_stand_alone_and_objects_are_json():
    walk = asked(
        "--from=2024-05-01", "--weekdays", "1", "--weekdays", "3", "--by-night", "--shift", "late",
        "--places", '{"name": "Quay"}', "--places", '{"name": "Mill"}', "--weights", '{"theft": 1}',
        "--with-dog", "false",
    )  # fmt: skip
    assert (walk.weekdays, walk.by_night, walk.with_dog) == ([1, 3], True, False)
    assert walk.shift is Shift.LATE
    assert [place.name for place in walk.places] == ["Quay", "Mill"]
    assert walk.weights == {"theft": 1.0}


@pytest.mark.parametrize("nothing", ["none", "null"])
def test_none_unsets_a_default_where_there_may_be_nothing(nothing):
    walk = asked("--from", "2024-05-01", "--steps", nothing, "--with-dog", nothing)
    assert (walk.steps, walk.with_dog) == (None, None)
    with pytest.raises(InvalidInputError, match=f"--weekdays: .*found '{nothing}'"):
        asked("--from", "2024-05-01", "--weekdays", nothing)


def test_an_option_may_be_written_as_its_parameter_is_elsewhere():
    kebab = asked("--from", "2024-05-01", "--by-night", "--with-dog", "none")
    assert asked("--start", "2024-05-01", "--by_night", "--with_dog=none") == kebab


def test_whatever_does_not_fit_is_said_of_its_option():
    with pytest.raises(InvalidInputError) as refused:
        asked(
            "--from", "soon", "--steps", "0", "--pace", "fast", "--weekdays", "1",
            "--weekdays", "Monday",
        )  # fmt: skip
    assert [one.where for one in refused.value.problems] == [
        "--from", "--steps", "--pace", "--weekdays",
    ]  # fmt: skip
    assert "--from: must be a day of the calendar" in refused.value.message
    assert "--steps: Input should be greater than or equal to 1, found '0'" in refused.value.message
    assert "'slow' or 'brisk', found 'fast'" in refused.value.message
    with pytest.raises(InvalidInputError, match="--weights is not JSON"):
        asked("--from", "2024-05-01", "--weights", "robbery=2")


def test_what_is_missing_or_given_twice_is_a_matter_of_usage():
    with pytest.raises(UsageRefusal, match=r"Missing: --from \(First day\)"):
        asked("--steps", "2")
    with pytest.raises(UsageRefusal, match="--steps is given 2 times"):
        asked("--from", "2024-05-01", "--steps", "2", "--steps=3")


def test_the_help_tells_types_choices_limits_and_defaults(monkeypatch, capsys):
    monkeypatch.setenv("COLUMNS", "200")
    asking = parameters.command("walk", Walk, lambda given: None, about="Walk the streets.")
    asking.main(["--help"], standalone_mode=False)
    told = words_of(capsys.readouterr().out)
    assert "Walk the streets." in told
    assert "How a walk goes" in told
    for line in (
        "--from YYYY-MM-DD First day. [required]",
        "--steps INTEGER|none At most so many. [at least 1, below 10000; default: 20]",
        "--shift early|late Which shift. [default: early]",
        "--pace slow|brisk|none How fast.",
        "--by-night --no-by-night",
        "--with-dog true|false|none With a dog; unknown by default. [default: yes]",
        "--weekdays INTEGER Days [0 to 6]. [may be given several times; default: 0]",
        "--places JSON|none On the way. [may be given several times]",
        '--weights JSON What counts. [default: {"robbery": 2.0}]',
    ):
        assert line in told


@pytest.mark.parametrize("name", registry.PROCESSES)
def test_every_parameter_of_every_process_is_an_option(name, shown):
    told = words_of(shown("run", name, "--help"))
    assert registry.find(name).description in told
    schema = registry.find(name).params.model_json_schema()
    for parameter, about in schema["properties"].items():
        assert f"--{parameter.replace('_', '-')} " in told
        assert re.sub(r"\s+", " ", about["description"]) in told


def test_targets_is_the_run_of_targets_with_the_same_options(shown):
    named = re.compile(r"--[a-z0-9-]+")
    own = {"--output"}
    table, plain = shown("targets", "--help"), shown("run", "targets", "--help")
    assert set(named.findall(table)) - own == set(named.findall(plain))


def test_the_processes_are_listed_with_their_titles(shown):
    told = words_of(shown("run", "--help"))
    for process in registry.PROCESSES.values():
        assert f"{process.name} {process.title}" in told
    assert "list" in told


def test_an_unknown_option_names_the_nearest(shown):
    assert "--resolution" in shown("targets", "--resolutoin", "9", status=2)
    assert "requires an argument" in shown("run", "targets", "--index", status=2)


def test_an_unknown_process_names_the_nearest():
    refused = CliRunner().invoke(app, ["run", "targest"])
    assert isinstance(refused.exception, NotFoundError)
    assert "Did you mean targets?" in refused.exception.message


RESTS_ON = {
    **dict.fromkeys(("window", "study_area", "references", "harm_index", "incidents", "snapping")),
    "sources": [],
    "warnings": [],
}


class CountParams(AnalysisParams):
    """What is counted."""

    twice: Annotated[bool, Field(description="Count everything twice.")] = False


@pytest.fixture
def foreign(monkeypatch):
    """An analysis that this program does not know of, registered when it runs already."""
    process = Process(
        name="count-up",
        title="Counting up",
        description="Count what there is.",
        params=CountParams,
        run=lambda context, params: Answer(
            provenance=RESTS_ON,
            result={"twice": params.twice},
        ),
        headline=lambda run: "Counted",
        question=lambda run: "How many?",
    )
    monkeypatch.setitem(registry.PROCESSES, process.name, process)
    return process


def test_a_process_registered_by_others_has_its_command(foreign, shown):
    assert "count-up Counting up" in words_of(shown("run", "--help"))
    assert "What is counted" in shown("run", "count-up", "--help")
    assert "--no-twice" in shown("schedule", "add", "weekly", "count-up", "--help")


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("harmspot run ", {"targets", "count-up", "list", "show"}),
        ("harmspot run count-up --tw", {"--twice"}),
        ("harmspot targets --unit ", {"h3", "segment", "polygon"}),
        ("harmspot schedule add weekly count", {"count-up"}),
    ],
)
def test_the_shell_completes_processes_options_and_choices(foreign, words, offered):
    environment = {
        "_HARMSPOT_COMPLETE": "complete_bash",
        "COMP_WORDS": words,
        "COMP_CWORD": str(len(words.split(" ")) - 1),
    }
    done = CliRunner().invoke(app, [], prog_name="harmspot", env=environment)
    assert offered <= set(done.stdout.split()), done.output


def test_help_answers_without_loading_any_analysis():
    looked = (
        "import sys; from typer.testing import CliRunner; from service.cli.app import app;"
        "print(CliRunner().invoke(app, ['--help']).output);"
        "sys.exit(bool({'numpy', 'pandas', 'sqlalchemy', 'fastapi'} & sys.modules.keys()))"
    )
    done = subprocess.run([sys.executable, "-c", looked], capture_output=True, text=True)
    assert "Rank patrol targets" in done.stdout
    assert done.returncode == 0


def test_runs_are_made_listed_and_shown(tenant, monkeypatch, foreign):
    address = tenant.database.url.render_as_string(hide_password=False)
    monkeypatch.setenv("HARMSPOT_DATABASE_URL", address)
    get_settings.cache_clear()
    try:

        def printed(*words: str) -> object:
            return json.loads(
                CliRunner().invoke(app, [*words, "--json"], catch_exceptions=False).stdout
            )

        question = ["--index", "count", "--from", "2024-01-01", "--to", "2024-01-31"]
        made = printed("run", "count-up", *question, "--twice")
        assert made["result"] == {"twice": True}
        assert made["run"]["parameters"]["twice"] is True
        assert printed("run", "show", made["run"]["id"]) == made
        assert printed("run", "list", "--process", "count-up") == [made["run"]]
        assert printed("run", "list", "--process", "targets") == []
        told = CliRunner().invoke(app, ["run", "list"]).stdout
        assert made["run"]["id"] in told
    finally:
        get_settings.cache_clear()
