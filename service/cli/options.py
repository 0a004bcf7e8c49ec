"""Options that several commands have."""

from __future__ import annotations

from typing import Annotated

import typer

JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]
FileLayerOption = Annotated[
    str | None, typer.Option(help="Layer of the file, where it holds several.")
]
CrsOption = Annotated[
    str | None,
    typer.Option(help="Coordinate reference system of a file that does not say its own."),
]
LimitOption = Annotated[int, typer.Option(min=1, max=1000, help="Greatest number to list.")]
