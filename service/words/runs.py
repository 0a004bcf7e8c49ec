"""A run in plain words: what was asked, and what came of it, for feeds and pages."""

from __future__ import annotations

import re
from typing import Any, Final

from service.analyses.registry import PROCESSES
from service.analyses.study.units.kinds import kind_of
from service.store.models import AnalysisRun

_SIDES: Final = {
    "hot": "more than chance would put it",
    "cold": "less than chance would put it",
    "two-sided": "more, or less, than chance would put it",
}
_REASONS: Final = {
    "detected_by_police": "found by police activity",
    "detected_by_business": "found by businesses",
    "offence_without_weight": "offence without a weight",
    "offence_not_asked_for": "other offences than asked for",
    "reported_late": "reported too late",
}
# What XML 1.0 cannot hold, escaped or not.
_UNWRITABLE: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def reason(name: str) -> str:
    """Return why incidents were left out, in words.

    Examples
    --------
    >>> reason("reported_late"), reason("street_outside_study_area")
    ('reported too late', 'street outside study area')
    """
    return _REASONS.get(name, name.replace("_", " "))


def title(run: AnalysisRun) -> str:
    """Return a run's name, such as ``20 targets, 2025-01-01 to 2025-12-31``."""
    window = run.provenance["window"]
    return f"{headline(run)}, {window['from']} to {window['to']}"


def headline(run: AnalysisRun) -> str:
    """Return what a run found, in a few words."""
    result, form = run.result, _form(run)
    if form == "targets":
        number = result["targets"]
        return counted(number, "target", "targets") if number else "No targets"
    if form == "units":
        hot = sum(many for name, many in result["classes"].items() if name.startswith("hot"))
        return f"{counted(hot, 'hot spot', 'hot spots')} in {units_of(run, result['units'])}"
    half = next((row for row in result["shares"] if row["share_of_total"] == 0.5), None)
    if half is None:
        return f"Concentration in {units_of(run, result['units'])}"
    return f"Half of the {value_of(run)} in {half['units']:,} of {units_of(run, result['units'])}"


def question(run: AnalysisRun) -> str:
    """Return what a run was asked, as a sentence."""
    asked, form = run.parameters, _form(run)
    where = run.provenance["study_area"]["name"]
    within = f" in {tidy(where)}" if where else ""
    if form == "summary":
        return f"How few places{within} hold how much of the {value_of(run)}?"
    if asked.get("strategy") == "top":
        return f"Which places{within} hold the most {value_of(run)}?"
    gathers = "do incidents" if asked.get("value") == "count" else "does harm"
    than = _SIDES[asked["tail"]]
    than = than.replace(" it", " them") if asked.get("value") == "count" else than
    return f"Where{within} {gathers} gather {than}?"


def value_of(run: AnalysisRun) -> str:
    """Return what a run weighed: harm, or incidents."""
    return "incidents" if run.parameters.get("value") == "count" else "harm"


def unit_words(run: AnalysisRun) -> str:
    """Return the units of place of a run: ``cells of resolution 9``."""
    asked: dict[str, Any] = run.parameters
    kind = kind_of(asked)
    if kind.made_of is None:
        return f"{kind.several} of resolution {asked['resolution']}"
    return f"{kind.several} of {tidy(str(asked[kind.made_of]))}"


def units_of(run: AnalysisRun, number: int) -> str:
    """Return a number of units of a run: ``3,400 cells``."""
    kind = kind_of(run.parameters)
    return counted(number, kind.one, kind.several)


def process_title(name: str) -> str:
    """Return what people call a process."""
    return PROCESSES[name].title if name in PROCESSES else name


def counted(number: int, one: str, several: str) -> str:
    """Return a number of things.

    Examples
    --------
    >>> counted(1, "target", "targets"), counted(2000, "target", "targets")
    ('1 target', '2,000 targets')
    """
    return f"{number:,} {one if number == 1 else several}"


def tidy(text: str) -> str:
    r"""Return a text that came from outside as one line that any document can hold.

    Examples
    --------
    >>> tidy("Mill Lane\n2. Elsewhere \x1b[31m") == "Mill Lane 2. Elsewhere \ufffd[31m"
    True
    """
    return " ".join(_UNWRITABLE.sub("\ufffd", text).split())


def _form(run: AnalysisRun) -> str:
    return PROCESSES[run.process].answered_by if run.process in PROCESSES else "summary"
