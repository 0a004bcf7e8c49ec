"""The PostgreSQL server of a private cluster: how it is made, started, reached and stopped."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import psycopg

from service.errors import DatabaseUnavailableError
from service.store.cluster.account import ServerAccount
from service.store.cluster.binaries import Binaries, find_binaries
from service.store.cluster.files import lock_if_free, open_private, replace_text

ROLE = "harmspot"
PORT = 5432  # only names the socket file: there is no TCP port
_START_S = 300.0  # recovery after a crash replays up to max_wal_size of log
_STOP_S = 60.0
_POLL_S = 0.02
_SOCKET_PATH_BYTES = 103  # sockaddr_un less its closing NUL on macOS; Linux has 107
# PostgreSQL, libpq and SQLAlchemy each read some other characters of a socket path as syntax.
_PLAIN_PATH = re.compile(r"[\w./-]+", re.ASCII)

_OPTIONS: dict[str, str | float] = {
    "cluster_name": ROLE,
    "listen_addresses": "",
    "port": PORT,
    "unix_socket_permissions": "0700",
    # What is committed survives a crash of the program, the system and the power supply.
    "fsync": "on",
    "full_page_writes": "on",
    "synchronous_commit": "on",
    # No replica and no base backup reads this log, so bulk loads into fresh tables may skip it.
    "wal_level": "minimal",
    "max_wal_senders": 0,
    "max_wal_size": "2GB",
    # Analytical queries of a few users on a laptop or a small server.
    "max_connections": 100,
    "shared_buffers": "256MB",
    "effective_cache_size": "2GB",
    "work_mem": "32MB",
    "maintenance_work_mem": "256MB",
    "random_page_cost": 1.1,
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "lc_messages": "C",
    # Incidents are personal data: their values stay out of the log.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
}


class EmbeddedClusterError(DatabaseUnavailableError):
    """The private cluster cannot be made, started or reached; the message says what to do."""


class PrivateServer:
    """The server of the cluster in one directory.

    Parameters
    ----------
    data_dir
        The cluster's directory, absolute and without links.
    account
        The account that the server runs under.
    """

    def __init__(self, data_dir: Path, account: ServerAccount) -> None:
        self.data_dir = data_dir
        self.account = account
        self.cluster = data_dir / "cluster"
        self.log = data_dir / "server.log"
        self._run = data_dir / "run"

    def conninfo(self, database: str) -> str:
        """Return the address of one of the server's databases as libpq reads it."""
        socket_dir = quote(os.path.realpath(self._run), safe="")
        return f"postgresql://{ROLE}@/{database}?host={socket_dir}&port={PORT}"

    def runs(self) -> bool:
        """Tell whether a process of the server is there."""
        with self._liveness() as dead:
            return dead is None

    def bring_up(self) -> None:
        """Return when the server answers: at once if it runs, else once it is started."""
        launched = False
        deadline = time.monotonic() + _START_S
        while True:
            with self._liveness() as dead:
                if dead is not None and launched:
                    raise self.failure("The private database stopped while starting", self._told())
                if dead is not None:
                    self._launch(inherited=dead)
                    launched = True
            if self._answers():
                return
            if time.monotonic() > deadline:
                raise self.failure("The private database does not answer", self._told())
            time.sleep(_POLL_S)

    def shut_down(self) -> None:
        """Stop the server and return when its last process is gone."""
        if self._is_gone_within(0):
            return
        for mode in ("fast", "immediate"):  # the second loses nothing either: the log is replayed
            self._pg_ctl(find_binaries(self._major()), "stop", "-W", "-m", mode)
            if self._is_gone_within(_STOP_S):
                self._drop_socket_dir()
                return
        raise self.failure("The private database does not stop", self._told())

    def _is_gone_within(self, seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        while True:
            with self._liveness() as dead:
                if dead is not None or time.monotonic() > deadline:
                    return dead is not None
            time.sleep(_POLL_S)

    @contextmanager
    def _liveness(self) -> Iterator[int | None]:
        """Yield the descriptor of the server's own lock if no process of the server holds it."""
        descriptor = open_private(self.data_dir / "alive")
        try:
            yield descriptor if lock_if_free(descriptor) else None
        finally:
            os.close(descriptor)

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.conninfo("postgres"), connect_timeout=10).close()
        except psycopg.OperationalError as error:
            if "authentication failed" in str(error):
                raise self.failure("The private database refuses this user", str(error)) from error
            return False  # still starting, still recovering, or already going down
        return True

    def _launch(self, inherited: int) -> None:
        if self.cluster.exists():
            binaries = find_binaries(self._major())
        else:
            binaries = find_binaries()
            self._make_cluster(binaries, inherited)
        self._forget_dead_server()
        self._renew_socket_dir()
        self._write_access_rules()
        if self.log.exists():
            self.log.replace(self.log.with_suffix(".log.1"))
        options = _OPTIONS | {
            "unix_socket_directories": os.path.realpath(self._run),
            "hba_file": str(self.data_dir / "access.conf"),
            "ident_file": str(self.data_dir / "accounts.conf"),
        }
        arguments = shlex.join(f"--{name}={value}" for name, value in options.items())
        start = ("start", "-W", "-o", arguments)
        with open(open_private(self.log), "w") as log:
            self._pg_ctl(binaries, *start, pass_fds=[inherited], stdout=log, stderr=log)

    def _make_cluster(self, binaries: Binaries, inherited: int) -> None:
        """Make the cluster beside its place and move it there whole: half of one never counts."""
        unfinished = self.data_dir / "cluster.unfinished"
        if unfinished.exists():
            shutil.rmtree(unfinished)
        # Bytewise order is fast and does not change with the system's C library.
        for locale in ("C.UTF-8", "C"):
            unfinished.mkdir()
            self.account.own(unfinished)
            command = [str(binaries.bindir / "initdb"), "--pgdata=cluster.unfinished"]
            command += [f"--username={ROLE}", "--encoding=UTF8", f"--locale={locale}"]
            command += ["--auth=peer", "--data-checksums", "--no-instructions"]
            result = self._run_here(
                command, pass_fds=[inherited], stdout=subprocess.PIPE, stderr=subprocess.STDOUT
            )
            if result.returncode == 0:
                break
            shutil.rmtree(unfinished)
            if "invalid locale name" not in result.stdout:
                raise self.failure("The private database cannot be made", result.stdout)
        unfinished.rename(self.cluster)
        descriptor = os.open(self.data_dir, os.O_RDONLY)
        os.fsync(descriptor)
        os.close(descriptor)

    def _forget_dead_server(self) -> None:
        """Remove the process id of a server that is gone, where Linux tells.

        PostgreSQL would wait for whatever has that id now: another program, or the dead server
        itself in a container whose first process buries nobody. A running server's working
        directory is its cluster; the dead have none.
        """
        pidfile = self.cluster / "postmaster.pid"
        if not (pidfile.exists() and Path("/proc/self/cwd").exists()):
            return
        process = pidfile.read_text().partition("\n")[0].strip()
        try:
            runs_here = Path("/proc", process, "cwd").readlink() == self.cluster
        except FileNotFoundError:
            runs_here = False
        except PermissionError:  # of another account: PostgreSQL knows that it is not its own
            return
        if not runs_here:
            pidfile.unlink()

    def _renew_socket_dir(self) -> None:
        """Make an empty directory for the socket, elsewhere if this one's path does not serve."""
        self._drop_socket_dir()
        socket_file = str(self._run / f".s.PGSQL.{PORT}")
        if _PLAIN_PATH.fullmatch(socket_file) and len(socket_file) <= _SOCKET_PATH_BYTES:
            self._run.mkdir()
        else:
            # Not $TMPDIR, which may itself be too long, as it is on macOS.
            self._run.symlink_to(tempfile.mkdtemp(prefix="harmspot-", dir="/tmp"))
        self.account.own(self._run)

    def _drop_socket_dir(self) -> None:
        shutil.rmtree(os.path.realpath(self._run), ignore_errors=True)
        self._run.unlink(missing_ok=True)

    def _write_access_rules(self) -> None:
        """Let in the accounts of the server and of root, whom the kernel vouches for.

        Root may read every file of the cluster anyway; everyone else is kept out twice, by the
        socket's directory and by these rules.
        """
        replace_text(self.data_dir / "access.conf", f"local all {ROLE} peer map={ROLE}\n")
        accounts = sorted({"root", self.account.name})
        lines = [f'{ROLE} "{account}" {ROLE}\n' for account in accounts]
        replace_text(self.data_dir / "accounts.conf", "".join(lines))

    def _major(self) -> int:
        return int((self.cluster / "PG_VERSION").read_text())

    def _pg_ctl(self, binaries: Binaries, *arguments: str, **options: object) -> None:
        # Relative to the working directory, since pg_ctl pastes its paths into a shell command.
        command = [str(binaries.bindir / "pg_ctl"), *arguments, "-s", "-D", "cluster"]
        self._run_here(command, **({"stderr": subprocess.DEVNULL} | options))

    def _run_here(self, command: list[str], **options: object) -> subprocess.CompletedProcess[str]:
        environment = {k: v for k, v in os.environ.items() if not k.startswith(("PG", "LC_"))}
        environment |= {"LC_ALL": "C", "PWD": str(self.data_dir)}
        return self.account.run(
            command, cwd=self.data_dir, env=environment, stdin=subprocess.DEVNULL, **options
        )

    def _told(self) -> str:
        """Return what the server said when it gave up."""
        try:
            return self.log.read_text(errors="replace")
        except OSError:
            return ""

    def failure(self, what: str, told: str) -> EmbeddedClusterError:
        """Return the error that says what failed, and why, from what the server told."""
        if "No space left on device" in told:
            return EmbeddedClusterError(
                f"{what}: the disk that holds {self.data_dir} is full. Free some space on it, or "
                "set HARMSPOT_DATA_DIR to a directory on another disk."
            )
        lines = [line.strip() for line in told.splitlines() if line.strip()]
        grave = [one for one in lines if re.search(r"error:|ERROR:|FATAL:|PANIC:|HINT:", one)]
        reason = " ".join((grave or lines)[-3:]) or "it gave no reason"
        return EmbeddedClusterError(f"{what}: {reason} (directory {self.data_dir}).")
