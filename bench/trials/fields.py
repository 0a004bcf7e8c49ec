"""Which cities there are to try, by name, each on its units."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Any, Final

from bench.trials import cities
from bench.trials.trial import Trial, on_cells, on_streets


def _london() -> Iterator[Trial]:
    happened = cities.london()
    return (on_cells(happened, resolution) for resolution in (9, 10, 11))


def _toronto() -> Iterator[Trial]:
    happened = cities.toronto()
    return (on_cells(happened, resolution) for resolution in (8, 9, 10))


def _persisting() -> Iterator[Trial]:
    for seed in (1, 2, 3, 4):
        happened = cities.sample(seed)
        yield on_cells(happened, 9)
        if seed <= 2:
            yield on_cells(happened, 10)


def _of_a_kind(name: str, **kind: Any) -> Iterator[Trial]:
    for seed in (1, 2):
        happened = cities.sample(seed, name, **kind)
        yield from (on_cells(happened, resolution) for resolution in (9, 10))


def _streets() -> Iterator[Trial]:
    return (on_streets(cities.sample(seed)) for seed in (1, 2))


FIELDS: Final[Mapping[str, Callable[[], Iterator[Trial]]]] = {
    "london": _london,
    "toronto": _toronto,
    "persisting": _persisting,
    "moving": partial(_of_a_kind, "Spots that move", spots="move"),
    "fading": partial(_of_a_kind, "Spots that fade", spots="fade"),
    "severity": partial(_of_a_kind, "Severity by place", severity="everywhere"),
    "even-severity": partial(_of_a_kind, "Severity not by place", severity="nowhere"),
    "streets": _streets,
}
NAMES: Final = tuple(FIELDS)
DEFAULT: Final = NAMES


def trials(names: Iterable[str]) -> Iterator[Trial]:
    """Make the trials of some cities, one at a time."""
    for name in names:
        yield from FIELDS[name]()
