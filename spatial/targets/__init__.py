"""From scored units to ranked patrol targets: choose, merge, split, rank, spend."""

from spatial.targets.budget import Budget
from spatial.targets.candidates import (
    ALIASES,
    MIN_EXCESS,
    REQUIREMENTS,
    STRATEGIES,
    Requirement,
    Strategy,
    strategy_named,
)
from spatial.targets.members import (
    Positions,
    group_of,
    smallest,
    strongest_basis,
    target_id,
)
from spatial.targets.selection import Selection, select

__all__ = [
    "ALIASES",
    "MIN_EXCESS",
    "REQUIREMENTS",
    "STRATEGIES",
    "Budget",
    "Positions",
    "Requirement",
    "Selection",
    "Strategy",
    "group_of",
    "select",
    "smallest",
    "strategy_named",
    "strongest_basis",
    "target_id",
]
