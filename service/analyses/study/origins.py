"""The origins of a backtest on the units of a study: what was known then, and what is chosen."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from service.analyses.contract import Context
from service.analyses.estimate import FIRST_DAY
from service.analyses.study import recording
from service.analyses.study.choosing import choose, excluded_of
from service.analyses.study.held import Earlier, days_of, earlier, together
from service.analyses.study.hot_spots import Scored, scored
from service.analyses.study.ranking import Ground, Held, Outlook, expect, rank
from service.analyses.study.standing import hot_q
from service.analyses.study.study import Study, prepare
from service.analyses.study.units.base import Units
from service.analyses.study.units.making import make
from service.store.repository import incidents as stored
from spatial import aggregate, antimeridian, backtest, baselines
from spatial import describe as evidence
from spatial.backtest import Judged, Origin, Score, day_of
from spatial.beginnings import first_day
from spatial.cube import Cube
from spatial.errors import DegenerateInputError
from spatial.harm import from_hundredths
from spatial.recorded import whole_months
from spatial.series import all_months, mostly_months

if TYPE_CHECKING:
    from service.analyses.backtest import BacktestParams
    from service.analyses.study.params import AnalysisParams
    from service.analyses.targets_params import TargetsParams
    from spatial.targets import Selection

TWO_YEARS = 24
"""Months of the longer window that a plain rule sorts by."""

SLIVER: Final = 1e-6
"""Part of a unit that it is judged by at least, where its edge alone lies in the study area."""


@dataclass(frozen=True, eq=False)
class Past:
    """All incidents held up to the end of a window, on the units of a study.

    Parameters
    ----------
    study
        The window's own, with its units and what is told of it.
    before
        What was before the window.
    held
        The incidents.
    ground
        The units on which they fall.
    excluded
        Units that must not be part of a target, shape (N,); None: all may.
    """

    study: Study
    before: Earlier
    held: Held
    ground: Ground
    excluded: NDArray[np.bool_] | None = None

    @property
    def cube(self) -> Cube:
        """All incidents, by unit, day and offence."""
        return self.held.cube

    @property
    def weight(self) -> NDArray[np.float64]:
        """What each offence code of the cube weighs, in the index's unit."""
        return from_hundredths(self.held.weight)

    @property
    def months(self) -> bool:
        """Whether most times are known to the month only."""
        return self.held.months

    def at(self, origin: Origin) -> Study:
        """Return the study as it stood at an origin: its window, and nothing later."""
        held = self.held
        within = held.within(origin.first, origin.last)
        position, hundredths = held.position[within], held.hundredths[within]
        return replace(
            self.study,
            totals=aggregate.by_unit(position, hundredths, len(self.study.units)),
            incidents=self.study.incidents.iloc[:0],
            position=position,
            hundredths=hundredths,
        )


@dataclass(frozen=True)
class Backtested:
    """A backtest, and what there is to say of how it went.

    Parameters
    ----------
    past
        What it was made on.
    judged
        What the list and plain rules caught.
    refused
        Why there could be no list at some origins, by the origin's place among them.
    warnings
        What readers should know of how its history was recorded.
    bandwidth_m
        Reach of the kernel density.
    """

    past: Past
    judged: Judged
    refused: dict[int, str]
    warnings: list[str]
    bandwidth_m: float


def judge(context: Context, params: BacktestParams) -> Backtested:
    """Choose the list of some parameters at each origin, and judge it on what came after.

    Raises
    ------
    DegenerateInputError
        When there are fewer than six origins, or no list at any of them.
    """
    past = _read(context, params)
    at = origins_of(params, past.held)
    context.progress(0.3, "choosing lists as of then")
    refused: dict[int, DegenerateInputError] = {}

    def choose(known: Cube, origin: Origin) -> NDArray[np.bool_]:
        try:
            chosen = chosen_at(past, origin, params).selection
            return chosen.target_of(known.units) >= 0
        except DegenerateInputError as error:
            refused[at.index(origin)] = error
            return np.zeros(known.units, dtype=bool)

    rules, bandwidth = _rules(past, params)
    judged = backtest.judge(
        past.cube,
        past.weight,
        _judged_size(past.study.units),
        at,
        choose,
        rules,
        lambda done: context.progress(0.3 + 0.55 * done / len(at), "choosing lists as of then"),
    )
    if len(refused) == len(at):
        raise refused[len(at) - 1]
    told = {place: error.message for place, error in refused.items()}
    known = recording.cautions(params, past.study, past.before, past.held, at)
    return Backtested(past, judged, told, known, bandwidth)


def _judged_size(units: Units) -> NDArray[np.float64]:
    """Return how much of the study area each unit is, shape (N,), a sliver at least.

    A unit that its edge cuts is judged by what lies inside, where its incidents do; without an
    outline, by all of it.
    """
    inside = units.inside
    if inside is None or not inside.sum() > 0:
        return units.size
    return np.maximum(inside, SLIVER * units.size)


@dataclass(frozen=True, eq=False)
class Chosen:
    """A list, and by what its units were ranked.

    Parameters
    ----------
    selection
        The targets.
    score
        What ranks each unit, shape (N,).
    """

    selection: Selection
    score: NDArray[np.float64]


def chosen_at(past: Past, origin: Origin, params: TargetsParams) -> Chosen:
    """Choose the list of some parameters as it would have been at an origin."""
    study, held, ground = past.at(origin), past.held, past.ground
    total = study.totals[params.value].to_numpy(dtype=np.float64)
    if params.strategy == "expected" and params.require == "none":
        # Neither what surrounds a unit nor what chance puts there chooses it.
        plain = Scored(study, study.totals, ground.near, {})
        outlook = expect(held, ground, origin.last)
        chosen = choose(plain, params, outlook, excluded=past.excluded)
        return Chosen(chosen, _score(params, outlook, total))
    tested = scored(study, params, lambda _share, _message: None)
    known = rank(
        held,
        ground,
        origin.first,
        origin.last,
        alpha=params.alpha,
        q_neighbourhood=hot_q(tested),
        by=params.value,
    )
    chosen = choose(tested, params, known.outlook, known.basis, past.excluded)
    return Chosen(chosen, _score(params, known.outlook, total))


def _score(
    params: TargetsParams, outlook: Outlook, total: NDArray[np.float64]
) -> NDArray[np.float64]:
    if params.strategy != "expected" or outlook.forecast is None:
        return total
    return outlook.harm if params.value == "harm" else outlook.count


def _rules(past: Past, params: BacktestParams) -> tuple[dict[str, Score], float]:
    """Return the plain rules, and the bandwidth of the kernel density among them."""
    weight = past.weight if params.value == "harm" else np.ones(len(past.weight))
    middle = antimeridian.centres(past.study.units.shapes)
    reach = baselines.bandwidth_m(middle[:, 0], middle[:, 1])
    spread = baselines.kernel(middle[:, 0], middle[:, 1], reach)

    def two_years(known: Cube, origin: Origin) -> NDArray[np.float64]:
        first = backtest.months_before(origin.last + 1, TWO_YEARS)
        return baselines.harm(known, weight, first, origin.last)

    def density(known: Cube, origin: Origin) -> NDArray[np.float64]:
        held = baselines.harm(known, weight, origin.first, origin.last)
        return baselines.density(held, spread)

    rules: dict[str, Score] = {
        "window_harm": lambda known, origin: baselines.harm(
            known, past.weight, origin.first, origin.last
        ),
        "window_count": lambda known, origin: baselines.count(known, origin.first, origin.last),
        "two_years": two_years,
        "memory": lambda known, origin: baselines.memory(known, weight, origin.last),
        "kernel_density": density,
        "random": lambda known, _origin: baselines.at_random(known.units),
    }
    return rules, reach


def _read(context: Context, params: BacktestParams) -> Past:
    """Read all that is held up to the end of the window, on units that the first origin knew.

    Where no study area says which units there are, places that saw their first incident later are
    unseen at all origins alike: units made of the whole window would tell the first origins where
    incidents were to come.
    """
    context.progress(0.05, "reading and weighing incidents")
    question = context.question
    if question.area is not None:
        return read(context, params)[0]
    every = stored.read_window(
        context.session, question.snapshot, FIRST_DAY, params.end, question.zones
    )
    known, day = every, days_of(evidence.local_times(every))
    if len(every):  # none has a refusal of its own
        by_month = every["time_precision"]
        first = _origins(params, day, mostly_months(by_month), all_months(by_month))[0]
        known = every[day <= first.last]
    units = make(context.session, question, params, known)
    before = day < day_of(params.start)
    return read(context, params, units, (every[before], every[~before]))[0]


def read(
    context: Context,
    params: TargetsParams,
    units: Units | None = None,
    incidents: tuple[pd.DataFrame, pd.DataFrame] | tuple[None, None] = (None, None),
) -> tuple[Past, pd.DataFrame]:
    """Read all that is held up to the end of a window, and where each incident of it was.

    Parameters
    ----------
    context, params
        What was asked.
    units
        The units of place, where they are not those that the question and the window make.
    incidents
        Those before the window and those of it, where they are read already.

    Returns
    -------
    past
        The incidents on the units.
    places
        Their `longitude`, `latitude` and `location_text`, in the order of `past.held`.
    """
    earliest, of_window = incidents
    session, question = context.session, context.question
    study = prepare(session, question, params, units=units, incidents=of_window)
    before = earlier(session, question, params, study, earliest)
    columns = ["longitude", "latitude", "location_text"]
    places = pd.concat(
        [
            one[columns].astype({"location_text": object})
            for one in (before.incidents, study.incidents)
        ],
        ignore_index=True,
    )
    past = Past(
        study,
        before,
        together(session, question, study, before),
        Ground.of(study.units.contiguity, study.units.inside),
        excluded_of(context, study),
    )
    return past, places


def untested(params: AnalysisParams, held: Held) -> dict[str, str]:
    """Return why a list has no backtest, as its provenance tells it; nothing where it has one.

    Parameters
    ----------
    params
        Those of the list.
    held
        The incidents that are held up to the end of its window.
    """
    try:
        origins_of(params, held)
    except DegenerateInputError as error:
        return {"backtest": error.message}
    return {}


def origins_of(params: AnalysisParams, held: Held) -> tuple[Origin, ...]:
    """Return the origins of a backtest.

    Raises
    ------
    DegenerateInputError
        When there are fewer than six.
    """
    return _origins(params, held.day, held.months, held.whole)


def _origins(
    params: AnalysisParams, day: NDArray[np.int64], months: bool, whole: bool
) -> tuple[Origin, ...]:
    start, end = day_of(params.start), day_of(params.end)
    if whole:
        start, end = whole_months(day, start, end)
    return backtest.origins(first_day(day, months=months), start, end, months=months)
