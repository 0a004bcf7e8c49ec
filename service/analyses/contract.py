"""What an analysis is to the rest of the service: what it takes, what it does, what it answers.

Every surface (command line, API, OGC API, jobs, feeds, pages, map, sheets, files) reads what it
needs of an analysis here, and none knows an analysis by name.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeAlias, TypeVar

from service.analyses import estimate
from service.analyses.estimate import Size
from service.analyses.figures import Figure, Layer, Table
from service.analyses.study.params import AnalysisParams
from service.words.catalogue import gettext

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray
    from shapely.geometry.base import BaseGeometry
    from sqlalchemy.orm import Session

    from service.analyses.study.question import Named, Question
    from service.store.models import AnalysisRun

Progress: TypeAlias = Callable[[float, str], None]
ParamsT = TypeVar("ParamsT", bound=AnalysisParams)

Places: TypeAlias = Literal["targets", "units"]
"""Rows that a run can store: ranked targets, and every unit of place with its statistic."""
Document: TypeAlias = Literal["targets", "units", "summary"]


@dataclass(frozen=True)
class TargetRow:
    """A target as it is stored: its properties, its shape, the area to patrol.

    The properties are some of those that `properties.TARGET` declares.
    """

    properties: dict[str, Any]
    geometry: BaseGeometry
    patrol_area: BaseGeometry | None = None


@dataclass(frozen=True)
class Answer:
    """What an analysis found.

    Parameters
    ----------
    provenance
        What the answer rests on.
    result
        The summary of the answer.
    scores
        One row per unit, for analyses that score units: columns that `properties.SCORE` declares.
    geometry
        The units' shapes, in the order of `scores`.
    targets
        Ranked targets, for analyses that choose some.
    """

    provenance: dict[str, Any]
    result: dict[str, Any]
    scores: pd.DataFrame | None = None
    geometry: NDArray[np.object_] | None = None
    targets: Sequence[TargetRow] = ()


@dataclass(frozen=True)
class Verdict:
    """What a run found, whole: in a sentence, and in the numbers of that sentence by name."""

    sentence: str
    figures: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Context:
    """What a process works with: a session that reads one moment, what was asked, whom to tell."""

    session: Session
    question: Question
    progress: Progress = field(default=lambda _share, _message: None)


@dataclass(frozen=True)
class Process(Generic[ParamsT]):
    """An analysis that can be run, and all that the rest asks of it.

    Parameters
    ----------
    name, title, description
        What it is asked for by, what people call it, and what it tells, in a sentence.
    params
        What it takes: options of the command line, queries, inputs and forms are made of it.
    run
        Computes it. The science is imported there, so that who only lists analyses does without.
    headline, question
        What a stored run found in a few words, and what it was asked, as a sentence.
    places
        The places that its runs store as rows, beside the summary that each stores.
    figures
        What its runs show beside those places: made of a stored run alone, and the same for each
        reader. Pages, the map and sheets draw them.
    on_map
        Layers that the map shows beside those places and figures, and no file holds.
    tables
        The tables of its files; None: the numbers of its figures.
    page
        A Jinja template that tells a run (`run`) on its page in place of the figures; None: they
        are drawn as everywhere.
    estimate
        How many seconds a question of some size will take, about: `estimate.reading` and what the
        analysis adds. Short ones are answered over HTTP while one waits, long ones by a worker.
    refuse
        Refuses what cannot be answered, before anything is computed.
    tests
        The analysis whose runs this one tests, by the same parameters: each of them names its test,
        unless its provenance says why there is none (`backtest`).
    told
        What stands on the run that one tests, of an analysis that tests; None: its headline.
    """

    name: str
    title: str
    description: str
    params: type[ParamsT]
    run: Callable[[Context, ParamsT], Answer]
    headline: Callable[[AnalysisRun], str]
    question: Callable[[AnalysisRun], str]
    places: frozenset[Places] = frozenset()
    figures: Callable[[AnalysisRun], Sequence[Figure]] = lambda _run: ()
    on_map: Callable[[AnalysisRun], Sequence[Layer]] = lambda _run: ()
    tables: Callable[[AnalysisRun], Sequence[Table]] | None = None
    page: Path | None = None
    estimate: Callable[[Size, ParamsT], float] = estimate.of_any
    refuse: Callable[[Session, ParamsT, Named], None] = lambda _session, _params, _named: None
    tests: str | None = None
    told: Callable[[AnalysisRun], Verdict] | None = None

    @property
    def answered_by(self) -> Document:
        """What answers it where one document is asked for: its targets, or its units, if any."""
        if "targets" in self.places:
            return "targets"
        return "units" if "units" in self.places else "summary"

    def answer(self, context: Context, params: ParamsT) -> Answer:
        """Compute it, and hold the answer to what is declared.

        Raises
        ------
        HarmspotError
            Whatever the analysis refuses.
        TypeError
            When the answer has places that the process does not declare: no surface would show
            them.
        """
        found = self.run(context, params)
        held = {"targets": bool(found.targets), "units": found.scores is not None}
        unsaid = sorted(what for what, some in held.items() if some and what not in self.places)
        if unsaid:
            raise TypeError(f"{self.name} answers {', '.join(unsaid)} and does not declare them")
        return found

    def verdict(self, run: AnalysisRun) -> Verdict:
        """Return what a run found, whole."""
        if self.told is not None:
            return self.told(run)
        return Verdict(gettext("{headline}.", headline=self.headline(run)))

    def tell(self, run: AnalysisRun) -> None:
        """Make all that is shown of a run, so that what cannot be is found before it is stored.

        Raises
        ------
        ValueError
            When two figures, or two tables, have one name.
        """
        self.headline(run)
        self.question(run)
        self.verdict(run)
        self.on_map(run)
        for made in (self.figures(run), self.tables_of(run)):
            names = [one.name for one in made]
            twice = sorted({name for name in names if names.count(name) > 1})
            if twice:
                raise ValueError(f"{self.name} tells two things by one name: {', '.join(twice)}")

    def tables_of(self, run: AnalysisRun) -> tuple[Table, ...]:
        """Return the tables of a run's files."""
        if self.tables is not None:
            return tuple(self.tables(run))
        return tuple(one.as_table() for one in self.figures(run) if one.kind != "layer")
