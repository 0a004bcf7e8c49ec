"""What the command line shows: tables of targets and batches, and files written whole."""

from __future__ import annotations

import datetime as dt
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.markup import escape
from rich.measure import Measurement
from rich.table import Table

from service.errors import UnreadableFileError
from spatial import outlook, rounding

if TYPE_CHECKING:
    from service.analyses.figures import Table as Figure
    from service.analyses.tested import Tested
    from service.ingest.connectors.origin import Origin
    from service.ingest.report import BatchReport

_FEW = 8
_WIDEST = 1_000
_BASIS = (
    "Basis, on what a rank stands beside what is expected: own, its harm is beyond chance, also "
    "without its worst incident; neighbourhood, only what surrounds it is; both; none, chance can "
    "explain it."
)

out = Console()
err = Console(stderr=True)


def print_targets(collection: dict[str, Any], console: Console, how: Tested | None = None) -> None:
    """Print targets as a table, one line of evidence each, and what the run rests on.

    Parameters
    ----------
    collection
        The targets as GeoJSON, with their run.
    console
        Where to print.
    how
        How the list was tested, which is said above it.
    """
    run = collection["run"]
    if how is not None:
        console.print(escape(how.words), soft_wrap=True)
    unit = run["harm_index"]["unit"]
    by_expected = run["parameters"].get("strategy") == "expected"
    evidence = ("expected next", "basis") if by_expected else ("q", "class")
    table = Table("#", "place", "count", f"harm ({unit})", "share", *evidence, title="Targets")
    for column in table.columns:
        if column.header not in ("place", "class", "basis"):
            column.justify = "right"
    for feature in collection["features"]:
        about = feature["properties"]
        table.add_row(
            str(about["rank"]),
            escape(about["label"]),
            f"{about['count']:,}",
            rounding.harm(about["harm"]),
            rounding.percent(about["harm_share"]),
            *(_expected(about) if by_expected else _beyond_chance(about)),
        )
    if collection["features"]:
        print_table(table, console)
        if by_expected:
            console.print(_BASIS, soft_wrap=True)
        best = collection["features"][0]["properties"]
        console.print(f"1. {escape(best['label'])}: {escape(best['note'])}")
    if run.get("message"):
        console.print(escape(run["message"]))
    for warning in run["warnings"]:
        console.print(f"[yellow]Warning:[/] {escape(warning)}", soft_wrap=True)
    counts = run["incidents"]
    console.print(
        f"Run {run['id']}: {counts['used']:,} of {counts['in_window']:,} incidents used, "
        f"{counts['outside']:,} outside the study area; left out: {_left_out(counts)}."
    )
    if before := counts.get("history"):
        console.print(
            f"Before the window: {before['used']:,} of {before['before_window']:,} incidents used, "
            f"{before['outside']:,} outside the study area; left out: {_left_out(before)}."
        )


def _left_out(counts: dict[str, Any]) -> str:
    return ", ".join(f"{many:,} {why}" for why, many in counts["excluded"].items()) or "none"


def _expected(target: dict[str, Any]) -> tuple[str, str]:
    """Return what is expected of a target, with its interval, and what stands behind its rank."""
    expected, interval = target.get("expected_harm"), target.get("expected_interval")
    told = "" if expected is None else outlook.told(expected, interval)
    return told, target.get("basis") or ""


def _beyond_chance(target: dict[str, Any]) -> tuple[str, str]:
    """Return the smallest q of a target, and the class that goes with it."""
    q = target.get("q_min")
    return "" if q is None else rounding.figures(q, 2), target.get("class", "")


def print_reports(reports: list[BatchReport], whole: BatchReport) -> None:
    """Print what became of each file's rows, and of all together."""
    from service.words import batches as words

    table = Table("file", *(words.count(one).lower() for one in words.COUNTS))
    for column in table.columns[1:]:
        column.justify = "right"
    named = [(report.file or "", report) for report in reports]
    for name, report in [*named, *([("total", whole)] if len(reports) > 1 else [])]:
        numbers = (getattr(report, one) for one in words.COUNTS)
        table.add_row(escape(name), *(f"{number:,}" for number in numbers))
    print_table(table)
    for report in reports:
        if report.origin is not None:
            out.print(escape(_origin(report.origin)), soft_wrap=True)
    if whole.cancelled:
        out.print(f"cancelled by the force: {whole.cancelled:,}")
    if whole.removed:
        out.print(f"stored incidents taken away: {whole.removed:,}")
    for reason, many in whole.rejected_by_reason.items():
        out.print(words.rejected(many, reason))
    print_warnings(whole.warnings)


def _origin(origin: Origin) -> str:
    """Return where a batch was fetched, in words."""
    rows = "" if origin.rows is None else f", {origin.rows:,} rows in {origin.pages:,} pages"
    told = "" if origin.rows_told is None else f" of {origin.rows_told:,} that it told of"
    return (
        f"fetched {origin.fetched_at:%Y-%m-%d %H:%M} UTC from {origin.url} ({origin.kind}"
        f"{rows}{told})"
    )


def print_warnings(warnings: list[str]) -> None:
    """Print warnings beside what a command prints, so that its output stays clean."""
    for warning in warnings:
        err.print(f"[yellow]Warning:[/] {escape(warning)}", soft_wrap=True)


def print_table(table: Table, console: Console = out) -> None:
    """Print a table whole: as wide as it is where nobody looks, folded on a narrow terminal."""
    for column in table.columns:
        column.overflow = "fold"
    if console.is_terminal:
        console.print(table)
        return
    unbound = console.options.update(max_width=_WIDEST)
    width = Measurement.get(console, unbound, table).maximum
    Console(file=console.file, width=width).print(table)


def print_figure(figure: Figure) -> None:
    """Print a table of a run, its values as pages write them."""
    from service.words.saying import reading

    held = [
        at
        for at in range(len(figure.columns))
        if any(row[at] not in (None, "", (None, None)) for row in figure.rows)
    ]
    table = Table(title=figure.title)
    for at in held:
        column = figure.columns[at]
        table.add_column(column.title, justify="left" if column.reads == "text" else "right")
    for row in figure.rows:
        table.add_row(*(escape(reading(row[at], figure.columns[at].reads)) for at in held))
    print_table(table)
    for column in (figure.columns[at] for at in held):
        if column.description:
            out.print(escape(f"{column.title}: {column.description}"), soft_wrap=True)


def print_tree(result: dict[str, Any], indent: str = "") -> None:
    """Print a nested result as indented lines; what is no line is left to `--json`."""
    for key, value in result.items():
        name = f"{indent}{key.replace('_', ' ')}"
        if isinstance(value, dict) and set(value) == {"value", "interval"}:
            low, high = (in_words(one) for one in value["interval"])
            out.print(f"{name}: {in_words(value['value'])} ({low} to {high})")
        elif isinstance(value, dict) and all(isinstance(one, list) for one in value.values()):
            out.print(f"{name}: {len(value)} columns of numbers (--json shows them)")
        elif isinstance(value, dict):
            out.print(f"{name}:")
            print_tree(value, indent + "  ")
        elif not isinstance(value, list):
            out.print(f"{name}: {escape(in_words(value))}", soft_wrap=True)
        elif value and len(value) <= _FEW and not any(isinstance(one, dict) for one in value):
            out.print(f"{name}: {escape(', '.join(map(in_words, value)))}", soft_wrap=True)
        elif value:
            out.print(f"{name}: {len(value):,} (--json shows them)")


def in_words(value: Any) -> str:
    """Return a value as people read it."""
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return rounding.decimals(value) if abs(value) >= 1000 else rounding.figures(value, 3)
    return str(value)


def print_json(document: Any) -> None:
    """Print a document as one line of JSON."""
    sys.stdout.write(json.dumps(document, ensure_ascii=False, default=_date) + "\n")


def _date(value: Any) -> str:
    if isinstance(value, dt.date):
        return value.isoformat()
    raise TypeError(f"{value!r} has no JSON form")


def write_file(path: Path, content: bytes) -> None:
    """Write a file whole or not at all.

    Raises
    ------
    UnreadableFileError
        When it cannot be written.
    """
    partial = path.with_name(f".{path.name}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial.write_bytes(content)
        partial.replace(path)
    except OSError as error:
        raise UnreadableFileError(f"{path} cannot be written: {error.strerror}.") from error
