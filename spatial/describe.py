"""The evidence for each target: offences, trend, label and sentence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from spatial import aggregate, rounding
from spatial.incidents import midpoint
from spatial.ratios import direction

if TYPE_CHECKING:
    import pandas as pd

    from spatial.harm import Hundredths
    from spatial.targets import Positions

DOMINATED: Final = 0.5
"""Dominance above which the sentence warns that one incident makes the target."""


@dataclass(frozen=True)
class Period:
    """A window of time and its length.

    Parameters
    ----------
    start, end
        First and last day, both included.
    """

    start: pd.Timestamp
    end: pd.Timestamp

    @property
    def days(self) -> int:
        """Number of days."""
        return (self.end - self.start).days + 1

    def before(self) -> Period:
        """Return the period just before this one, of the same length.

        A period of whole calendar months is preceded by as many whole months, so that sources
        of month precision compare like with like.

        Examples
        --------
        >>> import pandas as pd
        >>> year = Period(pd.Timestamp("2019-04-01"), pd.Timestamp("2020-03-31"))
        >>> str(year.before().start.date()), year.before().days, year.days
        ('2018-04-01', 365, 366)
        """
        import pandas as pd

        day = pd.Timedelta(days=1)
        after = self.end + day
        if self.start.day == 1 and after.day == 1:
            months = (after.year - self.start.year) * 12 + after.month - self.start.month
            return Period(self.start - pd.DateOffset(months=months), self.start - day)
        return Period(self.start - pd.Timedelta(days=self.days), self.start - day)


def offence_mix(
    target: Positions, offence_code: pd.Categorical, hundredths: Hundredths, targets: int
) -> tuple[list[dict[str, int]], list[dict[str, float]]]:
    """Count incidents and sum harm by offence in each target.

    Parameters
    ----------
    target, offence_code, hundredths
        Target, offence and harm of each incident, shape (n,).
    targets
        Number of targets.

    Returns
    -------
    counts, harms
        One mapping per target, the greatest first, ties by code.
    """
    kinds = len(offence_code.categories)
    codes = offence_code.codes.astype(np.intp)
    table = aggregate.by_unit(target * kinds + codes, hundredths, targets * kinds)
    counts = table["count"].to_numpy().reshape(targets, kinds)
    harms = table["harm"].to_numpy().reshape(targets, kinds)
    names = [str(code) for code in offence_code.categories]

    def ranked(row: NDArray[Any], present: NDArray[np.bool_]) -> dict[str, Any]:
        order = sorted(np.flatnonzero(present), key=lambda i: (-row[i], names[i]))
        return {names[i]: row[i].item() for i in order}

    return (
        [ranked(row, row > 0) for row in counts],
        [ranked(row, many > 0) for row, many in zip(harms, counts, strict=True)],
    )


def label(location_text: pd.Series[str], fallback: str) -> str:
    """Return the place name that most of a target's incidents carry.

    Ties are settled by alphabet, so that the order of incidents never matters.
    """
    named = location_text[location_text.notna() & (location_text.astype(str) != "")]
    if named.empty:
        return fallback
    counts = named.astype(str).value_counts()
    return str(min(counts.index[counts == counts.max()]))


def note(
    evidence: dict[str, Any],
    *,
    harm_unit: str,
    offence_names: Mapping[str, str] | None = None,
    at_default_times: int = 0,
    outlook: str | None = None,
    cautions: Sequence[str] = (),
    alpha: float = 0.05,
) -> str:
    """Say in plain words why a place is a target, and what to be careful about.

    Parameters
    ----------
    evidence
        The target's properties: `count`, `harm`, `harm_share`, `class`, `q_min`,
        `harm_by_offence`, `dominance`, `trend`, `peak`, `shared_point`, and `length_m` of a chain
        of streets.
    harm_unit
        Unit of harm, e.g. ``days``.
    offence_names
        What people call the offence codes; a code without a name stands for itself.
    at_default_times
        How many of its incidents have a clock time that stands for an unknown one.
    outlook
        What is expected of it, a whole sentence (`spatial.outlook`).
    cautions
        Further sentences of caution, each a whole sentence.
    alpha
        Greatest q of surroundings that stand out: those of class ``hot_90`` may not.
    """
    count = evidence["count"]
    many = "incident" if count == 1 else "incidents"
    extent = (
        f" on {rounding.decimals(evidence['length_m'])} m of street"
        if "length_m" in evidence
        else ""
    )
    says = [
        f"{count:,} {many} with a harm of {rounding.harm(evidence['harm'])} {harm_unit}{extent}, "
        f"{rounding.percent(evidence['harm_share'])} of the study area's."
    ]
    leading = next(iter(evidence["harm_by_offence"].items()), None)
    if leading and evidence["harm"] > 0:
        offence = (offence_names or {}).get(leading[0], leading[0])
        offence = offence[:1].lower() + offence[1:]
        share = leading[1] / evidence["harm"]
        part = "Most" if share > 0.5 else "The largest part"
        says.append(f"{part} of it is {offence} ({rounding.percent(share, 0)}).")
    if outlook is not None:
        says.append(outlook)
    # At a level beyond the widest class, the sign of z alone tells what is hot.
    warm = evidence["class"].startswith("hot") or (
        evidence["class"] == "not_significant" and evidence.get("z_max", 0.0) > 0
    )
    if not (warm and evidence["q_min"] <= alpha):
        how = (
            "Nothing stands out around it"
            if evidence.get("basis") == "own"
            else "It is listed by rank alone"
        )
        says.append(f"{how}: its neighbours hold nothing unusual.")
    else:
        q = rounding.figures(evidence["q_min"], 2)
        says.append(f"Its surroundings hold more than chance would put there (q = {q}).")
    trend = evidence.get("trend")
    if trend and trend["ratio"] is not None:
        then = trend["previous_count"]
        says.append(
            f"Against the window before: {direction(trend['interval']) or 'no clear change'} "
            f"({then:,} {'incident' if then == 1 else 'incidents'} then, {count:,} now)."
        )
    when = evidence.get("peak")
    if when and when["windows"]:
        best = when["windows"][0]
        says.append(
            f"Busiest two hours: {best['day']} {best['start']}-{best['end']} "
            f"({best['count']} of {when['incidents']})."
        )
    elif evidence.get("peak_reason") == "no_clear_peak" and count:
        says.append("No hours of the week stand out from chance.")
    if at_default_times:
        says.append(
            f"{at_default_times:,} of the {count:,} have a time that stands for an unknown one, "
            "and are in no hour."
        )
    if evidence["dominance"] > DOMINATED and count > 1:
        share = rounding.percent(evidence["dominance"], 0)
        says.append(f"Caution: a single incident makes up {share} of the harm.")
    point = evidence.get("shared_point")
    if point:
        of_count, of_harm = (
            rounding.percent(point[name], 0) for name in ("count_share", "harm_share")
        )
        says.append(
            f"Caution: {point['incidents']:,} of its incidents ({of_count}, with {of_harm} of the "
            "harm) are at exactly one point, "
            f"{point['latitude']:.5f}, {point['longitude']:.5f}, as default geocodes and "
            "anonymised points are: they need not have happened there."
        )
    return " ".join([*says, *cautions])


def local_times(incidents: pd.DataFrame) -> pd.DatetimeIndex:
    """Return the middle of each incident's span on its own place's clock, without zone.

    Parameters
    ----------
    incidents
        Incidents, n rows, with the IANA `time_zone` of each one's source.
    """
    import pandas as pd

    time_zone = pd.Categorical(incidents["time_zone"])
    middle = pd.DatetimeIndex(midpoint(incidents))
    local = np.empty(len(incidents), dtype="datetime64[us]")
    for code, zone in enumerate(time_zone.categories):
        at = np.flatnonzero(time_zone.codes == code)
        local[at] = middle[at].tz_convert(str(zone)).tz_localize(None).to_numpy()
    return pd.DatetimeIndex(local)
