"""Addresses as sources write them: a street and its crossing, a number, a block."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from service.ingest.addresses.names import plain

_CROSSING: Final = re.compile(r"\s*(?:&|/|@|\\|\band\b|\bat\b|\bund\b|\bet\b)\s*", re.IGNORECASE)
_MASKED: Final = re.compile(r"^(\d{1,4})([xX*]{1,2})$")
_BLOCK: Final = re.compile(r"^(\d{1,6})\s*-?\s*(?:block|blk)(?:\s+of)?\s+(.+)$", re.IGNORECASE)
_BEFORE: Final = re.compile(r"^(\d{1,4}[xX*]{1,2}|\d{1,6}[a-zA-Z]?)\s+(.+)$")
_AFTER: Final = re.compile(r"^(.*\D)\s+(\d{1,5}\s?[a-zA-Z]?)$")
_NUMBER: Final = re.compile(r"^0*(\d{1,6})\s?([a-z]?)$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Address:
    """Where a row says that it happened, its names as they are compared.

    Parameters
    ----------
    street, crossing
        Of the street, and of the street that it crosses.
    number
        Of the house, in small letters.
    block
        First and last number of a block.
    """

    street: str
    crossing: str | None = None
    number: str | None = None
    block: tuple[int, int] | None = None


def read(
    street: str | None,
    crossing: str | None,
    number: str | None,
    known: Callable[[str], bool],
) -> Address | None:
    """Return the address of a row; None where it names no street.

    Parameters
    ----------
    street
        The street, or all of the address in one: ``MAIN ST & 5TH AVE``, ``12XX N MAIN ST``,
        ``1200 BLOCK OF MAIN ST``, ``14 Mill Lane``, ``Hauptstraße 12``.
    crossing, number
        Where they stand apart.
    known
        Tells whether a compared name is a street's: such a name is not taken to pieces.

    Examples
    --------
    >>> read("12XX N MAIN ST", None, None, lambda _: False)
    Address(street='north main street', crossing=None, number=None, block=(1200, 1299))
    >>> read("Main St / 5th Ave", None, None, lambda _: False).crossing
    '5th avenue'
    >>> read("Hauptstr. 12 a", None, None, lambda _: False)
    Address(street='hauptstrasse', crossing=None, number='12a', block=None)
    >>> read("1225 N  MAIN ST", None, None, lambda _: False)
    Address(street='north main street', crossing=None, number='1225', block=None)
    """
    if street is None or not street.strip():
        return None
    street = street.strip()
    block = None
    if not known(plain(street)):
        parts = [part for part in _CROSSING.split(street) if part.strip()]
        if crossing is None and len(parts) == 2:
            street, crossing = parts
        elif number is None:
            street, number, block = _numbered(street)
    if number is not None and block is None:
        number, block = _number(number.strip())
    key = plain(street)
    if not key:
        return None
    other = plain(crossing) if crossing is not None else ""
    return Address(key, other or None, number, block)


def _numbered(text: str) -> tuple[str, str | None, tuple[int, int] | None]:
    """Return the street of an address in one, its number, and its block."""
    found = _BLOCK.match(text)
    if found:
        first = int(found[1]) // 100 * 100
        return found[2], None, (first, first + 99)
    found = _BEFORE.match(text)
    if found:
        return found[2], found[1], None
    found = _AFTER.match(text)
    if found:
        return found[1], found[2], None
    return text, None, None


def _number(text: str) -> tuple[str | None, tuple[int, int] | None]:
    """Return a number of a house, or the block of one whose last digits are masked.

    Examples
    --------
    >>> _number("12XX"), _number("0014"), _number("12 A"), _number("?")
    ((None, (1200, 1299)), ('14', None), ('12a', None), (None, None))
    """
    masked = _MASKED.match(text)
    if masked:
        span = 10 ** len(masked[2])
        first = int(masked[1]) * span
        return None, (first, first + span - 1)
    found = _NUMBER.match(text)
    if found:
        return found[1] + found[2].casefold(), None
    return None, None
