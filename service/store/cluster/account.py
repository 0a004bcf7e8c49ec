"""The operating-system account that a private cluster runs under: PostgreSQL refuses root."""

from __future__ import annotations

import os
import pwd
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from service.errors import DatabaseUnavailableError

# The account of PostgreSQL's packages, then the one that owns nothing.
_UNPRIVILEGED = ("postgres", "nobody")


class AccountError(DatabaseUnavailableError):
    """No account on this machine can run the cluster where it is wanted."""


@dataclass(frozen=True)
class ServerAccount:
    """The account under which the cluster's processes run and to which its files belong."""

    name: str
    uid: int
    gid: int

    @classmethod
    def for_cluster(cls, *directories: Path) -> Self:
        """Return the account for a cluster in a directory.

        It is the caller's own, or for root the owner of the first directory that exists and is
        not root's, or else an unprivileged account of the machine.
        """
        uid = os.geteuid()
        if uid != 0:
            return cls._of_uid(uid)
        for directory in directories:
            if directory.exists() and directory.stat().st_uid != 0:
                return cls._of_uid(directory.stat().st_uid)
        for name in _UNPRIVILEGED:
            try:
                entry = pwd.getpwnam(name)
            except KeyError:
                continue
            return cls(name, entry.pw_uid, entry.pw_gid)
        raise AccountError(
            "PostgreSQL does not run as root, and this machine has neither of the accounts "
            f"{' and '.join(_UNPRIVILEGED)}: run Harmspot as an ordinary user."
        )

    @classmethod
    def _of_uid(cls, uid: int) -> Self:
        try:
            entry = pwd.getpwuid(uid)
        except KeyError:
            raise AccountError(
                f"User id {uid} has no account on this machine, and PostgreSQL needs one: add it, "
                "or set HARMSPOT_DATABASE_URL to a server."
            ) from None
        return cls(entry.pw_name, uid, entry.pw_gid)

    def run(self, command: Sequence[str], **options: Any) -> subprocess.CompletedProcess[str]:
        """Run a command to its end under this account; `options` go to `subprocess.run`."""
        if os.geteuid() == 0:
            groups = os.getgrouplist(self.name, self.gid)
            options |= {"user": self.uid, "group": self.gid, "extra_groups": groups}
        return subprocess.run(command, check=False, text=True, umask=0o077, **options)  # noqa: S603

    def own(self, directory: Path) -> None:
        """Make a directory this account's alone."""
        directory.chmod(0o700)
        if directory.stat().st_uid != self.uid:
            os.chown(directory, self.uid, self.gid)

    def require_reach(self, directory: Path) -> None:
        """Refuse a directory that this account cannot enter.

        Raises
        ------
        AccountError
            When a directory on the way is closed to the account; the message names it.
        """
        way = [str(one) for one in (*reversed(directory.parents), directory)]
        probe = 'for d; do test -x "$d" || { printf %s "$d"; exit 1; }; done'
        # The probe itself must not start from a directory that is closed to the account.
        result = self.run(["/bin/sh", "-c", probe, "sh", *way], stdout=subprocess.PIPE, cwd="/")
        if result.returncode != 0:
            raise AccountError(
                f"PostgreSQL runs as user {self.name} here, which cannot enter {result.stdout}, so "
                f"it cannot keep a cluster in {directory}: set HARMSPOT_DATA_DIR to a directory "
                f"that {self.name} can reach, such as /var/lib/harmspot/postgres."
            )
