"""Where incidents happen in the synthetic city: gathered, planted, repeated near, along streets."""

from __future__ import annotations

from typing import Final

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from spatial.synthetic.ground import RADIUS_M, Metres, metres

SPOT_RADIUS_M: Final = 150.0
NEAR_REPEAT_SHARE: Final = 0.15
NEAR_REPEAT_M: Final = 200.0
NEAR_REPEAT_DAYS: Final = 14.0
SIDEWAYS_M: Final = 12.0
"""Incidents happen at most this far to either side of the middle of their street."""

# Each planted spot: what happens there, and its share of all incidents.
SPOTS: Final = (
    ("violence-with-injury", 0.018),
    ("violence-with-injury", 0.014),
    ("violence-with-injury", 0.010),
    ("robbery-personal", 0.012),
    ("robbery-personal", 0.009),
    ("burglary-residential", 0.012),
    ("other-sexual-offences", 0.006),
    ("burglary-non-residential", 0.009),
)


def hotbeds(random: np.random.Generator) -> NDArray[np.float64]:
    """Return centres, spreads and shares of the places around which incidents gather."""
    centre = np.array([[0.0, 0.0, 650.0, 0.22]])
    towards = random.uniform(0, 2 * np.pi, 5)
    streets = [
        [step * 450 * np.cos(a), step * 450 * np.sin(a), 160.0, 0.03 / (0.6 + 0.15 * step)]
        for a in towards
        for step in range(2, 7)
    ]
    away, angle = random.uniform(1_200, 4_300, 22), random.uniform(0, 2 * np.pi, 22)
    areas = np.column_stack(
        (
            away * np.cos(angle),
            away * np.sin(angle),
            random.uniform(350, 900, 22),
            random.uniform(0.5, 1.5, 22) * 0.018,
        )
    )
    return np.vstack((centre, streets, areas))


def spots(random: np.random.Generator, outline: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return centres of the planted spots, at least a kilometre apart and well inside."""
    inside = shapely.Polygon(outline).buffer(-2 * SPOT_RADIUS_M)
    chosen: list[NDArray[np.float64]] = []
    while len(chosen) < len(SPOTS):
        tried = random.uniform(-RADIUS_M, RADIUS_M, 2)
        apart = all(np.hypot(*(tried - other)) >= 1_000 for other in chosen)
        if apart and inside.contains(shapely.Point(tried)):
            chosen.append(tried)
    return np.array(chosen)


def elsewhere(
    random: np.random.Generator, outline: NDArray[np.float64], spots: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return where each spot goes: at least a kilometre from every place of before and after."""
    inside = shapely.Polygon(outline).buffer(-2 * SPOT_RADIUS_M)
    taken = list(spots)
    while len(taken) < 2 * len(spots):
        tried = random.uniform(-RADIUS_M, RADIUS_M, 2)
        apart = all(np.hypot(*(tried - other)) >= 1_000 for other in taken)
        if apart and inside.contains(shapely.Point(tried)):
            taken.append(tried)
    return np.array(taken[len(spots) :])


def background(
    random: np.random.Generator,
    outline: NDArray[np.float64],
    hotbeds: NDArray[np.float64],
    incidents: int,
) -> NDArray[np.float64]:
    """Return where incidents happen apart from planted spots: around hotbeds, or anywhere."""
    polygon = shapely.Polygon(outline)
    shapely.prepare(polygon)
    share = np.append(hotbeds[:, 3], 0.25)  # the last: anywhere
    placed: list[NDArray[np.float64]] = []
    lacking = incidents
    while lacking > 0:
        drawn = int(lacking * 1.4) + 50
        kind = random.choice(len(share), drawn, p=share / share.sum())
        anywhere = kind == len(hotbeds)
        bed = hotbeds[np.minimum(kind, len(hotbeds) - 1)]
        spread = random.normal(size=(drawn, 2)) * bed[:, 2:3]
        place = np.where(
            anywhere[:, None],
            random.uniform(-1.3 * RADIUS_M, 1.3 * RADIUS_M, (drawn, 2)),
            bed[:, :2] + spread,
        )
        kept = place[shapely.contains_xy(polygon, place[:, 0], place[:, 1])][:lacking]
        placed.append(kept)
        lacking -= len(kept)
    return np.vstack(placed)


def repeat_near(
    random: np.random.Generator,
    place: NDArray[np.float64],
    moment: NDArray[np.float64],
    burglary: NDArray[np.bool_],
    outline: NDArray[np.float64],
    planted: int,
) -> None:
    """Move some burglaries near to an earlier one, in place and in time."""
    every = np.flatnonzero(burglary)
    every = every[every >= planted]
    many = int(len(every) * NEAR_REPEAT_SHARE)
    if many == 0:
        return
    followers = random.choice(every, many, replace=False)
    origins = random.choice(every, many)
    angle, reach = random.uniform(0, 2 * np.pi, many), random.uniform(0, NEAR_REPEAT_M, many)
    near = place[origins] + np.column_stack((reach * np.cos(angle), reach * np.sin(angle)))
    inside = shapely.contains_xy(shapely.Polygon(outline), near[:, 0], near[:, 1])
    place[followers[inside]] = near[inside]
    moment[followers] = moment[origins] + random.uniform(0.1, NEAR_REPEAT_DAYS, many)


def along_streets(
    random: np.random.Generator, place: Metres, streets: gpd.GeoDataFrame
) -> tuple[Metres, NDArray[np.object_]]:
    """Move each incident to its nearest street; return the places and the names of the streets.

    The name is that of the street nearest to the place at last: beside a junction, that can be
    another one.
    """
    lines = shapely.transform(np.asarray(streets.geometry.array, dtype=object), metres)
    tree = shapely.STRtree(lines)
    street = lines[tree.nearest(shapely.points(place))]
    at = shapely.line_locate_point(street, shapely.points(place))
    before, here, after = (
        shapely.get_coordinates(shapely.line_interpolate_point(street, (at + step).clip(0)))
        for step in (-1, 0, 1)
    )
    along = (after - before) / np.linalg.norm(after - before, axis=1, keepdims=True)
    aside = random.uniform(-SIDEWAYS_M, SIDEWAYS_M, (len(place), 1))
    moved = here + aside * np.column_stack((-along[:, 1], along[:, 0]))
    names = streets["name"].to_numpy()[tree.nearest(shapely.points(moved))]
    return moved, names
