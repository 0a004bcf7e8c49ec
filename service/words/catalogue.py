"""The catalogue: every sentence for people, kept by its English, said in the language spoken.

The words of pages, sheets, feeds and the map stand in the code in English, marked for gettext:
``gettext`` and ``ngettext`` here and in TypeScript, ``{% trans %}`` in templates.
``make words`` gathers them all in ``catalogues/harmspot.pot``; a language is a copy of that file,
``catalogues/LANGUAGE.po``, with its own sentences in it. English needs no file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from gettext import c2py
from pathlib import Path
from typing import Any, Final

from spatial.errors import InvalidInputError, Problem

FOLDER: Final = Path(__file__).resolve().parent / "catalogues"
SOURCE: Final = "en"
"""The language in which the words stand in the code."""

PLURALS_TOLD: Final = 200
"""Which plural a number takes is told for so many; beyond, its last two digits decide."""

_spoken: ContextVar[str] = ContextVar("spoken", default=SOURCE)


@dataclass(frozen=True)
class Catalogue:
    """The sentences of one language.

    Parameters
    ----------
    language
        Its tag, as in ``de`` or ``pt-BR``.
    sentences
        By their English (the singular one), each in every form of its plural.
    form
        Which form a number takes.
    """

    language: str
    sentences: Mapping[str, tuple[str, ...]]
    form: Callable[[int], int]

    def document(self) -> dict[str, Any]:
        """Return the catalogue as the pages in the browser read it."""
        return {
            "language": self.language,
            "sentences": {english: list(said) for english, said in self.sentences.items()},
            "forms": [self.form(number) for number in range(PLURALS_TOLD)],
        }


def gettext(message: str, /, **values: object) -> str:
    """Say a sentence.

    Parameters
    ----------
    message
        Its English, with ``{name}`` where a value stands; braces are doubled to stand for
        themselves where there are values.
    values
        By name, as they are to be read: numbers and dates written out already.

    Examples
    --------
    >>> gettext("Nothing is lost."), gettext("{many} of {all}", many="3", all="12")
    ('Nothing is lost.', '3 of 12')
    """
    said = _find(_spoken.get()).sentences.get(message)
    return _filled(said[0] if said and said[0] else message, values)


def ngettext(one: str, many: str, number: int, /, **values: object) -> str:
    """Say a sentence about a number of things.

    Parameters
    ----------
    one, many
        Its English for one thing and for several; ``{number}`` is the number, written out.
    number
        How many.
    values
        As `gettext` takes them.

    Examples
    --------
    >>> ngettext("{number} target", "{number} targets", 2000)
    '2,000 targets'
    """
    catalogue = _find(_spoken.get())
    said = catalogue.sentences.get(one)
    form = catalogue.form(number)
    english = one if number == 1 else many
    chosen = said[form] if said and form < len(said) and said[form] else english
    return _filled(chosen, {"number": f"{number:,}"} | values)


def gettext_noop(message: str) -> str:
    """Mark a sentence for the catalogue that is said later, by `gettext`."""
    return message


def spoken() -> str:
    """Return the language that is spoken."""
    return _spoken.get()


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Speak a language until the block ends.

    Raises
    ------
    InvalidInputError
        When there is no catalogue of it; the message names those that there are.
    """
    find(language)
    before = _spoken.set(language)
    try:
        yield
    finally:
        _spoken.reset(before)


def languages() -> list[str]:
    """Return the languages that there are, English among them."""
    return sorted({SOURCE, *(file.stem for file in FOLDER.glob("*.po"))})


def find(language: str) -> Catalogue:
    """Return the catalogue of a language.

    Raises
    ------
    InvalidInputError
        When there is none; the message names those that there are.
    """
    try:
        return _find(language)  # which is read once
    except FileNotFoundError:
        raise InvalidInputError(
            f"There are no words in the language {language!r}: choose one of "
            f"{', '.join(languages())}.",
            [Problem("language", f"unknown language {language}")],
        ) from None


@cache
def _find(language: str) -> Catalogue:
    if language == SOURCE:
        return Catalogue(SOURCE, {}, lambda number: int(number != 1))
    from babel.messages.pofile import read_po  # which English does without

    with (FOLDER / f"{language}.po").open("rb") as file:
        read = read_po(file, locale=language.replace("-", "_"), abort_invalid=True)
    sentences: dict[str, tuple[str, ...]] = {}
    for message in read:
        if message.id and message.string and not message.fuzzy:
            english, *_several = _forms(message.id)
            sentences[english] = _forms(message.string)
    return Catalogue(language, sentences, c2py(read.plural_expr))


def _forms(read: str | Sequence[str]) -> tuple[str, ...]:
    """Return the forms of a message, of which those that are no plural have one."""
    return (read,) if isinstance(read, str) else tuple(read)


def _filled(message: str, values: Mapping[str, object]) -> str:
    return message.format_map(values) if values else message
