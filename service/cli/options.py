"""Options that several commands have, and parameters as ``--name value`` pairs."""

from __future__ import annotations

from typing import Annotated, Any, TypeVar

import typer
from pydantic import BaseModel, ValidationError

from service.errors import plain
from spatial.errors import InvalidInputError, Problem

ModelT = TypeVar("ModelT", bound=BaseModel)

JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]
FileLayerOption = Annotated[
    str | None, typer.Option(help="Layer of the file, where it holds several.")
]
CrsOption = Annotated[
    str | None,
    typer.Option(help="Coordinate reference system of a file that does not say its own."),
]


def parse(words: list[str]) -> dict[str, Any]:
    """Read ``--name value`` and ``--name=value`` pairs; a name given twice makes a list."""
    given: dict[str, Any] = {}
    rest = iter(words)
    for word in rest:
        name, has_value, value = word.removeprefix("--").partition("=")
        if not word.startswith("--") or not name:
            raise typer.BadParameter(f"expected --name value, found {word!r}")
        if not has_value:
            try:
                value = next(rest)
            except StopIteration:
                raise typer.BadParameter(f"--{name} needs a value") from None
        key = name.replace("-", "_")
        if key in given:
            earlier = given[key]
            given[key] = [*(earlier if isinstance(earlier, list) else [earlier]), value]
        else:
            given[key] = value
    return given


def validated(model: type[ModelT], given: dict[str, Any]) -> ModelT:
    """Return a model of what was given.

    Raises
    ------
    InvalidInputError
        When it does not fit; each problem names its option.
    """
    lists = {
        field.alias or name
        for name, field in model.model_fields.items()
        if "list[" in str(field.annotation)
    }
    values = {
        key: [value] if key in lists and isinstance(value, str) else value
        for key, value in given.items()
    }
    try:
        return model.model_validate(values)
    except ValidationError as error:
        problems = [
            Problem(
                "--" + ".".join(str(part) for part in one["loc"]).replace("_", "-"),
                plain(one["msg"]),
            )
            for one in error.errors()
        ]
        listed = "; ".join(
            f"{one.where}: {one.message}" if one.where != "--" else one.message for one in problems
        )
        raise InvalidInputError(f"{listed}.", problems) from error
