"""Kinds of units: each declared once, made by a class of its own, and known everywhere by that."""

import re
from pathlib import Path
from typing import get_args

from service.analyses.registry import PROCESSES
from service.analyses.study.units.kinds import KINDS, UnitKind, of_some_kinds
from service.analyses.study.units.making import CLASSES
from service.styles import style_of

ROOT = Path(__file__).resolve().parents[2]


def test_every_kind_is_declared_typed_and_made():
    assert set(get_args(UnitKind)) == set(KINDS) == set(CLASSES)
    for name, kind in KINDS.items():
        assert kind.name == name
        assert CLASSES[name].kind is kind


def test_every_kind_has_a_style_of_its_shape_and_targets_do():
    for kind in KINDS.values():
        assert style_of(kind.style).shape == kind.shape
        assert style_of("targets", kind.shape).shape == kind.shape


def test_a_parameter_of_a_kind_is_one_that_an_analysis_takes():
    taken = {name for process in PROCESSES.values() for name in process.params.model_fields}
    for kind in KINDS.values():
        assert kind.parameters <= taken
        assert kind.made_of is None or kind.made_of in taken


def test_parameters_of_some_kinds_say_so_to_forms():
    schema = PROCESSES["targets"].params.model_json_schema(by_alias=True)["properties"]
    for name, kinds in of_some_kinds(schema).items():
        assert schema[name]["x-only-for-unit"] == sorted(kinds)
    assert schema["max_length_m"]["x-only-for-unit"] == ["segment"]


def test_no_code_tells_kinds_apart_by_their_names():
    """A comparison with the name of a kind is a ladder that the next kind would have to climb."""
    ladder = re.compile(r"[=!]==? *[\"'](h3|segment)[\"']|[\"'](h3|segment)[\"'] *(:|[=!]==?)")
    files = [*ROOT.glob("service/**/*.py"), *ROOT.glob("web/src/**/*.ts*")]
    found = [
        f"{file.relative_to(ROOT)}: {line.strip()}"
        for file in files
        if file.name != "generated.ts" and "/static/" not in file.as_posix()
        for line in file.read_text(encoding="utf-8").splitlines()
        if ladder.search(line)
    ]
    assert found == []
