"""The account of incidents, of a window and of the history before it: nothing vanishes unsaid."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from service.errors import UnmappedOffencesError
from service.store.repository import harm_indexes
from spatial import rounding
from spatial.beginnings import FEW
from spatial.errors import Problem

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from service.analyses.study.params import AnalysisParams
    from service.analyses.study.question import Question
    from service.analyses.study.study import Sifted

_NAMED: Final = 5
_LISTED: Final = 20
_UNLIKE: Final = 2.0
"""Times as large a share of the history as of the window, or the other way round, is told."""


def account(sifted: Sifted) -> dict[str, Any]:
    """Return what became of incidents: `used`, `outside`, `excluded` by reason, and `unmapped`."""
    return {
        "used": len(sifted.incidents),
        "outside": sifted.outside,
        "excluded": sifted.excluded,
        "unmapped": dict(_ranked(sifted.weighed.unmapped)),
    }


def refuse_unmapped(
    session: Session,
    sifted: Sifted,
    question: Question,
    params: AnalysisParams,
    *,
    window: int | None = None,
) -> None:
    """Refuse incidents of which more than allowed have an offence without a weight.

    Parameters
    ----------
    session, question, params
        The unit of work, and what was asked.
    sifted
        The incidents of the window, or of the history before it.
    window
        Of a history: how many incidents of the window are used. A few stray ones of long before
        are told and not refused: less than 1 % of all together.

    Raises
    ------
    UnmappedOffencesError
        The message names the offences, their share, and what can be done.
    """
    weighed, index = sifted.weighed, question.index
    if weighed.unmapped_share <= params.max_unmapped_share:
        return
    many = sum(weighed.unmapped.values())
    few = min(FEW, params.max_unmapped_share)
    if window is not None and many <= few * (len(weighed.used) + window):
        return
    ranked = _ranked(weighed.unmapped)
    named = ", ".join(code for code, _ in ranked[:_NAMED])
    of, rests = "the incidents", ""
    if window is not None:
        of = f"the {len(weighed.used):,} incidents before the window"
        rests = ", and what is expected rests on them, too"
    raise UnmappedOffencesError(
        f"{weighed.unmapped_share:.1%} of {of} have an offence without a weight in "
        f"{index.name}@{index.version} ({named}{', ...' if len(ranked) > _NAMED else ''}), more "
        f"than the {params.max_unmapped_share:.1%} allowed{rests}. "
        f"{_index_that_fits(session, sifted, question)} Or map the offences in the ingest profile, "
        f"{_other_sources(sifted, question)}or raise max_unmapped_share.",
        [
            Problem(f"offence {code}", f"{each:,} incidents without a weight")
            for code, each in ranked[:_LISTED]
        ],
    )


def of_history(before: dict[str, Any], window: dict[str, Any]) -> list[str]:
    """Return what readers should know of the incidents before a window that are not counted.

    Parameters
    ----------
    before, window
        The accounts of the history and of the window.
    """
    warnings = []
    if before["unmapped"]:
        warnings.append(
            f"{sum(before['unmapped'].values()):,} incidents before the window have an offence "
            "without a weight and are not counted in what is expected: "
            f"{', '.join(before['unmapped'])}."
        )
    held, in_window = before["before_window"], window["in_window"]
    if not held or not in_window:
        return warnings
    then, now = before["used"] / held, window["used"] / in_window
    if held >= FEW * in_window and not now / _UNLIKE <= then <= now * _UNLIKE:
        left_out = {"outside": before["outside"], **before["excluded"]}
        reasons = ", ".join(f"{many:,} {why}" for why, many in _ranked(left_out) if many)
        warnings.append(
            f"Of the {held:,} incidents before the window {rounding.percent(then, 0)} are used, "
            f"and {rounding.percent(now, 0)} of the window's {in_window:,} (left out before it: "
            f"{reasons or 'none'}): what differs in how they were recorded is taken for a change."
        )
    return warnings


def _ranked(counts: Any) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda one: (-one[1], one[0]))


def _other_sources(sifted: Sifted, question: Question) -> str:
    """Name the sources that weigh all of theirs, where others hold what has no weight."""
    others = sorted(question.zones.keys() - sifted.unmapped_sources.keys())
    if not others:
        return ""
    without = ", ".join(sorted(sifted.unmapped_sources))
    return f"ask without source {without} (sources: {', '.join(others)}), "


def _index_that_fits(session: Session, sifted: Sifted, question: Question) -> str:
    """Name the loaded index that weighs most of the incidents in question."""
    shares = harm_indexes.weighed_shares(session, question.snapshot.agency_id, sifted.offences)
    own = shares.get(question.index.name, 0.0)
    better = {name: share for name, share in shares.items() if share > own}
    of_harm = {name: share for name, share in better.items() if name != harm_indexes.COUNT}
    if of_harm:
        fits = max(of_harm, key=lambda name: of_harm[name])
        return f"The index that fits is {fits}, which weighs {of_harm[fits]:.1%} of them."
    if better:
        return f"No other harm index weighs more of them; {harm_indexes.COUNT} counts each as one."
    return "No other index that is loaded weighs more of them: load one that does."
