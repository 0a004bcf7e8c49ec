"""What was worked out once and cannot change: counts and extents of rows that never change."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

ValueT = TypeVar("ValueT")


class Cache(Generic[ValueT]):
    """Answers by their question, the least recently asked forgotten first; safe among threads.

    Parameters
    ----------
    most
        How many answers are kept.
    """

    def __init__(self, most: int = 1_000) -> None:
        self._most = most
        self._answers: OrderedDict[Hashable, ValueT] = OrderedDict()
        self._lock = threading.Lock()

    def recall(self, question: Hashable, answer: Callable[[], ValueT]) -> ValueT:
        """Return the answer to a question, found out now when it is not known."""
        with self._lock:
            if question in self._answers:
                self._answers.move_to_end(question)
                return self._answers[question]
        found = answer()  # outside the lock: others need not wait for the database
        with self._lock:
            self._answers[question] = found
            while len(self._answers) > self._most:
                self._answers.popitem(last=False)
        return found
