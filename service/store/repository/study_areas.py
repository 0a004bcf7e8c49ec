"""Where the loaded study areas are: what incidents that have just come are held against."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from sqlalchemy import text
from sqlalchemy.orm import Session

_LAYERS = text(
    """
SELECT DISTINCT ON (name) id, name FROM boundary_layer
WHERE agency_id = :agency_id AND EXISTS (SELECT FROM boundary WHERE layer_id = boundary_layer.id)
ORDER BY name, version DESC
"""
)
_TOUCHED = text(
    """
SELECT ST_AsBinary(geom) FROM boundary
WHERE layer_id = ANY(:layers) AND EXISTS (
    SELECT FROM unnest(CAST(:west AS float8[]), CAST(:south AS float8[])) AS box (west, south)
    WHERE geom && ST_MakeEnvelope(west, south, west + :size, south + :size, 4326)
)
"""
)
_NEAREST = text(
    """
SELECT layer_id, ST_Distance(geom::geography, here::geography) / 1000 AS km
FROM boundary, ST_SetSRID(ST_MakePoint(:longitude, :latitude), 4326) AS here
WHERE layer_id = ANY(:layers) ORDER BY geom <-> here LIMIT 1
"""
)


@dataclass(frozen=True)
class StudyAreas:
    """The newest versions of an agency's boundary layers.

    Parameters
    ----------
    session
        The unit of work.
    named
        The names of the layers, by their numbers.
    """

    session: Session
    named: Mapping[int, str]

    @classmethod
    def of(cls, session: Session, agency_id: int) -> StudyAreas:
        """Return those of an agency."""
        found = session.execute(_LAYERS, {"agency_id": agency_id})
        return cls(session, {row.id: row.name for row in found})

    @property
    def layers(self) -> list[str]:
        """The names of the layers."""
        return list(self.named.values())

    def touching(
        self, west: NDArray[np.float64], south: NDArray[np.float64], size: float
    ) -> NDArray[np.object_]:
        """Return the shapes whose boxes touch some squares of `size` degrees."""
        asked = {"west": west.tolist(), "south": south.tolist(), "size": size}
        found = self.session.scalars(_TOUCHED, {"layers": list(self.named), **asked})
        return np.asarray(shapely.from_wkb([bytes(wkb) for wkb in found]), dtype=np.object_)

    def nearest(self, longitude: float, latitude: float) -> tuple[str, float]:
        """Return the layer that has the area nearest to a place, and how far that is in km."""
        asked = {"layers": list(self.named), "longitude": longitude, "latitude": latitude}
        row = self.session.execute(_NEAREST, asked).one()
        return self.named[row.layer_id], float(row.km)
