"""What templates say things with: sentences of the catalogue as markup, and pieces to put in."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from typing import Any, Final

from markupsafe import Markup, escape

from service.words import catalogue
from service.words.saying import job_words, moment


def gettext(message: str, /, **values: object) -> Markup:
    """Say a sentence as markup: it and its values are escaped, other than values that are markup.

    Examples
    --------
    >>> gettext("{a} & {b}", a="<", b=code(">"))
    Markup('&lt; &amp; <code>&gt;</code>')
    """
    return _filled(catalogue.gettext(message), values)


def ngettext(one: str, many: str, number: int, /, **values: object) -> Markup:
    """Say a sentence about a number of things as markup."""
    said = catalogue.ngettext(one, many, number, **{name: f"{{{name}}}" for name in values})
    return _filled(said, values)


def link(address: str, text: str) -> Markup:
    """Return a link."""
    return Markup('<a href="{}">{}</a>').format(address, text)  # format escapes


def code(text: str) -> Markup:
    """Return what is to be typed as it stands."""
    return Markup("<code>{}</code>").format(text)


def time(when: dt.datetime) -> Markup:
    """Return a moment that programs can read too."""
    return Markup('<time datetime="{}">{}</time>').format(when.isoformat(), moment(when))


def counters(said: str) -> Markup:
    """Return the content of a page's margin in CSS, its ``{page}`` and ``{pages}`` counted."""
    parts = []
    for part in filter(None, re.split(r"(\{pages?\})", str(said))):
        named = part.strip("{}")
        is_counter = part in ("{page}", "{pages}")
        parts.append(f"counter({named})" if is_counter else f'"{re.sub(_IN_CSS, "", part)}"')
    return Markup(" ".join(parts))  # noqa: S704 # what could end a text of CSS is left out


_IN_CSS: Final = r'["\\\n<]'

GLOBALS: Final[dict[str, Callable[..., Any]]] = {
    "gettext": gettext,
    "ngettext": ngettext,
    "language": catalogue.spoken,
    "link": link,
    "code": code,
    "time": time,
    "job_words": job_words,
}


def _filled(said: str, values: dict[str, object]) -> Markup:
    marked = escape(said)
    return marked.format_map(values) if values else marked
