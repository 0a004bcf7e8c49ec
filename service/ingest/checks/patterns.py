"""The formats of a profile's times: what each says of date and clock, and reading by one."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from service.ingest.checks import numbered
from service.ingest.checks.written import DAY, EXACT, HOUR, MONTH, Written

if TYPE_CHECKING:
    import pandas as pd

_ZONE = r"(?:[Zz]|(?:\+(?:0\d|1[0-3])|-(?:0\d|1[01]))(?::?[0-5]\d)?|(?:\+14|-12)(?::?00)?)"
"""What clocks are ahead of UTC, from -12:00 to +14:00."""
_NO_ZONE = (
    r"(?:[+-](?:1[5-9]|[2-9]\d|\d\d:?[6-9]\d)[\d:]*|-1[34][\d:]*|"
    r"(?:\+14|-12):?(?:0[1-9]|[1-9]\d)[\d:]*)"
)
_CLOCK = r"(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,9})?)?"
_ISO = (
    (MONTH, False, r"^\d{4}-\d\d$"),
    (DAY, False, r"^\d{4}-\d\d-\d\d$"),
    (HOUR, False, r"^\d{4}-\d\d-\d\d[Tt ](?:[01]\d|2[0-3])$"),
    (EXACT, False, rf"^\d{{4}}-\d\d-\d\d[Tt ]{_CLOCK}$"),
    (EXACT, True, rf"^\d{{4}}-\d\d-\d\d[Tt ]{_CLOCK} ?{_ZONE}$"),
)
_FINE = re.compile(r"%[MSfTXRcs]")
_CLOCK_BEGINS = re.compile(r"%[HIMSfpTRXzZ]")
_OF_DATES = re.compile(r"%[YymbBdjeDFxcaAUWVGu]")
_DIRECTIVE = re.compile(r"%(.)")
_WIDTHS = {"Y": 4, "y": 2, "m": 2, "d": 2, "H": 2, "I": 2, "M": 2, "S": 2, "j": 3}


@dataclass(frozen=True, slots=True)
class Pattern:
    """A format of a profile."""

    form: str
    precision: int
    aware: bool
    date: str | None
    """The part of the date; None where the clock does not simply follow it."""
    clock: str
    widths: str | None
    """What digits must look like where nothing parts them: 130 is not 13 and 0."""
    no_zone: str | None = None
    """What times with an offset look like that no clock has; None where none is written."""

    @property
    def words_of_date(self) -> int:
        """How many words a date has."""
        return len((self.date or "").split())


@lru_cache(maxsize=256)
def pattern(form: str) -> Pattern:
    """Return what a format says."""
    form = form.replace("%Z", "").strip()
    if form == "iso" or form in numbered.FORMS:
        return Pattern(form, EXACT, aware=False, date=form, clock="", widths=None)
    begins = _CLOCK_BEGINS.search(form)
    date, clock = (form, "") if begins is None else (form[: begins.start()], form[begins.start() :])
    apart = bool(date.strip()) and not _OF_DATES.search(clock)
    return Pattern(
        form,
        _precision(form),
        aware="%z" in form,
        date=date.strip(" T,-_").removesuffix(" at") if apart else None,
        clock=clock,
        widths=_widths(form),
        no_zone=_without_zone(form) if "%z" in form else None,
    )


def strictly(values: pa.Array, by: Pattern) -> Written:
    """Read times that are written just as a format says; the others stay invalid."""
    found = Written.nothing(len(values))
    if by.form in numbered.FORMS:
        return numbered.read(values, by.form)
    for kind, aware, candidates in _attempts(values, by):
        us, fits = _parsed(values, by.form, aware, candidates)
        found.us[fits], found.aware[fits], found.precision[fits] = us, aware, kind
        found.invalid[fits] = False
    return found


def _attempts(values: pa.Array, by: Pattern) -> list[tuple[int, bool, np.ndarray]]:
    left = np.asarray(values.is_valid())
    if by.form != "iso":
        if by.widths is not None:
            left &= _matching(values, by.widths)
        if by.no_zone is not None:
            left &= ~_matching(values, by.no_zone)
        return [(by.precision, by.aware, left)] if left.any() else []
    attempts = []
    for kind, aware, written in reversed(_ISO):
        rows = left & _matching(values, written)
        if rows.any():
            attempts.append((kind, aware, rows))
            left &= ~rows
        if not left.any():
            break
    return attempts


def _matching(values: pa.Array, written: str) -> np.ndarray:
    matches = pc.fill_null(pc.match_substring_regex(values, written), False)
    return np.asarray(matches.to_numpy(zero_copy_only=False))


def _precision(form: str) -> int:
    if _FINE.search(form):
        return EXACT
    if re.search(r"%[HI]", form):
        return HOUR
    return DAY if re.search(r"%[djxDFe]", form) else MONTH


def _widths(form: str) -> str | None:
    """Return the look of a format whose digits stand side by side, None where none do."""
    if not re.search(r"%[YymdHIMSj]%[YymdHIMSj]", form):
        return None
    looks, reached = [], 0
    for directive in _DIRECTIVE.finditer(form):
        looks.append(re.escape(form[reached : directive.start()]))
        looks.append(_look(form, directive))
        reached = directive.end()
    return "^" + "".join([*looks, re.escape(form[reached:])]) + "$"


def _without_zone(form: str) -> str:
    """Return the look of a format with an offset that no clock has."""
    parts = re.split(r"(%.)", form)
    looks = [re.escape(one) if at % 2 == 0 else ".+?" for at, one in enumerate(parts)]
    looks[parts.index("%z")] = _NO_ZONE
    return "^" + "".join(looks) + "$"


def _look(form: str, directive: re.Match[str]) -> str:
    width = _WIDTHS.get(directive[1])
    if width is None:
        return ".+?"
    beside = form[directive.start() - 2 : directive.start()], form[directive.end() :][:2]
    packed = any(one[:1] == "%" and one[1:] in _WIDTHS for one in beside)
    return rf"\d{{{width}}}" if packed or width == 4 else rf"\d{{1,{width}}}"


def _parsed(
    values: pa.Array, form: str, aware: bool, candidates: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the times of those candidates that the format fits, and which these are."""
    import pandas as pd  # a second of start-up that a server without uploads does without

    wanted = values if candidates.all() else values.filter(pa.array(candidates))
    fast = _arrow_iso(wanted, aware) if form == "iso" else None
    if fast is not None:
        return fast, candidates
    # Few times are written once only: a month or a day often, a second in a year sometimes.
    coded = wanted.dictionary_encode()
    texts = coded.dictionary.to_pandas().astype(object)
    by = "ISO8601" if form == "iso" else form
    moments = pd.DatetimeIndex(pd.to_datetime(texts, format=by, errors="coerce", utc=aware))
    good = np.asarray(moments.notna())
    us = np.where(good, _microseconds(moments), 0)
    codes = coded.indices.to_numpy(zero_copy_only=False)
    fits = candidates.copy()
    fits[candidates] = good[codes]
    return us[codes][good[codes]], fits


def _arrow_iso(values: pa.Array, aware: bool) -> np.ndarray | None:
    """Read ISO times ten times as fast, as long as every single one of them exists."""
    kind = pa.timestamp("us", "UTC") if aware else pa.timestamp("us")
    try:
        return np.asarray(pc.cast(pc.cast(values, kind), pa.int64()))
    except pa.ArrowInvalid:
        return None


def _microseconds(index: pd.DatetimeIndex) -> np.ndarray:
    return np.asarray(index.as_unit("us").asi8)
