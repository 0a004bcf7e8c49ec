"""Addresses of sources: checked, shown without secrets, and known again by a digest."""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from spatial.errors import InvalidInputError, Problem

_SECRET = re.compile(
    r"token|key|secret|pass|pwd|sig|auth|cred|session|jwt|policy|^code$|^x-", re.IGNORECASE
)
_CONDITIONS = {"where", "$where", "filter", "bbox", "datetime", "geometry"}
_HARMLESS = _CONDITIONS | {
    "$select", "$order", "$limit", "$offset", "crs", "f", "filter-lang", "format", "limit", "month",
    "offset", "orderbyfields", "outfields", "outformat", "outsr", "request", "service", "typename",
    "typenames", "version", "year",
}  # fmt: skip
"""Parameters that say which rows are asked for, and how they are written: their values are told."""
_HIDDEN = "***"


def is_url(given: str) -> bool:
    """Say whether what a command is given is an address and not a file."""
    return bool(re.match(r"[a-z][a-z0-9+.-]*://", given, re.IGNORECASE))


def checked(url: str) -> str:
    """Return an address of the web without its fragment.

    Raises
    ------
    InvalidInputError
        When it is none, or has a name and a password in it.
    """
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host = None
        parts = urlsplit("")
    if parts.scheme.lower() not in ("http", "https") or not host:
        raise _refused(f"{_bare(url)} is no address of the web: it begins with https://.")
    if parts.username is not None or parts.password is not None:
        raise _refused(
            f"The address of {host} has a name or a password in it: leave them out, they would be "
            "seen by whoever lists the commands of this machine."
        )
    return urlunsplit((parts.scheme.lower(), parts.netloc, parts.path or "/", parts.query, ""))


def check_step(url: str, following: str) -> None:
    """Refuse to go on from an address to one where others could listen, or that is not of the web.

    Raises
    ------
    InvalidInputError
        When it is one.
    """
    before, after = (urlsplit(one).scheme.lower() for one in (url, following))
    if after not in ("http", "https") or (before, after) == ("https", "http"):
        raise _refused(
            f"{shown(url)} leads on to an address of {after or 'no'} scheme, which is not followed."
        )


def parameters(url: str) -> dict[str, str]:
    """Return the query of an address."""
    return dict(parse_qsl(urlsplit(url).query, keep_blank_values=True))


def without_query(url: str) -> str:
    """Return an address less its query."""
    return urlunsplit((*urlsplit(url)[:3], "", ""))


def with_query(url: str, query: dict[str, str]) -> str:
    """Return an address with another query."""
    return urlunsplit((*urlsplit(url)[:3], urlencode(query, quote_via=quote), ""))


def shown(url: str, *, values: bool = False) -> str:
    """Return an address as it may be told and stored: without what may be secret in its query.

    Parameters
    ----------
    url
        A checked address.
    values
        Whether values are told of parameters that are known to be harmless; any other may be a
        secret, whatever it is called.

    Examples
    --------
    >>> shown("https://a.example/items?bbox=1,2,3,4&api_key=hunter2&u=x", values=True)
    'https://a.example/items?bbox=1,2,3,4&api_key=***&u=***'
    """
    told = [
        f"{name}={value if values and name.lower() in _HARMLESS else _HIDDEN}"
        for name, value in parameters(url).items()
    ]
    return without_query(url) + ("?" + "&".join(told) if told else "")


def secrets(url: str) -> list[str]:
    """Return those values of the query that may be secret, by their name or by their length."""
    return [
        value
        for name, value in parameters(url).items()
        if value and (_SECRET.search(name) or (len(value) >= 8 and name not in _CONDITIONS))
    ]


def digest(url: str, *more: Any) -> str:
    """Return what a question is known by: its address, and what else is asked."""
    asked = [without_query(url), parse_qsl(urlsplit(url).query, keep_blank_values=True), *more]
    return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()[:32]


def _bare(url: str) -> str:
    return url.partition("?")[0].rpartition("@")[2][:200]


def _refused(message: str) -> InvalidInputError:
    return InvalidInputError(message, [Problem("url", "an address of the web is needed")])
