"""The profile that fits a file best: one that is known, or one guessed from its columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from service.errors import NotFoundError
from service.ingest.profiles.binding import lacking
from service.ingest.profiles.loading import known_profiles, load_profile
from service.ingest.profiles.profile import Profile
from service.ingest.profiles.suggestion import Suggestion, suggested
from service.ingest.profiles.toml import as_written
from service.ingest.readers.formats import WHOLE
from service.ingest.readers.head import Dialect, FirstRows, Head, first_rows, sniffed
from service.ingest.readers.limits import Limits

HEAD_BYTES = 8 << 20
"""How much of a file is looked at, but for formats that are described at their end."""


def guessed(file: Path, limits: Limits) -> Suggestion:
    """Guess a profile for a file on this machine.

    Raises
    ------
    NotFoundError, UnreadableFileError
        When there is no such file, or it is not one of incidents.
    """
    head = head_of(file)
    dialect = sniffed(head, limits)
    first = first_rows(head, dialect, limits)
    made = suggested(first, dialect)
    fitting = [
        one.name
        for one in map(load_profile, known_profiles())
        if not lacking(one, first.columns, has_points=first.has_points)
    ]
    if fitting:
        made.notes.append(f"All columns of the shipped profile {fitting[0]} are there: try it too.")
    written = with_parent(made.written, first, dialect)
    return Suggestion(written, made.notes, made.lacks if written is made.written else [])


def head_of(file: Path) -> Head:
    """Return the beginning of a file, the whole of one that is described at its end."""
    if not file.is_file():
        raise NotFoundError(f"There is no file {file}.")
    with file.open("rb") as stream:
        content = stream.read(HEAD_BYTES)
        if not content.startswith(WHOLE):
            return Head(content, file.name, complete=not stream.read(1))
        return Head(content + stream.read(), file.name, complete=True)


def with_parent(
    written: dict[str, Any],
    first: FirstRows,
    dialect: Dialect,
    known: Sequence[Profile] | None = None,
) -> dict[str, Any]:
    """Return a suggestion, or a known profile in the file's dialect where its columns are there.

    A file whose columns are known and whose delimiter is not differs from the profile in that.
    """
    for one in known if known is not None else map(load_profile, known_profiles()):
        adapted = one.model_copy(
            update={"encoding": dialect.encoding, "delimiter": dialect.delimiter}
        )
        fits = not lacking(adapted, first.columns, has_points=first.has_points)
        if Dialect.of(one) != dialect and one.name != "generic" and fits:
            return _keys_of(as_written(adapted))
    return written


def _keys_of(written: Mapping[str, Any]) -> dict[str, Any]:
    return {k: value for k, value in written.items() if k not in ("name", "title", "source")}
