"""Options made of a model: what a process can be asked, as the command line asks it.

Names, types, choices, limits, defaults and descriptions come from the model's schema, which forms
and OGC clients read too; the model itself checks what was given.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any, TypeVar

import typer
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails
from rich.markup import escape
from typer.core import TyperCommand
from typer.main import get_command

from service.cli.once import OnceCommand, UsageRefusal
from service.errors import plain
from spatial.errors import InvalidInputError, Problem

ModelT = TypeVar("ModelT", bound=BaseModel)

NONE = ("none", "null")
"""Words that unset a default, where a parameter may be without a value."""

UNSET = "`none` unsets the default of an option that may be without a value."

_WORDS = {"integer": "INTEGER", "number": "NUMBER", "boolean": "true|false", "object": "JSON"}
_FORMATS = {"date": "YYYY-MM-DD", "date-time": "YYYY-MM-DDThh:mm:ss±hh:mm", "time": "hh:mm:ss"}
_LIMITS = {
    "minimum": "at least {}",
    "exclusiveMinimum": "above {}",
    "maximum": "at most {}",
    "exclusiveMaximum": "below {}",
}


@dataclass(frozen=True)
class Parameter:
    """One field of a model as an option.

    Parameters
    ----------
    field
        Its name in Python.
    key
        Its name wherever it is written.
    schema
        What the model's schema says of it.
    alternatives
        The schemas of its values, null left out.
    nullable
        Whether it may be without a value.
    required
        Whether it must be given.
    panel
        Title of the options that it stands among.
    """

    field: str
    key: str
    schema: Mapping[str, Any]
    alternatives: tuple[Mapping[str, Any], ...]
    nullable: bool
    required: bool
    panel: str

    @property
    def option(self) -> str:
        """Name of the option."""
        return _spelt(self.key)

    @property
    def repeated(self) -> bool:
        """Whether it is a list: the option is given once for each of its values."""
        return any(one.get("type") == "array" for one in self.alternatives)

    @property
    def switch(self) -> bool:
        """Whether the option is on or off, and takes no value."""
        return not self.nullable and [one.get("type") for one in self.alternatives] == ["boolean"]

    @property
    def values(self) -> list[Mapping[str, Any]]:
        """The schemas of one value of the option."""
        return [one.get("items", {}) if "items" in one else one for one in self.alternatives]

    @property
    def choices(self) -> list[str]:
        """The words that may be given, where these are few."""
        return [_written(word) for one in self.values for word in _enumerated(one)]

    @property
    def takes(self) -> str:
        """What kind of value it takes, in a word."""
        words = [word for one in self.values for word in _words(one)]
        return "|".join(dict.fromkeys([*words, *(NONE[:1] if self.nullable else [])]))

    @property
    def help(self) -> str:
        """What it is for, its limits and its default."""
        notes = [", ".join(_limits(one)) for one in self.values]
        if kinds := self.schema.get("x-only-for-unit"):
            notes.insert(0, f"for unit {' or '.join(kinds)} only")
        if self.repeated:
            notes.append("may be given several times")
        if self.required:
            notes.append("required")
        elif self.schema.get("default") is not None:
            notes.append(f"default: {_written(self.schema['default'])}")
        described = str(self.schema.get("description", "")).strip()
        noted = "; ".join(note for note in notes if note)
        return escape(f"{described} [{noted}]" if noted else described).strip()

    def declared(self) -> inspect.Parameter:
        """Return it as a parameter of a command."""
        names = f"{self.option}/--no-{self.option[2:]}" if self.switch else self.option
        kind: Any = str
        if self.switch:
            kind = bool
        elif self.repeated:
            kind = list[str]
        option = typer.Option(
            names,
            help=self.help,
            metavar=None if self.switch else self.takes,
            autocompletion=self._completed if self.choices else None,
            rich_help_panel=self.panel,
            show_default=False,
        )
        return inspect.Parameter(
            self.field,
            inspect.Parameter.KEYWORD_ONLY,
            default=None,
            annotation=Annotated[kind | None, option],
        )

    def read(self, given: Any) -> Any:
        """Return what was given as the model takes it.

        Raises
        ------
        InvalidInputError
            When it should be JSON and is not.
        """
        words = given if isinstance(given, list) else [given]
        if self.nullable and len(words) == 1 and words[0] in NONE and words[0] not in self.choices:
            return None
        read = [self._read_one(word) for word in words]
        return read if isinstance(given, list) else read[0]

    def _read_one(self, word: Any) -> Any:
        if isinstance(word, str) and "JSON" in self.takes.split("|"):
            try:
                return json.loads(word)
            except json.JSONDecodeError as error:
                message = f"is not JSON: {error}"
                problem = Problem(self.option, message)
                raise InvalidInputError(f"{self.option} {message}.", [problem]) from error
        return word

    def _completed(self, incomplete: str) -> list[str]:
        words = [*self.choices, *(NONE[:1] if self.nullable else [])]
        return [word for word in words if word.startswith(incomplete)]


def of(model: type[BaseModel]) -> list[Parameter]:
    """Return the parameters of a model, in its order."""
    schema = model.model_json_schema()
    definitions = schema.get("$defs", {})
    required = schema.get("required", ())
    made = []
    for name, field in model.model_fields.items():
        key = field.alias or name
        about = schema["properties"][key]
        alternatives = list(_alternatives(about, definitions))
        made.append(
            Parameter(
                field=name,
                key=key,
                schema=about,
                alternatives=tuple(one for one in alternatives if one.get("type") != "null"),
                nullable=any(one.get("type") == "null" for one in alternatives),
                required=key in required,
                panel=_panel(model, name),
            )
        )
    return made


def command(
    name: str,
    model: type[BaseModel],
    run: Callable[..., None],
    *,
    about: str,
    optional: Collection[str] = (),
) -> TyperCommand:
    """Return a command with an option for each field of a model.

    Parameters
    ----------
    name
        Of the command.
    model
        What it asks for.
    run
        Called with what was given, by the names in which parameters are written, as `given`, and
        with its own options, which come beside those of the model.
    about
        What the command does, for its help.
    optional
        Parameters that need not be given although the model asks for them.
    """
    parameters = {
        one.field: replace(one, required=one.required and one.key not in optional)
        for one in of(model)
    }
    own = [
        one
        for one in inspect.signature(run, eval_str=True).parameters.values()
        if one.name != "given"
    ]

    def called(**options: Any) -> None:
        values = {one: options.pop(one) for one in parameters}
        _refuse_missing([one for one in parameters.values() if values[one.field] is None])
        given = {
            parameters[one].key: parameters[one].read(value)
            for one, value in values.items()
            if value is not None
        }
        run(given=given, **options)

    declared = [one.declared() for one in parameters.values()]
    keywords = [one.replace(kind=inspect.Parameter.KEYWORD_ONLY) for one in own]
    called.__signature__ = inspect.Signature([*keywords, *declared])  # type: ignore[attr-defined]
    spelt = {_spelt(one.field): one.option for one in parameters.values()}

    class Asking(_Asking):
        spellings = spelt

    made = typer.Typer(add_completion=False)
    made.command(name, cls=Asking, help=about, epilog=UNSET)(called)
    asking = get_command(made)
    assert isinstance(asking, TyperCommand)
    return asking


def _refuse_missing(without_value: list[Parameter]) -> None:
    missing = [one for one in without_value if one.required]
    if missing:
        named = "; ".join(f"{one.option} ({_described(one)})" for one in missing)
        raise UsageRefusal(f"Missing: {named}.")


def _described(parameter: Parameter) -> str:
    return str(parameter.schema.get("description", "give it")).rstrip(".")


def validated(model: type[ModelT], given: Mapping[str, Any]) -> ModelT:
    """Return a model of what was given.

    Raises
    ------
    InvalidInputError
        When it does not fit; each problem names its option.
    """
    try:
        return model.model_validate(given)
    except ValidationError as error:
        known = {one.key: one for one in of(model)}
        problems = [_problem(one, known) for one in error.errors()]
        listed = "; ".join(
            f"{one.where}: {one.message}" if one.where else one.message for one in problems
        )
        raise InvalidInputError(f"{listed}.", problems) from error


class _Asking(OnceCommand):
    """A command whose options may be written as its parameters are elsewhere: ``--study_area``."""

    spellings: Mapping[str, str] = {}

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the command's words."""
        return super().parse_args(ctx, list(self._respelt(args)))

    def _respelt(self, words: list[str]) -> Iterator[str]:
        names = True
        for word in words:
            names = names and word != "--"
            name, equals, value = word.partition("=")
            if names and name.startswith("--"):
                spelt = _spelt(name[2:])
                yield f"{self.spellings.get(spelt, spelt)}{equals}{value}"
            else:
                yield word


def _spelt(name: str) -> str:
    return "--" + name.replace("_", "-")


def _alternatives(
    schema: Mapping[str, Any], definitions: Mapping[str, Any]
) -> Iterator[Mapping[str, Any]]:
    if "$ref" in schema:
        yield from _alternatives(definitions[schema["$ref"].rpartition("/")[2]], definitions)
    elif several := schema.get("anyOf") or schema.get("oneOf"):
        for one in several:
            yield from _alternatives(one, definitions)
    elif "items" in schema:
        for one in _alternatives(schema["items"], definitions):
            yield {**schema, "items": one}
    else:
        yield schema


def _panel(model: type[BaseModel], field: str) -> str:
    """Return the first line of the class that declares a field: what its parameters are about."""
    declaring = next(one for one in model.__mro__ if field in inspect.get_annotations(one))
    return (inspect.getdoc(declaring) or model.__name__).partition("\n")[0].rstrip(".")


def _enumerated(schema: Mapping[str, Any]) -> list[Any]:
    return [schema["const"]] if "const" in schema else list(schema.get("enum", ()))


def _words(schema: Mapping[str, Any]) -> list[str]:
    if enumerated := _enumerated(schema):
        return [_written(word) for word in enumerated]
    kind = schema.get("type")
    if kind == "string":
        return [_FORMATS.get(schema.get("format", ""), "TEXT")]
    return [_WORDS.get(str(kind), "JSON")]


def _limits(schema: Mapping[str, Any]) -> Iterator[str]:
    for name, words in _LIMITS.items():
        if name in schema:
            yield words.format(_written(schema[name]))


def _written(value: Any) -> str:
    if value is None:
        return NONE[0]
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(map(_written, value)) or "none"
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False)
    return str(value)


def _problem(error: ErrorDetails, known: Mapping[str, Parameter]) -> Problem:
    first, *rest = error["loc"] or ("",)
    parameter = known.get(str(first))
    if parameter is None:
        return Problem(str(first) and _spelt(str(first)), plain(error["msg"]))
    if error["type"] == "missing" and not rest:
        return Problem(parameter.option, f"missing ({_described(parameter)})")
    return Problem(parameter.option, f"{plain(error['msg'])}, found {error['input']!r}")
