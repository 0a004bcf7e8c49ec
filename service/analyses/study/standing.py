"""On what each unit of a study stands: what is expected of it, and whether chance explains it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from service.analyses.contract import Context
from service.analyses.study import ranking, recording
from service.analyses.study.held import Earlier, together
from service.analyses.study.hot_spots import Scored
from service.analyses.study.ranking import Ground, Held, Ranking
from service.analyses.study.study import Study
from spatial import outlook
from spatial.backtest import day_of
from spatial.cube import DAYS
from spatial.outlook import Rests
from spatial.targets import Positions, Selection, smallest, strongest_basis

if TYPE_CHECKING:
    from service.analyses.targets_params import TargetsParams

CONFIDENCE: Final = 0.95
"""Of the intervals of expected harm."""

_LONGEST_STEP: Final = 31
_DAY: Final = pd.Timedelta(days=1)
_HEAPED: Final = 5
"""Incidents on a place, on average, from which places are taken for those of an anonymised map."""


@dataclass(frozen=True)
class Standing:
    """What is known of the units of a study at the end of its window.

    Parameters
    ----------
    held, ground, ranking
        The incidents, the units, and what is known of them.
    horizon
        The time that is told of, as readers are told.
    warnings
        Sentences that every reader of the result should see.
    """

    held: Held
    ground: Ground
    ranking: Ranking
    horizon: dict[str, Any]
    warnings: list[str] = field(default_factory=list)

    def scores(self, scores: pd.DataFrame, chosen: Selection) -> pd.DataFrame:
        """Return the scores of units with what is known of them; of the chosen, the interval."""
        interval = np.full(len(scores), None, dtype=object)
        ends = np.full((2, len(scores)), np.nan)
        members = np.flatnonzero(chosen.target_of(len(scores)) >= 0)
        known = self.ranking.outlook.forecast
        if known is not None and members.size:
            ends[:, members] = known.interval(CONFIDENCE, members)
            for unit in members:
                interval[unit] = ends[:, unit].tolist()
        columns = self.ranking.columns()
        first = {
            "expected_harm": columns.pop("expected_harm"),
            "expected_interval": interval,
            "expected_low": ends[0],
            "expected_high": ends[1],
        }
        return scores.assign(**first, **columns)

    def of_target(self, members: Positions, harm: float) -> tuple[dict[str, Any], str]:
        """Return what is known of some units together, and the sentence that says it."""
        known, ahead = self.ranking, self.ranking.outlook
        by_chance = float(known.expected_by_chance[members].sum())
        with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
            times = float(np.float64(harm) / by_chance)
        about: dict[str, Any] = {
            "expected_harm": None,
            "expected_interval": None,
            "expected_low": None,
            "expected_high": None,
            "basis": strongest_basis(known.basis[members]),
            "p_own": smallest(known.p_own[members]),
            "p_without_worst": smallest(known.p_without_worst[members]),
            "q_own": smallest(known.q_own[members]),
            "excess": round(times, 6) if np.isfinite(times) else None,
            "months_in_top": int(known.months_in_top[members].max()),
        }
        if ahead.forecast is not None:
            about["expected_harm"] = round(float(ahead.harm[members].sum()), 4)
            low, high = ahead.forecast.interval_together(members, CONFIDENCE)
            about |= {"expected_interval": [low, high], "expected_low": low, "expected_high": high}
        of_members = int(ahead.history[members].sum())
        rests = Rests(self.held.months, ahead.steps, of_members, len(members))
        return about, outlook.sentence(about, rests)

    def told(self) -> dict[str, Any]:
        """Return how the excess of units was tested, for the account of the inference."""
        return {
            "share": "even" if self.ground.even else "size",
            "top_steps": self.ranking.top_steps,
            "top_by_chance": self.ranking.top_by_chance,
            "share_rounded_up": self.ranking.rounded,
            "weights_rounded_to": self.ranking.grid / 100 if self.ranking.grid > 1 else None,
        }


def stand(context: Context, params: TargetsParams, scored: Scored, past: Earlier) -> Standing:
    """Tell what is expected of each unit, and whether chance explains what it held."""
    study = scored.study
    held = together(context.session, context.question, study, past)
    ground = Ground.of(study.units.contiguity, study.units.inside)
    first, last = held.window(day_of(params.start), day_of(params.end))
    known = ranking.rank(
        held,
        ground,
        first,
        last,
        alpha=params.alpha,
        q_neighbourhood=hot_q(scored),
        by=params.value,
    )
    return Standing(
        held,
        ground,
        known,
        _horizon(held, known, last),
        [
            *_warnings(params, study, past, held, ground, known, last),
            *recording.cautions(params, study, past, held),
        ],
    )


def hot_q(scored: Scored) -> NDArray[np.float64]:
    """Return q of Gi* of each unit where it is hot, and 1 elsewhere, shape (N,)."""
    z, q = (scored.scores[name].to_numpy(dtype=np.float64) for name in ("z", "q"))
    return np.where(z > 0, q, 1.0)


def _horizon(held: Held, known: Ranking, last: int) -> dict[str, Any]:
    first = pd.Timestamp(last, unit="D") + _DAY
    after = first + (pd.DateOffset(months=1) if held.months else pd.Timedelta(days=DAYS))
    return {
        "step": "month" if held.months else "four_weeks",
        "from": first.date().isoformat(),
        "to": (after - _DAY).date().isoformat(),
        "history": {"steps": known.outlook.steps, "incidents": int(known.outlook.history.sum())},
    }


def _warnings(
    params: TargetsParams,
    study: Study,
    past: Earlier,
    held: Held,
    ground: Ground,
    known: Ranking,
    last: int,
) -> list[str]:
    warnings = []
    step = "month" if held.months else "four weeks"
    if known.outlook.forecast is None:
        warnings.append(
            f"The incidents up to {params.end} do not fill one whole step of {step}, so no harm "
            "is expected from them."
        )
    elif last - int(held.day.max()) >= (_LONGEST_STEP if held.months else DAYS):
        newest = np.datetime64(int(held.day.max()), "D").astype("M8[M]" if held.months else "M8[D]")
        warnings.append(
            f"The newest incident is of {newest}, and the window ends on {params.end}: what is "
            "expected takes the time between for one in which nothing happened."
        )
    if ground.even:
        warnings.append(
            "Without a study area nothing tells how much of it each unit covers: chance is taken "
            f"to put as much harm on each of the {held.units:,} {study.units.kind.several}."
        )
    places = _places(study, past)
    if places < held.units and len(held.day) >= _HEAPED * places:
        warnings.append(
            f"The {len(held.day):,} incidents lie on {places:,} distinct places, "
            f"{places / held.units:.2f} for each of the {held.units:,} "
            f"{study.units.kind.several}: the source moves incidents to the points of a map of its "
            "own. On units this fine every ranking looks better than it is, since harm sits on "
            "those points and not where it happened."
        )
    return warnings


def _places(study: Study, past: Earlier) -> int:
    """Return on how many distinct coordinates the incidents lie."""
    places = pd.concat(
        [one[["longitude", "latitude"]] for one in (past.incidents, study.incidents)]
    )
    return len(places.drop_duplicates())
