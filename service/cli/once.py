"""Commands that refuse an option given twice where one value is meant, and say what is missing."""

from __future__ import annotations

from collections import Counter
from typing import Any

import typer
from typer.core import TyperCommand, TyperOption


class UsageRefusal(typer.BadParameter):
    """A command that was called in a way that it cannot be: exit status 2."""

    def format_message(self) -> str:
        """Return what was wrong, as it is said."""
        return str(self.message)


class OnceCommand(TyperCommand):
    """A command of whose options each takes one value, unless it is a list."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the command's words."""
        if not ctx.resilient_parsing:
            _, _, given = self.make_parser(ctx).parse_args(args=list(args))
            _refuse_twice(given, ctx)
        return super().parse_args(ctx, args)


def _refuse_twice(given: list[Any], ctx: Any) -> None:
    for one, times in Counter(given).items():
        takes_one = isinstance(one, TyperOption) and not (one.multiple or one.is_flag or one.count)
        if takes_one and times > 1:
            raise UsageRefusal(
                f"Option {one.opts[0]} is given {times} times and takes one value: give it once.",
                ctx=ctx,
            )


def take_once(app: typer.Typer) -> None:
    """Let the commands of an application refuse options that are given twice."""
    for command in app.registered_commands:
        if command.cls is None or command.cls is TyperCommand:
            command.cls = OnceCommand
    for group in app.registered_groups:
        if group.typer_instance is not None:
            take_once(group.typer_instance)
