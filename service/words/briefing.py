"""How a briefing says things: the window in words, a trend, hours, marks that survive a copier."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any, Final

from service.store.models import AnalysisRun
from service.words import answers
from service.words import runs as words
from service.words.catalogue import gettext, gettext_noop, ngettext
from service.words.saying import harm, percent, size
from spatial import rounding
from spatial.describe import DOMINATED
from spatial.ratios import direction

MARKS: Final = {
    "hot_99": "●●●",
    "hot_95": "●●○",
    "hot_90": "●○○",
    "not_significant": "○○○",
    "cold_90": "▼▽▽",
    "cold_95": "▼▼▽",
    "cold_99": "▼▼▼",
}
"""A sign for each class, which says the same in black and white."""

MONTHS: Final = (
    gettext_noop("January"),
    gettext_noop("February"),
    gettext_noop("March"),
    gettext_noop("April"),
    gettext_noop("May"),
    gettext_noop("June"),
    gettext_noop("July"),
    gettext_noop("August"),
    gettext_noop("September"),
    gettext_noop("October"),
    gettext_noop("November"),
    gettext_noop("December"),
)

_ELLIPSIS: Final = "…"
_TOLD: Final = {"harm", "count", "units", "targets", "harm_share"}
"""What the result of a run of targets tells; others are told by the headline of their analysis."""


def long_day(iso: str) -> str:
    """Return a date in words.

    Examples
    --------
    >>> long_day("2025-03-03")
    '3 March 2025'
    """
    day = dt.date.fromisoformat(iso)
    return f"{day.day} {gettext(MONTHS[day.month - 1])} {day.year}"


def window(run: AnalysisRun) -> str:
    """Return a run's window, such as ``1 January 2025 to 31 December 2025 (365 days)``."""
    asked = run.provenance["window"]
    return gettext(
        "{first} to {last} ({days})",
        first=long_day(asked["from"]),
        last=long_day(asked["to"]),
        days=ngettext("{number} day", "{number} days", asked["days"]),
    )


def study_area(run: AnalysisRun) -> str:
    """Return the name of a run's study area."""
    name = run.provenance["study_area"]["name"]
    return shortened(name, 90) if name else gettext("Where incidents were recorded")


def found(run: AnalysisRun, targets: Sequence[dict[str, Any]]) -> str:
    """Return what a run found, as a sentence."""
    result, unit = run.result, run.provenance["harm_index"]["unit"]
    if not result.keys() >= _TOLD:
        return gettext("{headline}.", headline=answers.headline(run))
    told = {
        "harm": harm(result["harm"]),
        "unit": unit,
        "incidents": ngettext("{number} incident", "{number} incidents", result["count"]),
    }
    if not targets:
        return gettext(
            "No target among {units} that hold the {harm} {unit} of harm that {incidents} did.",
            units=words.units_of(run, result["units"]),
            **told,
        )
    measure = next((name for name in ("area_km2", "length_m") if name in result), None)
    extent = f" ({size({measure: result[measure]})})" if measure else ""
    return ngettext(
        "{number} target{extent} holds {share} of the {harm} {unit} of harm that {incidents} did.",
        "{number} targets{extent} hold {share} of the {harm} {unit} of harm that {incidents} did.",
        result["targets"],
        extent=extent,
        share=percent(result["harm_share"]),
        **told,
    )


def trend(target: dict[str, Any]) -> str:
    """Return how a target stands against the window before.

    Examples
    --------
    >>> trend({"trend": {"ratio": 1.5, "interval": [1.1, 2.0], "previous_count": 20}})
    '▲ from 20'
    >>> trend({"trend": {"ratio": 1.5, "interval": [0.8, 2.0], "previous_count": 20}})
    '± from 20'
    >>> trend({"trend": None})
    'not known'
    """
    about = target.get("trend")
    if about is None:
        return gettext("not known")
    before = gettext("from {before}", before=f"{about['previous_count']:,}")
    if about["ratio"] is None:
        return before
    sign = {"up": "▲", "down": "▼", None: "±"}[direction(about["interval"])]
    return f"{sign} {before}"


def peaks(target: dict[str, Any]) -> list[str]:
    """Return the busiest two hours of a target, the busiest first; none where none stand out.

    Examples
    --------
    >>> peaks({"peak": {"windows": [{"day": "Fri", "start": "22:00", "end": "00:00"}]}})
    ['Fri 22–24']
    """
    about = target.get("peak")
    if not about:
        return []
    return [f"{one['day']} {one['start'][:2]}–{_end(one['end'])}" for one in about["windows"]]


def no_peak(target: dict[str, Any]) -> str:
    """Return what stands where peak hours would, if there are none to tell.

    Examples
    --------
    >>> no_peak({"peak": None, "peak_reason": "no_clear_peak"}), no_peak({"peak": None})
    ('no clear peak', 'not known')
    """
    if target.get("peak_reason") == "no_clear_peak":
        return gettext("no clear peak")
    if target.get("peak_reason") == "default_times":
        return gettext("default times")
    return gettext("not known")


def cautions(target: dict[str, Any]) -> list[str]:
    """Return what to be careful about at a target, each a sentence.

    What is not known, such as a trend, is said where it would stand.

    Examples
    --------
    Whatever ranks a list: of one by the window's total nothing need be expected.

    >>> cautions({"count": 4, "basis": "none"})
    ['Chance can explain what it held: nothing but its rank speaks for it.']
    """
    says = []
    if target["count"] == 1:
        says.append(gettext("It rests on one incident."))
    elif target.get("dominance", 0) > DOMINATED:
        share = rounding.percent(target["dominance"], 0)
        says.append(gettext("A single incident makes up {share} of its harm.", share=share))
    if target.get("basis") == "none":
        says.append(gettext("Chance can explain what it held: nothing but its rank speaks for it."))
    elif target.get("class") == "not_significant" and target.get("basis") != "own":
        says.append(gettext("It is listed by rank alone: its neighbours hold nothing unusual."))
    point = target.get("shared_point")
    if point:
        says.append(
            gettext(
                "{share} of its incidents are at exactly one point, as default geocodes and "
                "anonymised points are: they need not have happened there.",
                share=percent(point["count_share"]),
            )
        )
    return says


def shortened(text: str, most: int) -> str:
    """Return a text as one line, cut where it is longer than there is room for.

    Examples
    --------
    >>> shortened("Mill Lane", 20), shortened("On or near Mill Lane", 12)
    ('Mill Lane', 'On or near…')
    """
    line = words.tidy(text)
    return line if len(line) <= most else line[: most - 1].rstrip() + _ELLIPSIS


def _end(clock: str) -> str:
    return "24" if clock[:2] == "00" else clock[:2]
