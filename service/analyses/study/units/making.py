"""Which class makes the units of each kind: a kind is a declaration, a class and a line here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from service.analyses.study.units.cells import CellUnits
from service.analyses.study.units.polygons import PolygonUnits
from service.analyses.study.units.segments import SegmentUnits

if TYPE_CHECKING:
    import pandas as pd
    from sqlalchemy.orm import Session

    from service.analyses.study.params import AnalysisParams
    from service.analyses.study.question import Question
    from service.analyses.study.units.base import Units

CLASSES: Final[dict[str, type[Units]]] = {
    one.kind.name: one for one in (CellUnits, SegmentUnits, PolygonUnits)
}


def make(
    session: Session, question: Question, params: AnalysisParams, incidents: pd.DataFrame
) -> Units:
    """Return the units that a question is about; see `Units.read`."""
    return CLASSES[params.unit].read(session, question, params, incidents)
