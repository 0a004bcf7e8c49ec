"""How pages write numbers, times, classes and reasons."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any, Final

from service.analyses.property import HARM_UNIT, SHARE, Property
from service.styles import CLASSES
from service.words import runs as words
from service.words.catalogue import gettext, gettext_noop
from spatial import rounding

MONTHS: Final = (
    gettext_noop("Jan"),
    gettext_noop("Feb"),
    gettext_noop("Mar"),
    gettext_noop("Apr"),
    gettext_noop("May"),
    gettext_noop("Jun"),
    gettext_noop("Jul"),
    gettext_noop("Aug"),
    gettext_noop("Sep"),
    gettext_noop("Oct"),
    gettext_noop("Nov"),
    gettext_noop("Dec"),
)
_CLASSES: Final[dict[str, str]] = {one.name: one.title for one in CLASSES}
_STATUSES: Final[dict[str, str]] = {
    "accepted": gettext_noop("waiting"),
    "running": gettext_noop("running"),
    "successful": gettext_noop("done"),
    "failed": gettext_noop("failed"),
    "dismissed": gettext_noop("dismissed"),
}
_SOURCES: Final[dict[str, str]] = {
    "api": "HTTP",
    "ogc": "OGC API",
    "schedule": gettext_noop("schedule"),
}


def whole(number: float) -> str:
    """Return a number without decimals."""
    return rounding.decimals(number)


def harm(value: float) -> str:
    """Return harm, with decimals where it is small.

    Examples
    --------
    >>> harm(43593.25), harm(4380.5), harm(2.5), harm(0)
    ('43,593', '4,381', '2.5', '0')
    """
    return rounding.harm(value)


def percent(share: float) -> str:
    """Return a share of one.

    Examples
    --------
    >>> percent(0.1214), percent(0.0002), percent(0)
    ('12.1%', '< 0.1%', '0.0%')
    """
    return "< 0.1%" if 0 < share < 0.001 else rounding.percent(share)


def chance(value: float) -> str:
    """Return a p- or q-value.

    Examples
    --------
    >>> chance(0.01416), chance(0.00001)
    ('0.014', '< 0.0001')
    """
    return "< 0.0001" if value < 0.0001 else rounding.figures(value, 2)


def size(about: dict[str, Any]) -> str:
    """Return the extent of a target.

    Examples
    --------
    >>> size({"area_km2": 0.1054}), size({"length_m": 583.27})
    ('0.105 km²', '583 m')
    """
    if about.get("area_km2") is not None:
        return f"{rounding.figures(about['area_km2'], 3)} km²"
    return f"{rounding.decimals(about.get('length_m') or 0)} m"


def day(iso: str) -> str:
    """Return a date.

    Examples
    --------
    >>> day("2025-03-03")
    '3 Mar 2025'
    """
    date = dt.date.fromisoformat(iso)
    return f"{date.day} {gettext(MONTHS[date.month - 1])} {date.year}"


def moment(when: dt.datetime) -> str:
    """Return a moment, in UTC.

    Examples
    --------
    >>> moment(dt.datetime(2025, 3, 3, 5, 7, tzinfo=dt.UTC))
    '3 Mar 2025, 05:07 UTC'
    """
    utc = when.astimezone(dt.UTC)
    return f"{day(utc.date().isoformat())}, {utc:%H:%M} UTC"


def duration(span: dt.timedelta) -> str:
    """Return how long something took.

    Examples
    --------
    >>> [duration(dt.timedelta(seconds=s)) for s in (0.42, 75, 7_500)]
    ['0.4 s', '1 min 15 s', '2 h 5 min']
    """
    seconds = max(span.total_seconds(), 0)
    if seconds < 60:
        return gettext("{seconds} s", seconds=f"{seconds:.1f}")
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return gettext("{minutes} min {seconds} s", minutes=minutes, seconds=rest)
    return gettext("{hours} h {minutes} min", hours=minutes // 60, minutes=minutes % 60)


def value(given: Any) -> str:
    """Return a parameter as it may be written again."""
    if given is None:
        return gettext("none")
    if isinstance(given, list):
        return ", ".join(str(one) for one in given)
    return str(given)


def number(value: float) -> str:
    """Return a number to three figures, or whole where it is large.

    Examples
    --------
    >>> number(0.01234), number(1234.5), number(2)
    ('0.0123', '1,235', '2')
    """
    return rounding.decimals(value) if abs(value) >= 1000 else rounding.figures(value, 3)


_READINGS: Final[dict[str, Callable[[Any], str]]] = {
    "text": str,
    "day": day,
    "whole": whole,
    "number": number,
    "harm": harm,
    "share": percent,
    "chance": chance,
}


def reading(value: Any, reads: str) -> str:
    """Return a value of a figure, or an interval of two.

    Examples
    --------
    >>> reading(0.5, "share"), reading((0.25, None), "number"), reading(None, "whole")
    ('50.0%', '0.25 or more', '–')
    """
    if value is None or value == (None, None):
        return "–"
    say = _READINGS[reads]
    if not isinstance(value, tuple):
        return say(value)
    low, high = value
    if high is None:
        return gettext("{low} or more", low=say(low))
    if low is None:
        return gettext("up to {high}", high=say(high))
    return gettext("{low} to {high}", low=say(low), high=say(high))


def heading(one: Property, harm_unit: str) -> str:
    """Return what stands above a column of a property, with the unit of its values.

    Examples
    --------
    >>> from service.analyses.properties import SCORE
    >>> [heading(one, "days") for one in SCORE if one.name in ("count", "harm", "area_km2")]
    ['Incidents', 'Harm (days)', 'Area (km²)']
    """
    title = gettext(one.title)
    if one.unit in (None, SHARE):
        return title
    unit = one.unit.replace(HARM_UNIT, harm_unit).replace("km2", "km²")
    return gettext("{title} ({unit})", title=title, unit=unit)


def job_words() -> dict[str, str]:
    """Return what a page says of jobs that go on while it is read: their statuses, their run."""
    return {name: gettext(said) for name, said in _STATUSES.items()} | {
        "run": gettext("See the run")
    }


def _named(names: dict[str, str], name: str) -> str:
    return gettext(names.get(name, name))


FILTERS: Final[dict[str, Callable[..., str]]] = {
    "whole": whole,
    "harm": harm,
    "percent": percent,
    "chance": chance,
    "size": size,
    "day": day,
    "moment": moment,
    "duration": duration,
    "value": value,
    "reading": reading,
    "heading": heading,
    "class_words": lambda name: _named(_CLASSES, name),
    "reason_words": words.reason,
    "status_words": lambda name: _named(_STATUSES, name),
    "source_words": lambda name: _named(_SOURCES, name),
}
