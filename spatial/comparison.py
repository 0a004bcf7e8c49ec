"""Two lists of targets compared: which place is which, what is new, what left, what moved."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from spatial.errors import InvalidInputError, Problem

if TYPE_CHECKING:
    import pandas as pd

Status: TypeAlias = Literal["new", "gone", "left", "up", "down", "same"]

STATUSES: Final[tuple[Status, ...]] = ("new", "gone", "left", "up", "down", "same")


@dataclass(frozen=True)
class Ranked:
    """A target as a list has it.

    Parameters
    ----------
    target_id
        Its name.
    rank
        Its rank, 1 first.
    harm
        Harm of each unit that makes it up, by the unit's id.
    """

    target_id: str
    rank: int
    harm: Mapping[str, float]


@dataclass(frozen=True)
class Change:
    """What became of a place between two lists.

    Parameters
    ----------
    status
        ``new``, or ``left`` (the later list has it no more), or how its rank moved. ``gone`` is
        for whoever knows what it held since: a place may leave a list and hold as much as ever.
    earlier, later
        Its position in each list; None: it is not in it.
    overlap
        How much of the two targets is the same place, from 0 to 1; 0: new, or left.
    merged_from
        Names of earlier targets that went into the later one beside its own.
    merged_into
        Of one that left: the later target that holds most of it.
    split_from
        Of a new one: the earlier target that it was most of all part of.
    """

    status: Status
    earlier: int | None
    later: int | None
    overlap: float = 0.0
    merged_from: tuple[str, ...] = ()
    merged_into: str | None = None
    split_from: str | None = None


def compare(earlier: Sequence[Ranked], later: Sequence[Ranked]) -> list[Change]:
    """Tell which target of a later list is which of an earlier one, and how each moved.

    The overlap of two targets is the mean of two shares: of the earlier one's harm and of the
    later one's that lies in units of both. Shares compare across windows of any length and harm
    indexes of any unit. A target without harm is measured by its number of units.

    Targets are paired one to one, the greatest overlap first, ties by the better later rank, then
    by the better earlier one. An earlier target without a pair has left, and a later one is new,
    also when it shares units with a target that is paired with another: then it says with which
    it merged, or from which it split.

    Parameters
    ----------
    earlier, later
        The targets of each list. Those of one list share no unit.

    Returns
    -------
    list of Change
        Later targets in the order of their list, then those that left in the order of theirs.

    Raises
    ------
    InvalidInputError
        When two targets of one list share a unit.

    Examples
    --------
    >>> before = [Ranked("a", 1, {"u1": 5.0, "u2": 5.0}), Ranked("b", 2, {"u9": 3.0})]
    >>> after = [Ranked("c", 1, {"u5": 9.0}), Ranked("d", 2, {"u2": 4.0, "u3": 1.0})]
    >>> for change in compare(before, after):
    ...     print(change.status, change.earlier, change.later, round(change.overlap, 2))
    new None 0 0.0
    down 0 1 0.65
    left 1 None 0.0
    """
    shared = _shared(earlier, later)
    pair_of_later: dict[int, tuple[int, float]] = {}
    taken: set[int] = set()
    columns = (shared[name].tolist() for name in ("earlier", "later", "overlap"))
    for was, now, overlap in zip(*columns, strict=True):
        if was not in taken and now not in pair_of_later:
            taken.add(was)
            pair_of_later[now] = (was, overlap)

    changes = []
    by_later, by_earlier = _firsts(shared, "later", "earlier"), _firsts(shared, "earlier", "later")
    into: dict[int, list[int]] = {}
    for was, now in by_earlier.items():
        if was not in taken:
            into.setdefault(now, []).append(was)
    for now, target in enumerate(later):
        merged = tuple(earlier[was].target_id for was in sorted(into.get(now, [])))
        if now in pair_of_later:
            was, overlap = pair_of_later[now]
            status = _moved(earlier[was].rank, target.rank)
            changes.append(Change(status, was, now, overlap, merged))
        else:
            part_of = by_later.get(now)
            split_from = None if part_of is None else earlier[part_of].target_id
            changes.append(Change("new", None, now, 0.0, merged, split_from=split_from))
    for was in range(len(earlier)):
        if was not in taken:
            holder = by_earlier.get(was)
            merged_into = None if holder is None else later[holder].target_id
            changes.append(Change("left", was, None, merged_into=merged_into))
    return changes


def summary(changes: Sequence[Change]) -> dict[str, int]:
    """Count changes by status, and those that merged or split.

    Parameters
    ----------
    changes
        What `compare` found.
    """
    number = Counter(change.status for change in changes)
    return {status: number[status] for status in STATUSES} | {
        "merged": sum(change.merged_into is not None for change in changes),
        "split": sum(change.split_from is not None for change in changes),
    }


def sentence(counted: Mapping[str, int]) -> str:
    """Say in a sentence what changed.

    Parameters
    ----------
    counted
        What `summary` counted.

    Examples
    --------
    >>> counted = {"new": 3, "gone": 1, "left": 2, "up": 4, "down": 0, "same": 1}
    >>> sentence(counted | {"merged": 1, "split": 0})
    '3 new, 1 gone, 2 not listed now (1 merged into another), 4 moved up, 1 at the same rank.'
    """
    words = {
        "new": ("new", "split", "split from another"),
        "gone": ("gone", None, ""),
        "left": ("not listed now", "merged", "merged into another"),
        "up": ("moved up", None, ""),
        "down": ("moved down", None, ""),
        "same": ("at the same rank", None, ""),
    }
    parts = []
    for status, (word, aside, aside_word) in words.items():
        if counted[status]:
            of_these = counted[aside] if aside else 0
            parts.append(
                f"{counted[status]} {word}" + (f" ({of_these} {aside_word})" if of_these else "")
            )
    return f"{', '.join(parts)}." if parts else "Neither list holds a target."


def _moved(before: int, now: int) -> Status:
    if now == before:
        return "same"
    return "up" if now < before else "down"


def _shared(earlier: Sequence[Ranked], later: Sequence[Ranked]) -> pd.DataFrame:
    """Return each pair of targets that share units with their overlap, the greatest first."""
    import pandas as pd

    both = _shares(earlier).merge(_shares(later), on="unit_id", suffixes=("_earlier", "_later"))
    pairs = both.groupby(["target_earlier", "target_later"], as_index=False)[
        ["share_earlier", "share_later"]
    ].sum()
    was, now = pairs["target_earlier"].to_numpy(), pairs["target_later"].to_numpy()
    # Rounded, so that equal overlaps tie however their shares were added up.
    overlap = ((pairs["share_earlier"] + pairs["share_later"]) / 2).to_numpy().round(9)
    found = pd.DataFrame({"earlier": was, "later": now, "overlap": overlap})
    order = np.lexsort((_ranks(earlier)[was], _ranks(later)[now], -overlap))
    # Units without harm alone make no two targets the same.
    return found.iloc[order[overlap[order] > 0]].reset_index(drop=True)


def _ranks(targets: Sequence[Ranked]) -> NDArray[np.int64]:
    return np.array([target.rank for target in targets], dtype=np.int64)


def _firsts(shared: pd.DataFrame, of: str, other: str) -> dict[int, int]:
    """Return for each target of one list that of the other with which it overlaps most."""
    most = shared.drop_duplicates(of)
    return dict(zip(most[of].tolist(), most[other].tolist(), strict=True))


def _shares(targets: Sequence[Ranked]) -> pd.DataFrame:
    """Return the share that each unit has of its target."""
    import pandas as pd

    number = np.array([len(target.harm) for target in targets], dtype=np.intp)
    units = [unit for target in targets for unit in target.harm]
    harm = np.array([held for target in targets for held in target.harm.values()], dtype=float)
    at = np.repeat(np.arange(len(targets)), number)
    table = pd.DataFrame({"unit_id": pd.Series(units, dtype=object), "target": at})
    twice = table["unit_id"][table["unit_id"].duplicated()]
    if len(twice):
        raise InvalidInputError(
            f"Two targets of one list share a unit ({twice.iloc[0]}): compare lists as they were "
            "selected, in which each unit is part of one target.",
            [Problem(f"unit {twice.iloc[0]}", "is part of two targets")],
        )
    total = np.bincount(at, weights=harm, minlength=len(targets))[at]
    table["share"] = np.where(total > 0, harm / np.where(total > 0, total, 1.0), 1 / number[at])
    return table
