"""Errors of the science: what was wrong, where, and what would be right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong, and the place where it is."""

    where: str  # parameter, column, row or unit
    message: str


class HarmspotError(Exception):
    """Base of every error that Harmspot raises on purpose.

    Parameters
    ----------
    message
        What was wrong and what would be right, in one sentence for the reader.
    problems
        Each single problem with its place, where there is more than the message says.
    """

    def __init__(self, message: str, problems: Sequence[Problem] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.problems = tuple(problems)


class InvalidInputError(HarmspotError, ValueError):
    """A parameter, array or table does not fit what the function asks for."""


class DegenerateInputError(InvalidInputError):
    """The input is well formed, but the statistic is not defined on it."""
