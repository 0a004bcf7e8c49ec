"""Finds the machine's PostgreSQL with PostGIS, and says what to install where it is missing.

The set-up runs this module before any package is installed, so it imports none:
``python3 -m service.store.cluster.binaries`` ends with status 0 where PostgreSQL serves.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from service.errors import DatabaseUnavailableError

OLDEST_POSTGRESQL = 14
OLDEST_POSTGIS = (3, 2)

# Where packages put versions side by side: Debian and Ubuntu, Red Hat, Homebrew.
_VERSIONED = (
    ("/usr/lib/postgresql", "*/bin"),
    ("/usr", "pgsql-*/bin"),
    ("/opt/homebrew/opt", "postgresql@*/bin"),
    ("/usr/local/opt", "postgresql@*/bin"),
)


class PostgresMissingError(DatabaseUnavailableError):
    """PostgreSQL or PostGIS is not installed, or not in a version that serves."""


@dataclass(frozen=True)
class Binaries:
    """The programs of one installed PostgreSQL."""

    bindir: Path
    major: int  # PostgreSQL's version: 15
    postgis: tuple[int, int] | None  # PostGIS' version, (3, 3); None: not installed for it

    @property
    def serves(self) -> bool:
        """Whether Harmspot can run on it."""
        return (
            self.major >= OLDEST_POSTGRESQL
            and self.postgis is not None
            and self.postgis >= OLDEST_POSTGIS
        )


def find_binaries(major: int | None = None) -> Binaries:
    """Return the newest PostgreSQL with PostGIS, or the one of a given version.

    Parameters
    ----------
    major
        The version that made an existing cluster: no other can run it.

    Raises
    ------
    PostgresMissingError
        When none serves; the message names the package to install.
    """
    found = installed()
    fitting = [one for one in found if one.serves and major in (None, one.major)]
    if fitting:
        return max(fitting, key=lambda one: one.major)
    raise PostgresMissingError(_what_to_install(found, major))


def installed() -> list[Binaries]:
    """Return every PostgreSQL server on this machine, whether it serves or not."""
    found: dict[Path, Binaries] = {}
    for bindir in _directories():
        major = _major_version(bindir)
        if major is not None:
            found.setdefault(bindir, Binaries(bindir, major, _postgis_version(bindir)))
    return list(found.values())


def _directories() -> Iterator[Path]:
    for root, pattern in _VERSIONED:
        yield from sorted(Path(root).glob(pattern))
    if bindir := _output("pg_config", "--bindir"):
        yield Path(bindir)
    if server := shutil.which("postgres"):
        yield Path(server).resolve().parent


def _major_version(bindir: Path) -> int | None:
    needed = ("postgres", "initdb", "pg_ctl")
    if not all(shutil.which(program, path=str(bindir)) for program in needed):
        return None
    version = re.search(r"\(PostgreSQL\) (\d+)", _output(bindir / "postgres", "--version"))
    return int(version[1]) if version else None


def _postgis_version(bindir: Path) -> tuple[int, int] | None:
    sharedir = _output(bindir / "pg_config", "--sharedir")
    try:
        control = Path(sharedir, "extension", "postgis.control").read_text()
    except OSError:
        return None
    version = re.search(r"default_version\s*=\s*'(\d+)\.(\d+)", control)
    return (int(version[1]), int(version[2])) if version else None


def _output(*command: str | Path) -> str:
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()  # noqa: S603
    except (OSError, subprocess.CalledProcessError):
        return ""


def _what_to_install(found: list[Binaries], major: int | None) -> str:
    have = ", ".join(sorted(_describe(one) for one in found)) or "no PostgreSQL server"
    if major is not None:
        return (
            f"This cluster was made by PostgreSQL {major}, which must also run it; this machine "
            f"has {have}. Install it (Debian, Ubuntu: `apt-get install "
            f"postgresql-{major}-postgis-3`), or carry the cluster over as docs/operations.md says."
        )
    newest = max((one.major for one in found if one.major >= OLDEST_POSTGRESQL), default=None)
    package = "postgresql-postgis" if newest is None else f"postgresql-{newest}-postgis-3"
    oldest_postgis = ".".join(map(str, OLDEST_POSTGIS))
    return (
        f"Harmspot needs PostgreSQL >= {OLDEST_POSTGRESQL} with PostGIS >= {oldest_postgis}; this "
        f"machine has {have}. Install it (Debian, Ubuntu: `apt-get install "
        f"--no-install-recommends {package}`), or set HARMSPOT_DATABASE_URL to such a server."
    )


def _describe(one: Binaries) -> str:
    if one.postgis is None:
        return f"PostgreSQL {one.major} without PostGIS"
    return f"PostgreSQL {one.major} with PostGIS {'.'.join(map(str, one.postgis))}"


if __name__ == "__main__":
    try:
        find_binaries()
    except PostgresMissingError as error:
        sys.exit(error.message)
