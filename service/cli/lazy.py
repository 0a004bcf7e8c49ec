"""A command that is made when it is called, so that the help of those above it answers at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from typer.core import TyperCommand


class LazyCommand(TyperCommand):
    """Stands for a command in lists; whatever is asked of it, the command itself answers.

    Parameters
    ----------
    name
        Of the command.
    make
        Makes it.
    about
        What stands beside its name (`help`, `rich_help_panel`).
    """

    def __init__(self, name: str, make: Callable[[], TyperCommand], **about: Any) -> None:
        super().__init__(name, **about)
        self._make = make

    def make_context(
        self, info_name: str | None, args: list[str], parent: Any = None, **extra: Any
    ) -> Any:
        """Return the context of the command itself, in which it runs and says its help."""
        return self._make().make_context(info_name, args, parent, **extra)


def lazily(make: Callable[[], TyperCommand]) -> type[TyperCommand]:
    """Return the class of a command that `make` makes when it is called."""

    class Lazily(LazyCommand):
        def __init__(self, name: str, **about: Any) -> None:
            super().__init__(name, make, **about)

    return Lazily
