"""What pages read of runs: their publications, what they found, and the files they come as."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from sqlalchemy.orm import Session

from service.analyses import registry
from service.analyses.figures import Figure, Table
from service.analyses.property import Property
from service.export import about, contents, formats
from service.export.columns import target_columns, unit_columns
from service.export.formats import Format
from service.export.layers import Layer
from service.store.models import AnalysisRun
from service.store.repository import scores, targets
from service.words.catalogue import gettext

UNITS_SHOWN: Final = 50
"""How many units a page tells, those of the greatest harm; the rest is in the files."""

_TOLD_APART: Final = ("incidents", "message", "warning")


@dataclass(frozen=True)
class RunAnswer:
    """What a run found, as its page tells it.

    Parameters
    ----------
    targets
        Properties of its targets, in order of rank.
    units
        Properties of its units of the greatest harm, for runs that choose no targets.
    scored
        How many units it scored in all.
    columns
        Their properties that a table shows beside rank and place.
    figures
        What its analysis declares beside them.
    """

    targets: Sequence[dict[str, Any]] = ()
    units: Sequence[dict[str, Any]] = ()
    scored: int = 0
    columns: Sequence[Property] = ()
    figures: Sequence[Figure] = ()


@dataclass(frozen=True)
class Downloads:
    """The files that a run comes as.

    Parameters
    ----------
    whole
        Formats whose files hold all of it.
    single
        Formats whose files hold one layer.
    parts
        The layers and tables that it can be had as.
    """

    whole: Sequence[Format]
    single: Sequence[Format] = ()
    parts: Sequence[Layer | Table] = ()


def answer_of(session: Session, run: AnalysisRun) -> RunAnswer:
    """Return what a run found: its targets or else its units, and what is declared beside them."""
    process = registry.of(run)
    answer = RunAnswer(figures=process.figures(run))
    if "targets" in process.places:
        return replace(
            answer,
            targets=targets.properties(session, run),
            columns=[one for one in target_columns(run) if one.on_pages],
        )
    if "units" in process.places:
        return replace(
            answer,
            units=scores.leading(session, run, unit_columns(run), UNITS_SHOWN),
            columns=[one for one in unit_columns(run) if one.on_pages],
            scored=scores.number(session, run),
        )
    return answer


def is_on_map(run: AnalysisRun) -> bool:
    """Tell whether the map has anything to show of a run."""
    process = registry.of(run)
    layers = any(one.kind == "layer" for one in process.figures(run))
    return bool(process.places or layers or process.on_map(run))


def about_process(run: AnalysisRun) -> str | None:
    """Return what the analysis of a run tells, where no places speak for it."""
    process = registry.of(run)
    return None if process.places else gettext(process.description)


def facts_of(run: AnalysisRun) -> list[tuple[str, str]]:
    """Return what a run rests on, without what its page tells elsewhere."""
    apart = {gettext(name) for name in _TOLD_APART}
    return [(name, text) for name, text in about.facts(run) if name not in apart]


def downloads_of(session: Session, run: AnalysisRun) -> Downloads:
    """Return the files that a run comes as: every format of the exports that can hold it."""
    held = contents.own(session, run)
    able = formats.able(held)
    parts: list[Layer | Table] = [*held.own, *held.tables]
    return Downloads(
        whole=[one for one in able if not one.one_layer],
        single=[one for one in able if one.one_layer],
        parts=parts,
    )
