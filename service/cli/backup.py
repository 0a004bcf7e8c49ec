"""The commands that keep all that is stored in a file, and get it back."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from service.cli.console import err, out
from service.settings import get_settings


def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The file to write.")],
) -> None:
    """Keep all that is stored in a file, while the service runs; its manifest stands beside it."""
    from service.store import backup as keeping

    manifest = keeping.write(get_settings(), file.expanduser())
    out.print(f"{escape(str(file))}: {manifest.size:,} bytes, {_rows(manifest.rows)}.")
    err.print(f"Keep it with {escape(keeping.Manifest.beside(file).name)}: both are needed.")


def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A file that `backup` wrote.")],
) -> None:
    """Get back what a file holds, into a database in which nothing is stored yet."""
    from service.store import backup as keeping

    manifest = keeping.restore(get_settings(), file.expanduser())
    out.print(f"Back are {_rows(manifest.rows)}, counted and as they were kept.")


def _rows(rows: dict[str, int]) -> str:
    named = {"incident": "incidents", "analysis_run": "runs", "target": "targets"}
    return ", ".join(f"{rows.get(table, 0):,} {name}" for table, name in named.items())
