"""Figures as an analysis declares them: what is shown, never how; every surface draws them itself.

A figure is made of a stored run alone, and can be written as JSON. Its numbers come with the way
in which they read, so that a share is a share on every surface.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Annotated, Any, Final, Literal, TypeAlias, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from service.analyses.property import Reads
from service.words.runs import tidy

Number: TypeAlias = int | float
Interval: TypeAlias = tuple[Number | None, Number | None]
"""From, to; None: it is open there."""
Text: TypeAlias = Annotated[str, AfterValidator(tidy)]
"""One line that any document can hold, whatever it came from."""
Cell: TypeAlias = Text | Number | Interval | None
Name: TypeAlias = Annotated[str, Field(pattern="^[a-z][a-z0-9_]{0,59}$")]


_TAKEN: Final = ("fid", "ogc_fid", "geom", "geometry", "wkt", "bbox")


class _Declared(BaseModel):
    # A NaN has no place in JSON: what is not known is None.
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Column(_Declared):
    """A column of a table, or the quantity along an axis.

    Parameters
    ----------
    name
        In files, where an interval has two columns, NAME_low and NAME_high.
    title
        On pages.
    reads
        How its values read.
    interval
        Whether a value is an interval: from, to.
    description
        What it holds, for files that have room for it; empty: the title says it.
    folded
        Whether it may be folded away where a table has little room: what the others say is enough
        to judge by.
    """

    name: Name
    title: Text
    reads: Reads = "text"
    interval: bool = False
    description: Text = ""
    folded: bool = False


class _Figure(_Declared):
    """What every figure has.

    Parameters
    ----------
    name
        Tells it from the other figures of the run.
    title
        Its heading.
    description
        What it shows, in a sentence: the caption, and what readers of no picture are told.
    """

    name: Name
    title: Text
    description: Text


class Table(_Figure):
    """Rows of values; the first column names the row."""

    kind: Literal["table"] = "table"
    columns: Annotated[tuple[Column, ...], Field(min_length=1)]
    rows: tuple[tuple[Cell, ...], ...]

    @model_validator(mode="after")
    def _columns_are_told_apart(self) -> Table:
        _refuse_twice(self.name, self.columns)
        return self

    @model_validator(mode="after")
    def _rows_fit(self) -> Table:
        _refuse_ragged(self.name, self.rows, len(self.columns))
        return self

    def as_table(self) -> Table:
        """Return the figure's numbers as a table: itself."""
        return self


class Bars(_Figure):
    """A bar for each of some things, with its interval where there is one.

    Parameters
    ----------
    of, value
        What has a bar, and what its length tells.
    bars
        Name of each thing, its value (None: not known) and its interval (None: it has none).
    """

    kind: Literal["bars"] = "bars"
    of: Column
    value: Column
    bars: tuple[tuple[Text, Number | None, Interval | None], ...]

    def as_table(self) -> Table:
        """Return the figure's numbers as a table."""
        if all(interval is None for _, _, interval in self.bars):
            return _table(self, [self.of, self.value], [bar[:2] for bar in self.bars])
        return _table(self, [self.of, self.value, _interval_of(self.value)], self.bars)


class Course(_Declared):
    """A line of a figure of lines.

    Parameters
    ----------
    name, title
        In files, and in the key.
    values
        At each place across; None: not known there, and the line is broken.
    low, high
        The band around it, at the same places; None: it has none.
    """

    name: Name
    title: Text
    values: tuple[Number | None, ...]
    low: tuple[Number | None, ...] | None = None
    high: tuple[Number | None, ...] | None = None


class Line(_Figure):
    """Lines over one axis, each with a band where its interval is known.

    Parameters
    ----------
    across, up
        What runs along the axes.
    at
        Where the values stand across, rising: numbers, or days (ISO).
    lines
        The lines, the most important first.
    """

    kind: Literal["line"] = "line"
    across: Column
    up: Column
    at: tuple[Number, ...] | tuple[str, ...]
    lines: Annotated[tuple[Course, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _lines_fit(self) -> Line:
        for one in self.lines:
            held = [one.values, *(side for side in (one.low, one.high) if side is not None)]
            _refuse_ragged(f"{self.name}.{one.name}", held, len(self.at))
            if (one.low is None) != (one.high is None):
                raise ValueError(f"{self.name}.{one.name} has one side of a band: give both")
        return self

    def as_table(self) -> Table:
        """Return the figure's numbers as a table."""
        columns: list[Column] = [self.across]
        series: list[Sequence[Cell]] = [self.at]
        for one in self.lines:
            columns.append(Column(name=one.name, title=one.title, reads=self.up.reads))
            series.append(one.values)
            if one.low is not None and one.high is not None:
                columns.append(_interval_of(columns[-1]))
                series.append(list(zip(one.low, one.high, strict=True)))
        return _table(self, columns, zip(*series, strict=True))


class HeatStrip(_Figure):
    """A field of n x m squares, shaded by their value: hours of the week, months of years.

    Parameters
    ----------
    down, across
        What the rows and the columns are.
    rows, columns
        The name of each row and of each column.
    value
        What the shade tells.
    values
        A row of values for each row; None: not known.
    """

    kind: Literal["heat_strip"] = "heat_strip"
    down: Column
    across: Column
    value: Column
    rows: tuple[Text, ...]
    columns: tuple[Text, ...]
    values: tuple[tuple[Number | None, ...], ...]

    @model_validator(mode="after")
    def _values_fit(self) -> HeatStrip:
        if len(self.values) != len(self.rows):
            raise ValueError(f"{self.name} has {len(self.values)} rows for {len(self.rows)} names")
        _refuse_ragged(self.name, self.values, len(self.columns))
        return self

    def as_table(self) -> Table:
        """Return the figure's numbers as a table, a row for each square."""
        rows = [
            (row, column, value)
            for row, values in zip(self.rows, self.values, strict=True)
            for column, value in zip(self.columns, values, strict=True)
        ]
        return _table(self, [self.down, self.across, self.value], rows)


Shape: TypeAlias = Literal["line", "polygon"]


class Place(_Declared):
    """A place of a layer: its geometry in GeoJSON (longitude, latitude), and its values."""

    geometry: dict[str, Any]
    values: tuple[Cell, ...]

    @model_validator(mode="after")
    def _is_drawable(self) -> Place:
        if self.shape not in get_args(Shape):
            raise ValueError(f"a place is a line or a polygon, not a {self.shape}")
        return self

    @property
    def shape(self) -> str:
        """What it is drawn as."""
        name = str(self.geometry.get("type"))
        return name.removeprefix("Multi").removesuffix("String").lower()


class Layer(_Figure):
    """Places on a map, beside the targets and units that runs store: few, since all are one JSON.

    Parameters
    ----------
    shape
        What all of them are.
    columns
        What is told of each; the first names it.
    places
        The places.
    """

    kind: Literal["layer"] = "layer"
    shape: Shape
    columns: Annotated[tuple[Column, ...], Field(min_length=1)]
    places: tuple[Place, ...]

    @model_validator(mode="after")
    def _places_fit(self) -> Layer:
        _refuse_ragged(self.name, [one.values for one in self.places], len(self.columns))
        _refuse_twice(self.name, self.columns)
        for one in self.places:
            if one.shape != self.shape:
                raise ValueError(f"{self.name} is a layer of {self.shape}s and holds a {one.shape}")
        return self

    def as_table(self) -> Table:
        """Return what is told of each place as a table."""
        return _table(self, self.columns, [one.values for one in self.places])


Figure: TypeAlias = Annotated[Table | Bars | Line | HeatStrip | Layer, Field(discriminator="kind")]


def _table(figure: _Figure, columns: Sequence[Column], rows: Iterable[Sequence[Cell]]) -> Table:
    return Table(
        name=figure.name,
        title=figure.title,
        description=figure.description,
        columns=tuple(columns),
        rows=tuple(tuple(row) for row in rows),
    )


def _interval_of(column: Column) -> Column:
    return column.model_copy(update={"title": f"{column.title}, interval", "interval": True})


def _refuse_twice(name: str, columns: Sequence[Column]) -> None:
    held: set[tuple[str, bool]] = set()
    for one in columns:
        if one.name in _TAKEN:
            raise ValueError(f"{one.name} is a column that files need themselves: name it apart")
        if (one.name, one.interval) in held:
            raise ValueError(f"{name} has two columns {one.name}")
        held.add((one.name, one.interval))


def _refuse_ragged(name: str, rows: Iterable[Sequence[Any]], length: int) -> None:
    for at, row in enumerate(rows):
        if len(row) != length:
            raise ValueError(f"row {at} of {name} has {len(row)} values for {length}")
