"""Keeping all that is stored in one file, and getting it back: PostgreSQL's own programs do both.

Beside the file stands a manifest: what the file holds, as of the same moment, and its digest. A
file that came back is held against it before anybody reads it.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import psycopg
from psycopg import sql
from sqlalchemy import make_url

from service import __version__
from service.errors import ConflictError, UnreadableFileError
from service.settings import Settings
from service.store import schema
from service.store.cluster.binaries import PostgresMissingError, installed
from service.store.cluster.embedded import DATABASE, default_data_dir, start
from service.store.session import Database, open_database
from spatial.errors import HarmspotError, InvalidInputError

_PIECE_BYTES: Final = 1 << 20
_RESTORING: Final = f"{DATABASE}_restoring"
_COUNTED: Final = ("agency", "incident", "ingest_batch", "analysis_run", "target", "unit_score")
"""The tables whose rows are counted; the digest holds the others."""

_STORED: Final = (
    *_COUNTED, "boundary_layer", "street_network", "ingest_profile", "schedule", "job",
)  # fmt: skip
"""The tables of which a new installation has no row, but for its agency."""


class BackupError(HarmspotError):
    """PostgreSQL's own program failed; the message is its own."""


@dataclass(frozen=True)
class Manifest:
    """What a file holds.

    Parameters
    ----------
    software_version
        The Harmspot that wrote it.
    schema_revision
        Of its tables.
    postgresql
        The server's version, such as 150008.
    sha256, size
        Of the file.
    rows
        By table, those that decide most.
    """

    software_version: str
    schema_revision: str
    postgresql: int
    sha256: str
    size: int
    rows: dict[str, int]

    @staticmethod
    def beside(path: Path) -> Path:
        """Return where the manifest of a file stands."""
        return path.with_name(f"{path.name}.json")


def write(settings: Settings, path: Path) -> Manifest:
    """Write all that is stored to a file, of one moment, while others read and write.

    Parameters
    ----------
    settings
        Name the database.
    path
        The file, which only its owner reads; a file that is there already is left alone.

    Raises
    ------
    InvalidInputError
        When the file is there already, or its folder is not.
    BackupError
        When PostgreSQL refuses; no half file is left.
    """
    there = path.exists() or Manifest.beside(path).exists()
    if there or not path.parent.is_dir():
        said = (
            "or its manifest is there already"
            if there
            else "would be in a folder that is not there"
        )
        raise InvalidInputError(f"{path} {said}: name another file.")
    with open_database(settings) as database, _connection(database) as connection:
        # One moment for the counts and for the copy, whoever writes meanwhile.
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        (snapshot,) = connection.execute("SELECT pg_export_snapshot()").fetchone() or ("",)
        counted = _counted(connection)
        revision = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        unfinished = path.with_name(f"{path.name}.unfinished")
        try:
            descriptor = os.open(
                unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600
            )
            with open(descriptor, "wb") as file:
                digest, size = _dumped(database, connection.info.server_version, snapshot, file)
                file.flush()
                os.fsync(file.fileno())
            manifest = Manifest(
                software_version=__version__,
                schema_revision=str(revision[0]) if revision else "",
                postgresql=connection.info.server_version,
                sha256=digest,
                size=size,
                rows=counted,
            )
            told = json.dumps(asdict(manifest), indent=2)
            Manifest.beside(path).write_text(told + "\n", encoding="utf-8")
            unfinished.rename(path)
        finally:
            unfinished.unlink(missing_ok=True)
    return manifest


def restore(settings: Settings, path: Path) -> Manifest:
    """Get back what a file holds, into a database in which nothing is stored yet.

    Parameters
    ----------
    settings
        Name the database.
    path
        A file that `write` made, with its manifest beside it.

    Raises
    ------
    UnreadableFileError
        When the file is not what its manifest says, or was made by a later version.
    ConflictError
        When something is stored already: it is never overwritten.
    BackupError
        When PostgreSQL refuses; the database is then as it was.
    """
    manifest = _checked(path)
    if settings.database_url is not None:
        database = Database.at(settings.database_url.get_secret_value())
        with _connection(database) as connection:
            _refuse_what_holds_something(connection)
            major = connection.info.server_version
        _fill(database, major, path, manifest)
        return manifest
    with start(settings.data_dir or default_data_dir()) as cluster:
        held = Database.at(cluster.url)
        with _connection(held) as connection:
            _refuse_what_holds_something(connection)
            major = connection.info.server_version
        fresh = Database(held.url.set(database=_RESTORING))
        _rename_or_drop(held, f"DROP DATABASE IF EXISTS {_RESTORING} WITH (FORCE)")
        _rename_or_drop(held, f"CREATE DATABASE {_RESTORING} TEMPLATE template0")
        _fill(fresh, major, path, manifest)
        _rename_or_drop(held, f"DROP DATABASE {DATABASE} WITH (FORCE)")
        _rename_or_drop(held, f"ALTER DATABASE {_RESTORING} RENAME TO {DATABASE}")
        held.dispose()
    return manifest


def _checked(path: Path) -> Manifest:
    beside = Manifest.beside(path)
    try:
        manifest = Manifest(**json.loads(beside.read_text(encoding="utf-8")))
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError as error:
        raise UnreadableFileError(
            f"{error.filename} is not there: a backup is a file and its manifest beside it "
            f"({beside.name})."
        ) from error
    except (ValueError, TypeError) as error:
        raise UnreadableFileError(f"{beside} is no manifest of a backup.") from error
    if digest != manifest.sha256:
        raise UnreadableFileError(
            f"{path} is not what was written: it has {path.stat().st_size:,} bytes of "
            f"{manifest.size:,}, or others. Copy it anew from where it is kept."
        )
    if not schema.knows(manifest.schema_revision):
        raise UnreadableFileError(
            f"{path} was written by Harmspot {manifest.software_version}, whose schema "
            f"{manifest.schema_revision} this version does not know: install that version or a "
            "later one."
        )
    return manifest


def _refuse_what_holds_something(connection: psycopg.Connection[Any]) -> None:
    known = "SELECT to_regclass('public.alembic_version') IS NOT NULL"
    (has_schema,) = connection.execute(known).fetchone() or (False,)
    held = _counted(connection, _STORED) if has_schema else {}
    if has_schema:
        keys = "SELECT count(*) FROM api_key WHERE NOT first"
        held["api_key"] = int((connection.execute(keys).fetchone() or (0,))[0])
    some = {table: many for table, many in held.items() if many and table != "agency"}
    if some:
        listed = ", ".join(f"{many:,} of {table}" for table, many in some.items())
        raise ConflictError(
            f"The database holds something already ({listed}), which is never overwritten. Restore "
            "into another: set HARMSPOT_DATA_DIR to an empty directory, or HARMSPOT_DATABASE_URL "
            "to an empty database."
        )
    others = """
        SELECT count(*) FROM information_schema.tables
         WHERE table_schema NOT IN ('pg_catalog', 'information_schema')
           AND table_name NOT IN ('spatial_ref_sys', 'geometry_columns', 'geography_columns')
    """
    (many,) = connection.execute(others).fetchone() or (0,)
    if many and not has_schema:
        raise ConflictError(
            f"The database {connection.info.dbname} holds {many:,} tables that are not Harmspot's: "
            "name one that is empty."
        )
    if has_schema and connection.info.dbname != DATABASE:
        raise ConflictError(
            f"The database {connection.info.dbname} has a schema already: name one that is empty."
        )


def _counted(
    connection: psycopg.Connection[Any], tables: tuple[str, ...] = _COUNTED
) -> dict[str, int]:
    found = {}
    for table in tables:
        asked = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table))
        (many,) = connection.execute(asked).fetchone() or (0,)
        found[table] = int(many)
    return found


def _fill(database: Database, version: int, path: Path, manifest: Manifest) -> None:
    """Restore a file into a database, and hold what came back against its manifest."""
    _restored(database, version, path)
    database.upgrade()
    database.dispose()
    with _connection(database) as connection:
        found = _counted(connection)
    if found != manifest.rows:
        raise BackupError(f"What came back is not what was kept: {found} of {manifest.rows}.")


def _dumped(database: Database, version: int, snapshot: str, file: Any) -> tuple[str, int]:
    """Copy the database to an open file; return the digest and size of what was written."""
    command = [_program("pg_dump", version), "--format=custom", f"--snapshot={snapshot}"]
    command += ["--no-owner", "--no-privileges", "--no-password"]
    digest, size = hashlib.sha256(), 0
    with subprocess.Popen(  # noqa: S603
        command, env=_environment(database), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as program:
        assert program.stdout is not None
        assert program.stderr is not None
        try:
            while piece := program.stdout.read(_PIECE_BYTES):
                digest.update(piece)
                size += file.write(piece)
        except BaseException:
            program.kill()
            raise
        said = program.stderr.read().decode(errors="replace")
    if program.returncode:
        raise BackupError(f"pg_dump failed: {said.strip()[-1000:]}")
    return digest.hexdigest(), size


def _restored(database: Database, version: int, path: Path) -> None:
    command = [_program("pg_restore", version), "--exit-on-error", "--single-transaction"]
    command += ["--no-owner", "--no-privileges", "--no-password"]
    command += [f"--dbname={database.url.database}", str(path)]
    done = subprocess.run(  # noqa: S603
        command, env=_environment(database), capture_output=True, check=False
    )
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip()
        raise BackupError(f"pg_restore failed: {said[-1000:]}")


def _environment(database: Database) -> dict[str, str]:
    """Return how PostgreSQL's programs reach a database; a password stands in no command line."""
    url = make_url(database.conninfo)
    named = {
        "PGHOST": url.host or url.normalized_query.get("host", ("",))[0],
        "PGPORT": str(url.port or url.normalized_query.get("port", ("",))[0]),
        "PGUSER": url.username,
        "PGPASSWORD": url.password,
        "PGDATABASE": url.database,
    }
    return os.environ | {name: value for name, value in named.items() if value}


def _program(name: str, version: int) -> str:
    """Return a program that is not older than the server."""
    major = version // 10_000
    found = {one.major: one.bindir / name for one in installed() if (one.bindir / name).exists()}
    fitting = sorted(one for one in found if one >= major)
    if fitting:
        return str(found[fitting[0]])
    elsewhere = shutil.which(name)
    if elsewhere is None:
        raise PostgresMissingError(
            f"{name} of PostgreSQL {major} or later is not installed: on Debian, apt-get install "
            f"postgresql-client-{major}."
        )
    return elsewhere


@contextmanager
def _connection(database: Database) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(database.conninfo) as connection:
        yield connection


def _rename_or_drop(database: Database, statement: str) -> None:
    """Change databases themselves, from another one of the same server."""
    elsewhere = Database(database.url.set(database="postgres"))
    with psycopg.connect(elsewhere.conninfo, autocommit=True) as connection:
        connection.execute(statement)
