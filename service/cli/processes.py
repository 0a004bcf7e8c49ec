"""A group of commands with one for each analysis of the registry."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from typer.core import TyperCommand, TyperGroup

from service.cli.lazy import LazyCommand

if TYPE_CHECKING:
    from service.analyses.contract import Process


class ProcessGroup(TyperGroup):
    """Each analysis that there is when the command is called, then the group's other commands."""

    panel: ClassVar[str] = "Analyses"

    @staticmethod
    def command_for(process: Process[Any]) -> TyperCommand:
        """Return the command of an analysis."""
        raise NotImplementedError

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the names of the commands."""
        from service.analyses.registry import PROCESSES

        return [*PROCESSES, *super().list_commands(ctx)]

    def get_command(self, ctx: Any, cmd_name: str) -> TyperCommand | None:
        """Return a command by its name.

        Raises
        ------
        NotFoundError
            When there is no such analysis, unless only completions are looked for.
        """
        own = super().get_command(ctx, cmd_name)
        if isinstance(own, TyperCommand):
            return own
        from service.analyses import registry

        if cmd_name.startswith("-") or (
            ctx.resilient_parsing and cmd_name not in registry.PROCESSES
        ):
            return None
        process = registry.find(cmd_name)
        return LazyCommand(
            process.name,
            lambda: self.command_for(process),
            help=process.title,
            rich_help_panel=self.panel,
        )
