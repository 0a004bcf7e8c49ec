"""A GeoPackage: every layer of a run, described and styled, and the run itself.

GDAL writes the layers; what it has no words for (styles, descriptions of columns, the run) is
added as the standard's tables. QGIS applies the default style of each layer when it opens it.
"""

from __future__ import annotations

import datetime as dt
import json
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Final

import pyarrow as pa

from service.analyses.figures import Table
from service.export import about, tables
from service.export.columns import GEOMETRY
from service.export.geojson import run_member
from service.export.layers import Layer
from service.store import models
from service.styles import CLASSES, qml, sld

GEOMETRY_COLUMN: Final = "geom"

_VERSION: Final = "1.2"
"""Of GeoPackage: later ones bring nothing that is used here, and older programs warn of them."""

_TABLES: Final = """
CREATE TABLE run (
    fid INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL
);
CREATE TABLE layer_styles (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, f_table_catalog TEXT(256),
    f_table_schema TEXT(256), f_table_name TEXT(256), f_geometry_column TEXT(256),
    styleName TEXT(30), styleQML TEXT, styleSLD TEXT, useAsDefault BOOLEAN, description TEXT,
    owner TEXT(30), ui TEXT(30), update_time DATETIME
);
CREATE TABLE IF NOT EXISTS gpkg_extensions (
    table_name TEXT, column_name TEXT, extension_name TEXT NOT NULL, definition TEXT NOT NULL,
    scope TEXT NOT NULL, CONSTRAINT ge_tce UNIQUE (table_name, column_name, extension_name)
);
CREATE TABLE gpkg_data_columns (
    table_name TEXT NOT NULL, column_name TEXT NOT NULL, name TEXT, title TEXT, description TEXT,
    mime_type TEXT, constraint_name TEXT,
    CONSTRAINT pk_gdc PRIMARY KEY (table_name, column_name),
    CONSTRAINT gdc_tn UNIQUE (table_name, name)
);
CREATE TABLE gpkg_data_column_constraints (
    constraint_name TEXT NOT NULL, constraint_type TEXT NOT NULL, value TEXT, min NUMERIC,
    min_is_inclusive BOOLEAN, max NUMERIC, max_is_inclusive BOOLEAN, description TEXT,
    CONSTRAINT gdcc_ntv UNIQUE (constraint_name, constraint_type, value)
);
CREATE TABLE gpkg_metadata (
    id INTEGER CONSTRAINT m_pk PRIMARY KEY ASC NOT NULL,
    md_scope TEXT NOT NULL DEFAULT 'dataset', md_standard_uri TEXT NOT NULL,
    mime_type TEXT NOT NULL DEFAULT 'text/xml', metadata TEXT NOT NULL DEFAULT ''
);
CREATE TABLE gpkg_metadata_reference (
    reference_scope TEXT NOT NULL, table_name TEXT, column_name TEXT, row_id_value INTEGER,
    timestamp DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')),
    md_file_id INTEGER NOT NULL, md_parent_id INTEGER,
    CONSTRAINT crmr_mfi_fk FOREIGN KEY (md_file_id) REFERENCES gpkg_metadata(id),
    CONSTRAINT crmr_mpi_fk FOREIGN KEY (md_parent_id) REFERENCES gpkg_metadata(id)
);
"""
_SCHEMA_EXTENSION: Final = "http://www.geopackage.org/spec121/#extension_schema"
_METADATA_EXTENSION: Final = "http://www.geopackage.org/spec121/#extension_metadata"
_RUN_DESCRIPTION: Final = (
    "https://harmspot.org/run"  # names the form of the metadata; there is no page to fetch
)

_KINDS: Final = {"text": "TEXT", "day": "TEXT", "whole": "INTEGER"}

Reader = Callable[[Layer], Iterator[pa.RecordBatch]]


def write(
    run: models.AnalysisRun,
    layers: Sequence[Layer],
    path: Path,
    read: Reader,
    held: Sequence[Table] = (),
) -> None:
    """Write the layers of a run to a new GeoPackage.

    Parameters
    ----------
    run
        The run.
    layers
        Its layers.
    path
        The file, which must not exist.
    read
        Reads the batches of a layer.
    held
        Its tables; their names are none of the layers'.
    """
    from service.vector.gdal import pyogrio  # only who writes with GDAL waits for it

    for layer in layers:
        pyogrio.write_arrow(
            pa.RecordBatchReader.from_batches(layer.schema, read(layer)),
            path,
            layer=layer.name,
            driver="GPKG",
            geometry_name=GEOMETRY,
            geometry_type=layer.geometry_type,
            crs="EPSG:4326",
            dataset_options={"VERSION": _VERSION},
            layer_options={
                "GEOMETRY_NAME": GEOMETRY_COLUMN,
                "IDENTIFIER": layer.title,
                "DESCRIPTION": layer.description,
            },
        )
    with closing(sqlite3.connect(path)) as connection:
        with connection:
            connection.executescript(_TABLES)
            _describe(connection, layers)
            for table in held:
                _fill(connection, table)
            _style(connection, layers)
            _tell_of_run(connection, run)
            _date(connection, run.created_at)
        # Leaves no trace of the time at which GDAL wrote: the same run gives the same bytes.
        connection.execute("VACUUM")


def _describe(connection: sqlite3.Connection, layers: Sequence[Layer]) -> None:
    connection.executemany(
        "INSERT INTO gpkg_data_columns VALUES (?, ?, ?, ?, ?, NULL, ?)",
        [
            (
                layer.name,
                one.name,
                one.name,
                one.title,
                one.in_words,
                "hot_spot_class" if one.name == "class" else None,
            )
            for layer in layers
            for one in layer.columns
        ],
    )
    connection.executemany(
        "INSERT INTO gpkg_data_column_constraints (constraint_name, constraint_type, value,"
        " description) VALUES ('hot_spot_class', 'enum', ?, ?)",
        [(one.name, one.title) for one in CLASSES],
    )
    connection.executemany(
        "INSERT INTO gpkg_extensions VALUES (?, NULL, ?, ?, 'read-write')",
        [
            ("gpkg_data_columns", "gpkg_schema", _SCHEMA_EXTENSION),
            ("gpkg_data_column_constraints", "gpkg_schema", _SCHEMA_EXTENSION),
            ("gpkg_metadata", "gpkg_metadata", _METADATA_EXTENSION),
            ("gpkg_metadata_reference", "gpkg_metadata", _METADATA_EXTENSION),
        ],
    )


def _fill(connection: sqlite3.Connection, table: Table) -> None:
    """Write a table without geometry, its columns described."""
    columns = tables.columns_of(table)
    name, told = _quoted(table.name), table.description
    kinds = ", ".join(f"{_quoted(one.name)} {_KINDS.get(one.reads, 'REAL')}" for one in columns)
    connection.execute(
        f"CREATE TABLE {name} (fid INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, {kinds})"
    )
    connection.executemany(
        f"INSERT INTO {name} ({', '.join(_quoted(one.name) for one in columns)})"  # noqa: S608
        f" VALUES ({', '.join('?' * len(columns))})",
        tables.rows_of(table),
    )
    _register(connection, table.name, table.title, told)
    connection.executemany(
        "INSERT INTO gpkg_data_columns VALUES (?, ?, ?, NULL, ?, NULL, NULL)",
        [(table.name, one.name, one.name, one.description or one.title) for one in columns],
    )


def _quoted(name: str) -> str:
    """Return a name as SQL writes it."""
    doubled = name.replace('"', '""')
    return f'"{doubled}"'


def _style(connection: sqlite3.Connection, layers: Sequence[Layer]) -> None:
    connection.executemany(
        "INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name,"
        " f_geometry_column, styleName, styleQML, styleSLD, useAsDefault, description, owner)"
        " VALUES ('', '', ?, ?, ?, ?, ?, 1, ?, '')",
        [
            (
                layer.name,
                GEOMETRY_COLUMN,
                layer.title,
                qml.document(layer.style),
                sld.document(layer.style),
                f"{layer.title} as Harmspot draws them",
            )
            for layer in layers
        ],
    )
    _register(connection, "layer_styles", "Styles", "Default styles that QGIS applies.")


def _tell_of_run(connection: sqlite3.Connection, run: models.AnalysisRun) -> None:
    member = run_member(run)
    documents = [
        (name, json.dumps(document, ensure_ascii=False))
        for name, document in (
            ("parameters", run.parameters),
            ("provenance", run.provenance),
            ("result", run.result),
        )
    ]
    connection.executemany(
        "INSERT INTO run (name, value) VALUES (?, ?)", [*about.facts(run), *documents]
    )
    _register(connection, "run", "Run", "What the layers rest on, and how to get them again.")
    connection.execute(
        "INSERT INTO gpkg_metadata VALUES (1, 'dataset', ?, 'application/json', ?)",
        (_RUN_DESCRIPTION, json.dumps(member, ensure_ascii=False)),
    )
    connection.execute(
        "INSERT INTO gpkg_metadata_reference (reference_scope, md_file_id) VALUES ('geopackage', 1)"
    )


def _register(connection: sqlite3.Connection, table: str, title: str, description: str) -> None:
    connection.execute(
        "INSERT INTO gpkg_contents (table_name, data_type, identifier, description)"
        " VALUES (?, 'attributes', ?, ?)",
        (table, title, description),
    )


def _date(connection: sqlite3.Connection, created_at: dt.datetime) -> None:
    """Date everything by the run, which does not change, in place of now."""
    moment = created_at.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
    for statement in (
        "UPDATE gpkg_contents SET last_change = ?",
        "UPDATE gpkg_metadata_reference SET timestamp = ?",
        "UPDATE layer_styles SET update_time = ?",
    ):
        connection.execute(statement, (moment,))
