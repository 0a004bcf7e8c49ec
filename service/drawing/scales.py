"""Where things stand in a drawing: round numbers along an axis, places to name, lines with gaps."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

from service.analyses.figures import Number


def ticks(numbers: Sequence[Number]) -> list[float]:
    """Return four to seven round numbers that span some, with zero where it is near.

    Examples
    --------
    >>> ticks([0.2, 0.9]), ticks([1180, 1420])
    ([0.0, 0.2, 0.4, 0.6, 0.8, 1.0], [1150.0, 1200.0, 1250.0, 1300.0, 1350.0, 1400.0, 1450.0])
    """
    least, most = min(numbers, default=0.0), max(numbers, default=1.0)
    if 0 < least < most / 2 or least == most:
        least = min(0.0, least)
    span = (most - least) or 1.0
    step = 10.0 ** math.floor(math.log10(span / 3))
    step = next((step * many for many in (1, 2, 5) if span / (step * many) <= 6), step * 10)
    first, last = math.floor(least / step + 1e-9), math.ceil(most / step - 1e-9)
    return [round(at * step, 12) for at in range(first, max(last, first + 1) + 1)]


def some(number: int, most: int) -> list[int]:
    """Return positions spread evenly, the first and the last among them.

    Examples
    --------
    >>> some(3, 7), some(100, 3)
    ([0, 1, 2], [0, 50, 99])
    """
    if number <= most:
        return list(range(number))
    return [round(at * (number - 1) / (most - 1)) for at in range(most)]


def unbroken(values: Sequence[Number | None]) -> Iterator[list[tuple[int, Number]]]:
    """Return the parts of a line that is not known everywhere, as positions and values."""
    run: list[tuple[int, Number]] = []
    for at, value in enumerate(values):
        if value is not None:
            run.append((at, value))
        elif run:
            yield run
            run = []
    if run:
        yield run


def rings(coordinates: Any) -> Iterator[list[Any]]:
    """Return the rings or lines of coordinates as GeoJSON nests them."""
    if isinstance(coordinates[0][0], int | float):
        yield coordinates
        return
    for one in coordinates:
        yield from rings(one)


def positions(coordinates: Any) -> Iterator[tuple[float, float]]:
    """Return every longitude and latitude of a place."""
    for ring in rings(coordinates):
        yield from ((one[0], one[1]) for one in ring)
