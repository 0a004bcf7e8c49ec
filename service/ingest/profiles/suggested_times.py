"""How a file's times seem to be written: told from whole columns, date and clock together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from service.ingest.checks import clocks, numbered, orders, times
from service.ingest.checks.patterns import pattern, strictly
from service.ingest.profiles.likely_zones import writes_month_first, zone_of_midnights
from spatial import default_times

FORMATS: Final = (
    "iso",
    "%d/%m/%Y %H:%M", "%m/%d/%Y %H:%M", "%d/%m/%Y %H:%M:%S", "%m/%d/%Y %H:%M:%S",
    "%m/%d/%Y %I:%M:%S %p", "%d/%m/%Y %I:%M:%S %p", "%m/%d/%Y %I:%M %p", "%d/%m/%Y %I:%M %p",
    "%d/%m/%Y", "%m/%d/%Y", "%d/%m/%Y %H%M", "%m/%d/%Y %H%M", "%Y-%m-%d %H%M",
    "%d.%m.%Y %H:%M", "%d.%m.%Y %H:%M:%S", "%d.%m.%Y", "%d-%m-%Y %H:%M", "%m-%d-%Y %H:%M",
    "%d-%m-%Y %H:%M:%S", "%m-%d-%Y %H:%M:%S", "%d-%m-%Y", "%m-%d-%Y",
    "%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M", "%Y/%m/%d", "%Y-%m-%d %I:%M:%S %p",
    "%Y/%m/%d %I:%M:%S %p", "%Y-%m-%d %I:%M %p",
    "%d %b %Y %H:%M", "%d %b %Y %H:%M:%S", "%d %b %Y", "%d %B %Y", "%d %B %Y %H:%M",
    "%d-%b-%Y %H:%M", "%d-%b-%Y", "%d-%b-%y", "%b %d, %Y", "%B %d, %Y", "%b %d, %Y %I:%M %p",
    "%B %d, %Y %I:%M %p", "%b %d %Y %I:%M%p", "%b %Y", "%B %Y", "%b-%y", "%m/%Y",
    "%Y%m%d", "%Y%m%d%H%M", "%Y%m%d%H%M%S", "%Y%m",
    "%d/%m/%y %H:%M", "%m/%d/%y %H:%M", "%d/%m/%y", "%m/%d/%y", "%d.%m.%y", "%d.%m.%y %H:%M",
)  # fmt: skip
_MOSTLY: Final = 0.8
_CLOCKS: Final = ("%H:%M", "%H:%M:%S", "%I:%M %p", "%I:%M:%S %p", "%H%M", "%H%M%S")
_SOME = 300
"""About so many different times tell which formats may fit at all."""
_MOST_READ = 2_000
"""So many different times are enough to tell how those are written that no format just fits."""


@dataclass(slots=True)
class Told:
    """What can be told of the times."""

    formats: list[str] = field(default_factory=list)
    column: str | list[str] = ""
    rules: dict[str, Any] = field(default_factory=dict)
    """Further keys of ``[time]``."""
    zone: str | None = None
    """The zone of local midnights that are written in UTC."""
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Clock:
    """A column of clock times beside one of dates."""

    name: str
    values: pa.Array
    form: str


def told(
    name: str,
    values: pa.Array,
    beside: Clock | None,
    others: Sequence[pa.Array],
    place: tuple[float, float] | None,
) -> Told:
    """Tell how a column of times is written, with the clock beside it.

    Parameters
    ----------
    name, values
        The column, as trimmed text with nulls.
    beside
        The column of clock times that would be joined to it.
    others
        Other columns of times: they may tell the order of day and month that this one leaves open.
    place
        About where the incidents lie, longitude and latitude, where that is known.
    """
    made = Told(column=name)
    found = formats_of(values)
    if not found:
        made.notes.append(f"How the times in {name!r} are written could not be told: choose it.")
        return made
    form = _ordered(found, others, place, made)
    zone = zone_of_midnights(values, form, place)
    read = times.read(values, (form,), zone or "UTC")
    local = np.where(read.aware, times.to_local(read.us, zone or "UTC"), read.us)
    known = ~(read.missing | read.invalid)
    clocked = known & (read.precision <= times.HOUR)
    midnight = not (local[clocked] % times.DAY_US).any()
    if zone is not None:
        made.zone = zone
        made.notes.append(
            f"All times in {name!r} are midnight in {zone}, written in UTC: the time zone was told "
            "from that. Look at it."
        )
    if beside is not None and midnight:
        day = "%Y-%m-%d" if form == "iso" else (pattern(form).date or form)
        made.column = [name, beside.name]
        made.formats = [f"{day} {beside.form}" if form not in numbered.FORMS else form]
        read = times.read_columns([values, beside.values], made.formats, zone or "UTC")
        local, known = read.us, ~(read.missing | read.invalid)
        clocked = known & (read.precision <= times.HOUR)
    else:
        made.formats = [form]
        if midnight and clocked.sum() > 1:
            made.rules["precision"] = "day"
            made.notes.append(
                f"All times in {name!r} are midnight: they were taken as days. Is there a column "
                "of clock times beside it?"
            )
            return made
    _defaults(local[clocked & (read.precision == times.EXACT)], made)
    return made


def formats_of(values: pa.Array) -> list[str]:
    """Return the formats that fit the most values, in the order of `FORMATS`; none of few."""
    counted = values.drop_null().value_counts()
    distinct, many = counted.field("values"), np.asarray(counted.field("counts"))
    if not len(distinct):
        return []
    number = numbered.looks_like(distinct)
    if number is not None:
        return [number]
    some = slice(None, None, max(1, len(distinct) // _SOME))
    likely = [one for one in FORMATS if _fitting(distinct[some], many[some], one, strictly_by)]
    fits = {one: _fitting(distinct, many, one, strictly_by) for one in likely}
    if 2 * max(fits.values(), default=0) <= int(many.sum()):
        distinct, many = distinct[:_MOST_READ], many[:_MOST_READ]
        fits = {one: _fitting(distinct, many, one, somehow_by) for one in FORMATS}
    most = max(fits.values())
    return [one for one in fits if fits[one] == most] if 2 * most > int(many.sum()) else []


def strictly_by(values: pa.Array, form: str) -> times.Written:
    """Read times that are written just as a format says."""
    return strictly(values, pattern(form))


def somehow_by(values: pa.Array, form: str) -> times.Written:
    """Read times as a batch would."""
    return times.read(values, (form,))


def _fitting(
    values: pa.Array, many: np.ndarray, form: str, read: Callable[[pa.Array, str], times.Written]
) -> int:
    return int(many[~read(values, form).invalid].sum())


def clock_form(values: pa.Array, *, of_hours: bool) -> str | None:
    """Return how a column of clock times is written, None when it is none.

    Parameters
    ----------
    values
        Trimmed text with nulls.
    of_hours
        Whether its name says that it holds hours.
    """
    texts = values.drop_null().unique().to_pylist()
    if not texts:
        return None
    whole = [int(float(one)) for one in texts if one.replace(".0", "").isdigit()]
    if whole and 2 * len(whole) > len(texts):
        top = max(whole)
        if top <= 24:
            return "%H" if of_hours or len(whole) > 2 else None
        # One impossible clock among hours and minutes does not make seconds of them.
        if 2 * sum(one > 9_999 for one in whole) > len(whole):
            return "%H%M%S" if top <= 240_000 else None
        possible = sum(one <= 2_400 for one in whole)
        return "%H%M" if possible >= _MOSTLY * len(whole) else None
    fits = {one: int((~clocks.read(texts, one).unread).sum()) for one in _CLOCKS}
    best = max(fits, key=lambda one: fits[one])
    if 2 * fits[best] <= len(texts):
        return None
    written = pa.array(texts)
    if pc.any(pc.match_substring_regex(written, r"(?i)[ap]\.?m\.?$")).as_py():
        best = "%I:%M %p"
    seconds = pc.any(pc.match_substring_regex(written, r"\d:\d\d:\d\d")).as_py()
    return best.replace("%M", "%M:%S") if seconds and "%S" not in best else best


def _ordered(
    found: Sequence[str],
    others: Sequence[pa.Array],
    place: tuple[float, float] | None,
    made: Told,
) -> str:
    """Return the first of the formats, or the other order of day and month where that is told."""
    form = found[0]
    other = orders.swapped(form)
    if other is None or other not in found:
        return form
    for values in others:
        theirs = formats_of(values)
        if not theirs or orders.swapped(theirs[0]) in (None, *theirs):
            continue
        return form if _day_first(form) == _day_first(theirs[0]) else other
    if writes_month_first(place) and _day_first(form):
        form, other = other, form
    made.notes.append(
        f"Day and month cannot be told apart in these rows: {form} was taken, {other} would fit "
        "too."
    )
    return form


def _day_first(form: str) -> bool:
    return form.find("%d") < form.find("%m")


def _defaults(local: np.ndarray, made: Told) -> None:
    minutes = default_times.minutes_of(local.view("datetime64[us]"))
    defaults = default_times.found(minutes)
    if not defaults:
        return
    made.rules["default_clocks"] = [one.clock for one in defaults]
    share = sum(one.share for one in defaults)
    made.notes.append(
        f"{share:.0%} of the times are {' or '.join(made.rules['default_clocks'])}, far more than "
        "others like them: they seem to stand for an unknown time and were taken as days "
        "(default_clocks). Leave that out if they are true."
    )
