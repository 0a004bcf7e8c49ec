"""What can be compared of two runs of targets, and what readers are warned of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from service.analyses import registry
from service.store import models
from spatial.describe import Period

_COUNTED: Final = {
    "offences": "offences",
    "detections": "detections",
    "max_report_delay_days": "rule on late reports",
    "place_precision": "rule on places by address",
}
"""Parameters that decide which incidents count, in words."""

_BEFORE: Final = {"place_precision": "street"}
"""What runs did that were made before there was the parameter."""


@dataclass(frozen=True)
class Comparability:
    """What can be compared of two runs.

    Parameters
    ----------
    alike
        Whether harm and numbers of incidents mean the same in both.
    independent
        Whether no day is in both windows, so that ratios have an interval.
    by_count
        Whether the later list ranks by counts, so that these decide what changed.
    cautions
        Sentences that every reader of the comparison should see.
    """

    alike: bool
    independent: bool
    by_count: bool
    cautions: tuple[str, ...]


def of(earlier: models.AnalysisRun, later: models.AnalysisRun) -> Comparability:
    """Return what can be compared of two runs.

    Parameters
    ----------
    earlier, later
        Runs of targets on the same places.
    """
    cautions = []
    index, index_before = (
        f"{run.provenance['harm_index']['name']}@{run.provenance['harm_index']['version']}"
        for run in (later, earlier)
    )
    if index != index_before:
        cautions.append(
            f"The harm indexes differ ({index_before} before, {index} now): harm and counts cannot "
            "be compared, only ranks."
        )
    differ = [
        words for name, words in _COUNTED.items() if _asked(earlier, name) != _asked(later, name)
    ]
    if earlier.provenance["sources"] != later.provenance["sources"]:
        differ.append("sources")
    if differ:
        cautions.append(
            f"The runs differ in {', '.join(differ)}: they do not count the same kind of incident, "
            "and only ranks can be compared."
        )
    value, value_before = (run.parameters.get("value", "harm") for run in (later, earlier))
    if value != value_before:
        cautions.append(
            f"One list ranks by {value_before}, the other by {value}: a move in rank may be due to "
            "that alone."
        )
    if earlier.process != later.process:
        title, title_before = (registry.of(run).title for run in (later, earlier))
        cautions.append(
            f"The lists were chosen in different ways ({title_before} before, {title} now): a "
            "move in rank may be due to that alone."
        )
    areas = [run.provenance["study_area"] for run in (earlier, later)]
    if (areas[0]["name"], areas[0]["version"]) != (areas[1]["name"], areas[1]["version"]):
        cautions.append(
            "The study areas differ: a place outside one of them is new or gone for that reason, "
            "and has no numbers there."
        )
    now, before = window(later), window(earlier)
    independent = before.end < now.start or now.end < before.start
    if not independent:
        cautions.append(
            "The windows overlap: incidents of the days in both are counted twice, so that no "
            "change can be told from chance."
        )
    elif now.end < before.start:
        cautions.append("The run that is taken for the earlier one has the later window.")
    if now.days != before.days:
        cautions.append(
            f"The windows differ in length ({before.days:,} days before, {now.days:,} now): "
            "counts and harm are totals, changes are told by the day. In a shorter window fewer "
            "places stand out from chance, so one may leave the list for that alone."
        )
    alike = index == index_before and not differ
    return Comparability(alike, independent, value == "count", tuple(cautions))


def _asked(run: models.AnalysisRun, name: str) -> Any:
    value = run.parameters.get(name, _BEFORE.get(name))
    return sorted(value) if isinstance(value, list) else value


def window(run: models.AnalysisRun) -> Period:
    """Return the window of a run."""
    import pandas as pd

    about = run.provenance["window"]
    return Period(pd.Timestamp(about["from"]), pd.Timestamp(about["to"]))
