"""How long a question will take, about: told from what is counted without reading it.

Whoever asks over HTTP is answered at once where it is a matter of a moment, and by a worker where
it is not. The numbers are of one processor of a small server; on another all are wrong by one
factor, which `HARMSPOT_QUICK_S` takes up.
"""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from service.analyses.study.units.kinds import KINDS
from service.store.repository import sizes
from spatial.grid import MEAN_CELL_AREA_KM2

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from service.analyses.study.params import AnalysisParams
    from service.analyses.study.question import Named
    from service.store.cache import Cache

MOST_INCIDENTS: Final = 1_000_000
"""As many are counted; more take long, however many they are."""

FIRST_DAY: Final = dt.date(1900, 1, 1)
"""No incident is older: the ingest refuses it."""

_DAY: Final = dt.timedelta(days=1)
_BEGINNING_S: Final = 0.1
_INCIDENT_S: Final = 4e-6
_UNIT_S: Final = 6e-5
_RING_CELLS: Final = 7


@dataclass(frozen=True)
class Size:
    """How much a question is about.

    Parameters
    ----------
    incidents
        Incidents in its window, at most `MOST_INCIDENTS`.
    units
        Units of place in its study area.
    earlier
        Incidents before its window, at most `MOST_INCIDENTS`.
    """

    incidents: int
    units: int
    earlier: int = 0


def reading(size: Size) -> float:
    """Return how many seconds every analysis takes: to read, weigh and place, and to store units.

    That is 0.1 s, 4 µs per incident and 60 µs per unit.
    """
    return _BEGINNING_S + _INCIDENT_S * size.incidents + _UNIT_S * size.units


def of_any(size: Size, _params: AnalysisParams) -> float:
    """Return how many seconds an analysis takes that says nothing of itself: thrice the reading."""
    return 3 * reading(size)


def size_of(
    session: Session, agency_id: int, params: AnalysisParams, named: Named, known: Cache[float]
) -> Size:
    """Return how much a question is about.

    Parameters
    ----------
    session, agency_id
        The unit of work, and whose data.
    params, named
        The question, looked up.
    known
        What was counted before: versions of data, networks and layers never change.
    """
    counted = known.recall(
        ("incidents", agency_id, named.data_version, *named.zones, params.start, params.end),
        lambda: sizes.incidents(
            session, agency_id, named.zones, params.start, params.end, MOST_INCIDENTS
        ),
    )
    incidents = int(counted)
    before = known.recall(
        ("earlier", agency_id, named.data_version, *named.zones, params.start),
        lambda: sizes.incidents(
            session,
            agency_id,
            named.zones,
            FIRST_DAY,
            max(params.start, FIRST_DAY) - _DAY,
            MOST_INCIDENTS,
        ),
    )
    made_of = KINDS[params.unit].made_of
    if made_of == "network" and named.network is not None:
        network = named.network.id
        units = known.recall(("segments", network), lambda: sizes.segments(session, network))
    elif made_of == "layer" and named.layer is not None:
        layer = named.layer.id
        units = known.recall(("areas", layer), lambda: sizes.areas(session, layer))
    elif named.study_layer is not None:
        study, one = named.study_layer.id, (params.study_area or "").partition("/")[2] or None
        area = known.recall(("km2", study, one), lambda: sizes.area_km2(session, study, one))
        cell = MEAN_CELL_AREA_KM2[params.resolution]
        # Those of its inside, and those that its edge cuts, as of a round one.
        units = area / cell + 2 * math.sqrt(math.pi * area / cell)
    else:
        units = _RING_CELLS * incidents
    return Size(incidents, math.ceil(units), int(before))
