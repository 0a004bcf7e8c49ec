"""A private PostGIS database: made on first use, shared by the programs that use it, crash-safe.

Its directory holds, beside PostgreSQL's own ``cluster``:

- ``run``: the directory of the server's socket, or a link to one with a shorter path
- ``gate``: locked while a program starts or stops the server, so that one at a time does
- ``users``: locked in share by every program that uses the server, so that the last one stops it
- ``alive``: locked by the server's processes, which inherit the lock from the one who starts them

The kernel releases a lock when the last process that holds it is gone, however it went: no kill and
no power cut leaves a state that the next start misreads.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

import psycopg
from platformdirs import user_data_dir

from service.store.cluster.account import ServerAccount
from service.store.cluster.binaries import find_binaries
from service.store.cluster.files import lock_if_free, locked, open_private
from service.store.cluster.server import EmbeddedClusterError, PrivateServer
from service.store.cluster.watching import watched

DATABASE = "harmspot"

__all__ = ["EmbeddedCluster", "EmbeddedClusterError", "default_data_dir", "start"]


class EmbeddedCluster:
    """A running private database that this program uses, until it calls `stop`.

    Leaving it as a context manager stops it too.
    """

    def __init__(self, server: PrivateServer, users: int) -> None:
        self._server = server
        self._users: int | None = users
        self.data_dir = server.data_dir
        self.conninfo = server.conninfo(DATABASE)

    @property
    def url(self) -> str:
        """The database's address for SQLAlchemy; `conninfo` has it for libpq and ADBC."""
        return self.conninfo.replace("postgresql://", "postgresql+psycopg://", 1)

    def watched(self) -> AbstractContextManager[None]:
        """Have the server brought back whenever it dies, until the block ends."""
        return watched(self._server)

    def stop(self) -> None:
        """Stop using the database; the last program to do so stops the server."""
        if self._users is None:
            return
        users, self._users = self._users, None
        with _telling_of_files(self.data_dir), locked(self.data_dir / "gate"):
            _leave(self._server, users)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()


def default_data_dir() -> Path:
    """Return where the private database lives unless the settings say otherwise."""
    if os.geteuid() == 0:
        # The server runs under another account, and root's home is closed to it.
        return Path("/var/lib/harmspot/postgres")
    return Path(user_data_dir("harmspot", appauthor=False), "postgres")


def start(data_dir: Path) -> EmbeddedCluster:
    """Start the private database in a directory, or join the programs that already use it.

    Parameters
    ----------
    data_dir
        The directory of this database and of nothing else; made when missing.

    Raises
    ------
    PostgresMissingError
        When PostgreSQL or PostGIS is not installed, or not in the version that made the cluster.
    EmbeddedClusterError
        When the directory cannot be used, the disk is full, or the server does not start.
    """
    data_dir = data_dir.expanduser().resolve()
    account = ServerAccount.for_cluster(data_dir / "cluster", data_dir)
    server = PrivateServer(data_dir, account)
    with _telling_of_files(data_dir):
        if not server.cluster.exists():
            find_binaries()  # or refuse before anything is written
        _make_directory(data_dir)
        account.require_reach(data_dir)
        with locked(data_dir / "gate"):
            users = open_private(data_dir / "users")
            fcntl.flock(users, fcntl.LOCK_SH)
            try:
                server.bring_up()
                _make_database(server)
            except BaseException:
                _leave(server, users)
                raise
    return EmbeddedCluster(server, users)


def _leave(server: PrivateServer, users: int) -> None:
    """Give up this program's share of the server, and stop it if no other program has one."""
    try:
        if lock_if_free(users):
            server.shut_down()
    finally:
        os.close(users)


def _make_directory(data_dir: Path) -> None:
    data_dir.mkdir(parents=True, exist_ok=True)
    if (data_dir / "gate").exists():
        return
    if any(data_dir.iterdir()):
        raise EmbeddedClusterError(
            f"{data_dir} holds other files: a private database needs a directory of its own. Set "
            "HARMSPOT_DATA_DIR to an empty or missing one."
        )
    # Under root, the server's account must pass through to its part of the directory.
    data_dir.chmod(0o711 if os.geteuid() == 0 else 0o700)


def _make_database(server: PrivateServer) -> None:
    try:
        with psycopg.connect(server.conninfo("postgres"), autocommit=True) as connection:
            known = "SELECT FROM pg_database WHERE datname = %s"
            if connection.execute(known, [DATABASE]).fetchone() is None:
                connection.execute(f"CREATE DATABASE {DATABASE}")
        with psycopg.connect(server.conninfo(DATABASE)) as connection:
            connection.execute("CREATE EXTENSION IF NOT EXISTS postgis")
            # The system's packages may have brought a later PostGIS since.
            connection.execute("ALTER EXTENSION postgis UPDATE")
    except psycopg.Error as error:
        raise server.failure("The private database cannot be set up", str(error)) from error


@contextmanager
def _telling_of_files(data_dir: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise EmbeddedClusterError(
            f"The private database in {data_dir} cannot be used: {error.strerror} "
            f"({error.filename or data_dir}). Set HARMSPOT_DATA_DIR to a directory that this user "
            "owns, on a disk with free space, or HARMSPOT_DATABASE_URL to a server."
        ) from error
