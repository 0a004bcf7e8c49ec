"""The parameters that narrow a collection to some of its features."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Path, Query
from psycopg import sql

from service.http.ogc import boxes, crs, times
from service.http.ogc.cql import translation as cql
from service.http.ogc.cql.parsing import LANGUAGES, check_language
from service.http.ogc.crs import Crs
from service.http.ogc.queries import Source
from service.store.views import GEOMETRY

CollectionId = Annotated[
    str,
    Path(
        alias="collectionId",
        description="Id of the collection.",
        json_schema_extra={"examples": ["targets"]},
    ),
]
FilterText = Annotated[
    str | None,
    Query(
        alias="filter",
        description="Only features that meet this condition, in CQL2.",
        json_schema_extra={"examples": ["harm > 100 AND class = 'hot_99'"]},
    ),
]
FilterLanguage = Annotated[
    str,
    Query(
        alias="filter-lang",
        description="Language of the filter.",
        json_schema_extra={"enum": list(LANGUAGES)},
    ),
]
FilterCrs = Annotated[
    str | None,
    Query(alias="filter-crs", description="Coordinate reference system of the filter's shapes."),
]


@dataclass(frozen=True)
class Filtering:
    """A condition in CQL2."""

    text: str | None
    language: str
    crs: str | None

    def of(self, source: Source, systems: tuple[Crs, ...]) -> Source:
        """Return the rows that meet the condition.

        Raises
        ------
        InvalidInputError
            When it cannot be read; the message says where and why.
        """
        check_language(self.language)
        system = crs.find(self.crs, systems, "filter-crs")
        if self.text is None:
            return source
        named = cql.queryable(source.columns())
        return source.narrowed(cql.condition(self.text, self.language, named, system))


@dataclass(frozen=True)
class Narrowing:
    """A box, a time, and a condition in CQL2."""

    filtering: Filtering
    bbox: str | None
    bbox_crs: str | None
    datetime: str | None

    def of(self, source: Source, systems: tuple[Crs, ...]) -> Source:
        """Return the rows that meet every condition.

        Raises
        ------
        InvalidInputError
            When a parameter cannot be read; the message says which and why.
        """
        conditions: list[sql.Composable] = []
        system = crs.find(self.bbox_crs, systems, "bbox-crs")
        if self.bbox is not None:
            box = boxes.parse_box(self.bbox, system)
            conditions.append(boxes.touching(sql.Identifier(GEOMETRY), box))
        if self.datetime is not None:
            span = times.parse(self.datetime)
            if source.rows.run is not None:
                conditions.append(times.of_run(span, source.rows.run))
            elif source.collection.span is not None:
                conditions.append(times.of_columns(span, *source.collection.span))
        return self.filtering.of(source.narrowed(*conditions), systems)


# Coroutines, though they wait for nothing: the framework would send each to a thread otherwise.
async def _filtering(
    filter_: FilterText = None,
    filter_lang: FilterLanguage = "cql2-text",
    filter_crs: FilterCrs = None,
) -> Filtering:
    return Filtering(filter_, filter_lang, filter_crs)


FilteringDep = Annotated[Filtering, Depends(_filtering)]


async def _narrowing(
    filtering: FilteringDep,
    bbox: Annotated[
        str | None,
        Query(
            description="Only features that touch this box: west,south,east,north (or with "
            "heights, which are ignored). West may be greater than east: across the "
            "antimeridian.",
            json_schema_extra={"examples": ["-0.11,51.50,-0.08,51.52"]},
        ),
    ] = None,
    bbox_crs: Annotated[
        str | None,
        Query(alias="bbox-crs", description="Coordinate reference system of the box."),
    ] = None,
    datetime: Annotated[
        str | None,
        Query(
            description="Only features of this instant or interval (RFC 3339). Features of a "
            "run are of its window; those without a time are always of it.",
            json_schema_extra={"examples": ["2025-03-01T00:00:00Z/.."]},
        ),
    ] = None,
) -> Narrowing:
    return Narrowing(filtering, bbox, bbox_crs, datetime)


NarrowingDep = Annotated[Narrowing, Depends(_narrowing)]
