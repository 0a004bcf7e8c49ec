"""What is odd about the incidents of a window, source by source, that its targets rest on."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from spatial import describe, drift, rounding
from spatial.default_times import found, minutes_of
from spatial.drift import FEWEST, Tally

if TYPE_CHECKING:
    from spatial.describe import Period

COARSE: Final = (
    "Caution: most of its incidents have coordinates of three decimals or fewer, which is 100 m or "
    "worse: they may belong to a place beside it."
)
"""Said of a target."""

_COARSE_STEPS: Final = 1000
_ROUNDED: Final = 1e-6
_MANY: Final = 0.2
_LARGE_POINT: Final = 0.05
_LATEST_MONTHS: Final = 3
_STEP: Final = 1e-7
_NAMED: Final = 5


def cautions(incidents: pd.DataFrame, window: Period) -> list[str]:
    """Return what every reader of a run should know of the sources of its window.

    Parameters
    ----------
    incidents
        All incidents of the window, as they were read.
    window
        Its first and last day.

    Returns
    -------
    list of str
        Sentences, of each source in turn; mostly none. The quality report of a source tells more.
    """
    local = describe.local_times(incidents)
    rough = coarse(incidents)
    sources = pd.Categorical(incidents["source"])
    told = []
    for code, source in enumerate(sources.categories):
        at = np.flatnonzero(sources.codes == code)
        if len(at) < FEWEST:
            continue
        of = incidents.iloc[at]
        says = [
            *_default_times(of, local[at]),
            *_places(of, rough[at]),
            *_drift(of, local[at], window),
        ]
        told += [f"Source {source}: {one}" for one in says]
    return told


def coarse(incidents: pd.DataFrame) -> NDArray[np.bool_]:
    """Tell which incidents have coordinates of three decimals or fewer, shape (n,)."""
    rough = np.ones(len(incidents), dtype=bool)
    for name in ("longitude", "latitude"):
        steps = incidents[name].to_numpy() * _COARSE_STEPS
        rough &= np.abs(steps - np.rint(steps)) < _ROUNDED
    return rough


def _default_times(of: pd.DataFrame, local: pd.DatetimeIndex) -> list[str]:
    instant = of["occurred_from"] == of["occurred_to"]
    exact = ((of["time_precision"] == "exact") & instant).to_numpy(dtype=bool)
    defaults = found(minutes_of(local[exact].to_numpy())) if exact.any() else []
    if not defaults:
        return []
    share = rounding.percent(sum(one.share for one in defaults), 0)
    clocks = ", ".join(one.clock for one in defaults)
    return [f"{share} of the exact times are {clocks}, which stand for an unknown time."]


def _places(of: pd.DataFrame, rough: NDArray[np.bool_]) -> list[str]:
    says = []
    many = int(rough.sum())
    if many >= FEWEST and many > _MANY * len(of):
        share = rounding.percent(many / len(of), 0)
        says.append(
            f"the coordinates of {share} of the incidents have three decimals or fewer, which is "
            "100 m or worse."
        )
    longitude, latitude = of["longitude"].to_numpy(), of["latitude"].to_numpy()
    x, y = (np.rint(one / _STEP).astype(np.int64) for one in (longitude, latitude))
    points = pd.Series(x * 2**32 + y).value_counts()
    most = int(points.iloc[0])
    if most >= FEWEST and most >= _LARGE_POINT * len(of):
        at = int(np.flatnonzero(x * 2**32 + y == points.index[points == most].min())[0])
        share = rounding.percent(most / len(of), 0)
        says.append(
            f"{share} of the incidents lie on one point, {latitude[at]:.5f}, "
            f"{longitude[at]:.5f}, as default geocodes and anonymised points do."
        )
    return says


def _drift(of: pd.DataFrame, local: pd.DatetimeIndex, window: Period) -> list[str]:
    months = local.to_numpy().astype("datetime64[M]")
    offences = of["offence_code"].astype(str).to_numpy()
    counted = pd.DataFrame({"month": months.astype(str), "offence": offences})
    counts = counted.groupby(["month", "offence"]).size().reset_index(name="incidents")
    groups = [
        (dt.date.fromisoformat(f"{month}-01"), str(offence), int(many))
        for month, offence, many in counts.itertuples(index=False)
    ]
    every, before, latest = Tally(), Tally(), Tally()
    first, last = _whole_months(window)
    whole = sorted({month for month, _, _ in groups if first <= month <= last})
    late = set(whole[-_LATEST_MONTHS:]) if len(whole) > 2 * _LATEST_MONTHS else set()
    for month, offence, many in sorted(groups):
        every.add(month, offence, many)
        (latest if month in late else before).add(month, offence, many)
    says = []
    thin = drift.thin_months(every.months, first, last) if first <= last else []
    if thin:
        named = ", ".join(f"{one.month:%Y-%m} ({one.incidents:,})" for one in thin[:_NAMED])
        more = f" and {len(thin) - _NAMED} more" if len(thin) > _NAMED else ""
        says.append(
            f"months with far fewer incidents than the usual {thin[0].usual:,.0f}: {named}{more}. "
            "Are their files complete?"
        )
    gone = drift.gone(latest, before)
    if gone:
        named = ", ".join(f"{one.code} ({one.incidents:,} before)" for one in gone[:_NAMED])
        says.append(
            f"offences of which the last {_LATEST_MONTHS} months have none: {named}. Were they "
            "renamed, or left out?"
        )
    return says


def _whole_months(window: Period) -> tuple[dt.date, dt.date]:
    """Return the first and the last month that are whole in a window."""
    start, after = window.start.date(), window.end.date() + dt.timedelta(days=1)
    first = start if start.day == 1 else (start.replace(day=1) + dt.timedelta(days=32))
    last = after.replace(day=1) - dt.timedelta(days=1)
    return first.replace(day=1), last.replace(day=1)
