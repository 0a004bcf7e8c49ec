"""Filters in CQL2 as their parser reads them, which must not end or stall the process."""

from __future__ import annotations

import re
from typing import Any, Final

import cql2

from spatial.errors import InvalidInputError, Problem

LANGUAGES: Final = ("cql2-text", "cql2-json")

_LONGEST: Final = 30_000
_DEEPEST: Final = 60
_MOST_WORK: Final = 500_000
_SIGNS = re.compile(rf"(?:(?:\bnot\b|-)\s*){{{_DEEPEST}}}", re.IGNORECASE)
_STRING = re.compile(r"'(?:[^']|'')*'")
_QUOTED = re.compile(r"""('(?:[^']|'')*'|"[^"]*")""")
_BARE_POINT = re.compile(r"(?<![\w.])\.(?=[0-9])")
_POSITION = re.compile(r"-->\s*(\d+):(\d+)")
_EXPECTED = re.compile(r"= (expected .*)")


def check_language(language: str) -> None:
    """Refuse a language that is not one of `LANGUAGES`, whether or not there is a filter.

    Raises
    ------
    InvalidInputError
        When it is another.
    """
    if language not in LANGUAGES:
        raise InvalidInputError(
            f"filter-lang must be {' or '.join(LANGUAGES)}, not {language!r}.",
            [Problem("filter-lang", "unknown language")],
        )


def parsed(text: str, language: str) -> Any:
    """Return a filter as the JSON form of CQL2 has it.

    Parameters
    ----------
    text
        The filter.
    language
        One of `LANGUAGES`.

    Raises
    ------
    InvalidInputError
        When it cannot be read; the message says where.
    """
    check_language(language)
    if len(text) > _LONGEST:
        raise refused(f"is longer than {_LONGEST:,} characters")
    if "\0" in text or "\\u0000" in text:
        raise refused("holds a NUL character, which no text of the database has")
    if language == "cql2-text" and _too_deep(_STRING.sub("''", text)):
        raise refused(
            "nests its parentheses or negations too deep for its length; write it as cql2-json"
        )
    if language == "cql2-text":
        text = _with_zeros(text)
    parse = cql2.parse_text if language == "cql2-text" else cql2.parse_json
    try:
        return parse(text).to_json()
    except cql2.ParseError as error:
        raise refused(_where(str(error), text, language)) from None
    except Exception as error:
        # Of a geometry without positions the parser raises nothing that has a name.
        if type(error) is not Exception:
            raise
        raise refused(f"holds a geometry that cannot be read: {error}") from None


def _with_zeros(text: str) -> str:
    """Return a text whose numbers all have a digit before the point, as the parser needs it."""
    return "".join(
        part if part[:1] in ("'", '"') else _BARE_POINT.sub("0.", part)
        for part in _QUOTED.split(text)
    )


def _too_deep(text: str) -> bool:
    """Tell whether reading a text could end the process or take seconds.

    The parser recurses, and on text that it cannot read it tries every level of parentheses
    about twice, for the whole of what is inside.
    """
    depth = deepest = 0
    for character in text:
        depth += (character == "(") - (character == ")")
        deepest = max(deepest, depth)
    work = len(text) * 2.2 ** min(deepest, _DEEPEST)
    return work > _MOST_WORK or _SIGNS.search(text) is not None


def _where(said: str, text: str, language: str) -> str:
    """Say where and why a filter cannot be read, from what the parser said."""
    at = _POSITION.search(said)
    if language == "cql2-json" or at is None:
        return f"is not {language}: {said}"
    line, column = int(at[1]), int(at[2])
    rest = text.splitlines()[line - 1][column - 1 :][:20] if text.strip() else ""
    before = f"before {rest!r}" if rest else "where it ends"
    expected = _EXPECTED.search(said)
    wanted = f": {expected[1]}" if expected else ""
    return f"is not {language} at line {line}, column {column}, {before}{wanted}"


def refused(why: str) -> InvalidInputError:
    """Return the refusal of a filter that ``why`` tells about."""
    stop = "" if why.endswith((".", "?")) else "."
    return InvalidInputError(f"The filter {why}{stop}", [Problem("filter", why)])
