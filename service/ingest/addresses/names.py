"""Names of streets in one spelling: case, accents and usual abbreviations aside."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final

_TYPES: Final = {
    "aly": "alley", "av": "avenue", "ave": "avenue", "bd": "boulevard", "blvd": "boulevard",
    "boul": "boulevard", "br": "bridge", "brg": "bridge", "cir": "circle", "cl": "close",
    "cres": "crescent", "ct": "court", "dr": "drive", "expy": "expressway", "fwy": "freeway",
    "gdns": "gardens", "gr": "grove", "hwy": "highway", "la": "lane", "ln": "lane",
    "pde": "parade", "pkwy": "parkway", "pky": "parkway", "pl": "place", "plz": "plaza",
    "rd": "road", "sq": "square", "st": "street", "str": "street", "ter": "terrace",
    "terr": "terrace", "tpke": "turnpike", "trl": "trail", "wy": "way",
}  # fmt: skip
"""What ends the name of a street, short and in full."""

_WAYS: Final = {
    "n": "north", "s": "south", "e": "east", "w": "west", "ne": "northeast", "nw": "northwest",
    "se": "southeast", "sw": "southwest", "nb": "north", "sb": "south", "eb": "east", "wb": "west",
}  # fmt: skip
_ANYWHERE: Final = {"ft": "fort", "mt": "mount", "mlk": "martin luther king"}
_NUMBERS: Final = {
    "first": "1st", "second": "2nd", "third": "3rd", "fourth": "4th", "fifth": "5th",
    "sixth": "6th", "seventh": "7th", "eighth": "8th", "ninth": "9th", "tenth": "10th",
}  # fmt: skip
_GERMAN: Final = re.compile(r"(?<=\w)(?:strasse|str)\b")
_NEAR: Final = re.compile(r"^(?:on or )?(?:near|nr) ")
_APOSTROPHES: Final = re.compile(r"['’`´]")
_OTHER: Final = re.compile(r"[^\w]+")

KINDS: Final = frozenset({*_TYPES.values(), *_WAYS.values()})


@lru_cache(maxsize=100_000)
def plain(name: str) -> str:
    """Return a street's name as it is compared.

    Examples
    --------
    >>> plain("N. Main St"), plain("NORTH MAIN STREET"), plain("St John's St.")
    ('north main street', 'north main street', 'saint johns street')
    >>> plain("Hauptstraße"), plain("HAUPTSTR."), plain("Av. de la République")
    ('hauptstrasse', 'hauptstrasse', 'avenue de la republique')
    >>> plain("Fifth Ave"), plain("5TH AV"), plain("On or near High Street")
    ('5th avenue', '5th avenue', 'high street')
    """
    text = unicodedata.normalize("NFKD", name.casefold())
    text = "".join(one for one in text if not unicodedata.combining(one))
    text = _OTHER.sub(" ", _APOSTROPHES.sub("", text)).replace("_", " ").strip()
    text = _NEAR.sub("", text)
    words = _GERMAN.sub("strasse", text).split()
    last = len(words) - 1
    while last > 0 and (words[last] in _WAYS or words[last] in _WAYS.values()):
        last -= 1
    return " ".join(_word(word, at, last) for at, word in enumerate(words))


def core(key: str) -> tuple[str, ...]:
    """Return a compared name without its directions and its kind of street.

    Examples
    --------
    >>> core("north main street"), core("the avenue")
    (('main',), ('the',))
    """
    words = key.split()
    bare = tuple(word for word in words if word not in KINDS)
    return bare or tuple(words)


def _word(word: str, at: int, last: int) -> str:
    word = _NUMBERS.get(word, _ANYWHERE.get(word, word))
    if word == "st" and at != last:
        return "saint"
    if at in (0, last) and word in _TYPES and last > 0:
        return _TYPES[word]
    if (at == 0 or at > last) and last > 0:
        return _WAYS.get(word, word)
    return word
