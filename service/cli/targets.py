"""The command that ranks patrol targets and shows them as a table."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand

from service.cli import parameters
from service.cli.console import out, print_targets, write_file
from service.cli.options import JsonOption
from service.cli.run import executed

_ABOUT = "Rank patrol targets with their evidence: `harmspot run targets`, shown as a table."


def command() -> TyperCommand:
    """Return the command: the options of `harmspot run targets`, and where the targets go."""
    from service.analyses import registry

    process = registry.find("targets")

    def targets(
        given: dict[str, Any],
        output: Annotated[
            Path | None, typer.Option("--output", "-o", help="Write the targets as GeoJSON.")
        ] = None,
        as_json: JsonOption = False,
    ) -> None:
        from service.analyses.tested import tested
        from service.export import geojson

        with executed(process, given) as (session, run):
            document, how = geojson.targets(session, run), tested(session, run)
        if output is not None:
            write_file(output, document)
        if as_json:
            sys.stdout.write(document.decode() + "\n")
            return
        print_targets(json.loads(document), out, how)
        if output is not None:
            out.print(f"Written to {output}.")

    return parameters.command(process.name, process.params, targets, about=_ABOUT)


def targets() -> None:
    """Rank patrol targets with their evidence, and show them as a table."""
