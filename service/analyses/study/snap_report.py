"""What readers are told of how incidents snapped to streets."""

from __future__ import annotations

from typing import Any

import pandas as pd

from spatial import streets

SHOWN = 3
"""Shared points that a warning names, and a report at most ten times as many."""


def describe(
    snapped: streets.Snapped, incidents: pd.DataFrame, max_snap_m: float
) -> tuple[dict[str, Any], list[str]]:
    """Return the report on snapping, and sentences of caution.

    Parameters
    ----------
    snapped
        The nearest segment of each incident of the study area, shape (n,).
    incidents
        These incidents, n rows.
    max_snap_m
        Metres within which they could snap.
    """
    place = (incidents["longitude"].to_numpy(), incidents["latitude"].to_numpy())
    shared = streets.shared_points(place, snapped.distance_m)
    points = [
        {
            "longitude": round(row["longitude"], 7),
            "latitude": round(row["latitude"], 7),
            "incidents": int(row["incidents"]),
            "distance_m": None if pd.isna(row["distance_m"]) else round(row["distance_m"], 2),
        }
        for row in shared.head(10 * SHOWN).to_dict("records")
    ]
    report = {
        "max_snap_m": max_snap_m,
        "snapped": len(incidents) - snapped.unsnapped,
        "unsnapped": snapped.unsnapped,
        "at_a_junction_share": round(snapped.tied_share, 6),
        "distance_m": {
            f"{share:g}": round(metres, 2) for share, metres in snapped.quantiles().items()
        },
        "points_off_street": points,
    }
    return report, _cautions(points, len(shared))


def _cautions(points: list[dict[str, Any]], number: int) -> list[str]:
    if not points:
        return []
    named = "; ".join(
        f"{point['incidents']:,} at {point['latitude']:.5f}, {point['longitude']:.5f}"
        + ("" if point["distance_m"] is None else f" ({point['distance_m']:.0f} m off)")
        for point in points[:SHOWN]
    )
    more = f", and {number - SHOWN} more such points" if number > SHOWN else ""
    return [
        "Many incidents share a point that is not on a street, as default geocodes and "
        f"anonymised points do: {named}{more}. Their segment is the nearest one, which need not "
        "be where they happened."
    ]
