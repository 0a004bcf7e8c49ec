"""Commands for profiles: which there are, one guessed for a file, one tried on a file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape
from rich.table import Table

from service.cli.console import err, out, print_json, print_warnings, write_file
from service.cli.options import JsonOption
from service.settings import get_settings

if TYPE_CHECKING:
    from service.ingest.preview.previewed import IncidentShown
    from service.ingest.preview.trial import Trial

app = typer.Typer(help="Profiles: what the columns of a source's files mean.")

_SHOWN = 20

FileArgument = Annotated[Path, typer.Argument(help="A file of incidents.")]


@app.command("list")
def list_profiles(as_json: JsonOption = False) -> None:
    """List the profiles that ship with Harmspot."""
    from service.ingest.profiles.loading import known_profiles, load_profile

    profiles = [load_profile(name) for name in known_profiles()]
    if as_json:
        print_json([{"name": one.name, "title": one.title} for one in profiles])
        return
    table = Table("profile", "reads")
    for one in profiles:
        table.add_row(escape(one.name), escape(one.title))
    out.print(table)


@app.command("suggest")
def suggest(
    file: FileArgument,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="Write the profile to this file.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Guess a profile for a file: TOML, with what to look at as comments. Nothing is stored.

    Exits 1 where it cannot tell a column that every profile needs: say it in the file.
    """
    from service.ingest.profiles.guess import guessed
    from service.ingest.profiles.toml import text_of
    from service.ingest.readers.limits import Limits

    found = guessed(file, Limits.of(get_settings()))
    text = text_of(found.written, found.notes)
    if output is not None:
        write_file(output, text.encode())
    if as_json:
        print_json({"profile": found.written, "notes": found.notes, "toml": text})
    elif output is None:
        out.file.write(text)
    else:
        out.print(f"Written to {escape(str(output))}.")
        print_warnings(found.notes)
    if found.lacks:
        where = f" below [columns] in {output}" if output is not None else ""
        err.print(
            f"[red]Error:[/] The profile is not whole: no column was found for "
            f"{', '.join(found.lacks)}. Say which they are{escape(where)}.",
            soft_wrap=True,
        )
        raise typer.Exit(1)


@app.command("check")
def check(
    file: FileArgument,
    profile: Annotated[
        str, typer.Option(help="The name of a shipped profile, or the path of a TOML file.")
    ],
    source: Annotated[
        str | None, typer.Option(help="Name of the source; default the profile's.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Read a file by a profile and show what would be stored. Nothing is stored."""
    from service.ingest.preview.trial import tried
    from service.ingest.profiles.loading import load_profile
    from service.ingest.readers.limits import Limits

    limits = Limits.of(get_settings())
    trial = tried(file, load_profile(profile), source_name=source, limits=limits)
    if as_json:
        print_json(trial.model_dump(mode="json"))
        return
    _print(trial)


def _print(trial: Trial) -> None:
    from service.ingest.checks.warned import number_of
    from service.words import batches as words

    table = Table("id", "offence", "when (UTC)", "known to", "longitude", "latitude", "place")
    for row in trial.rows[:_SHOWN]:
        table.add_row(
            escape(row.external_id or ""),
            escape(row.offence_code),
            _when(row),
            row.time_precision,
            f"{row.longitude:.6f}",
            f"{row.latitude:.6f}",
            escape(row.location_text or ""),
        )
    if trial.rows:
        out.print(table)
    if len(trial.rows) > _SHOWN:
        out.print(f"... and {len(trial.rows) - _SHOWN:,} more")
    out.print(
        f"{number_of(trial.read, 'row')} read: {trial.accepted:,} would be stored, "
        f"{number_of(trial.duplicate, 'repeats', 'repeat')} others of the file, "
        f"{trial.rejected:,} would be rejected."
    )
    for reason, rows in trial.rejected_by_reason.items():
        out.print(words.rejected(rows, reason))
    for one in trial.rejected_rows[:_SHOWN]:
        out.print(f"  line {one.line}: {escape(one.message)}", soft_wrap=True)
    print_warnings(trial.warnings)


def _when(row: IncidentShown) -> str:
    begins, ends = f"{row.occurred_from:%Y-%m-%d %H:%M}", f"{row.occurred_to:%Y-%m-%d %H:%M}"
    return begins if begins == ends else f"{begins} to {ends}"
