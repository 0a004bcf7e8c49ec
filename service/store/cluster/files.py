"""Files of a private cluster that are the owner's alone, locked, or replaced whole."""

from __future__ import annotations

import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def open_private(path: Path) -> int:
    """Open a file that only its directory's owner can read, made when missing.

    Returns
    -------
    int
        The descriptor, which no other program inherits.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    if os.geteuid() == 0:
        # Root may be a guest in a user's directory, whose own programs come back to it.
        owner = path.parent.stat()
        os.fchown(descriptor, owner.st_uid, owner.st_gid)
    return descriptor


def lock_if_free(descriptor: int) -> bool:
    """Lock an open file unless others hold it, and return whether it is locked now."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold a file's lock, once the program that holds it has given it up."""
    descriptor = open_private(path)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


@contextmanager
def locked_if_free(path: Path) -> Iterator[bool]:
    """Hold a file's lock unless another program does, and say whether it is held."""
    descriptor = open_private(path)
    try:
        yield lock_if_free(descriptor)
    finally:
        os.close(descriptor)


def replace_text(path: Path, text: str) -> None:
    """Write a file that every account can read, whole or not at all."""
    with tempfile.NamedTemporaryFile("w", dir=path.parent, delete=False) as file:
        file.write(text)
    unfinished = Path(file.name)
    unfinished.chmod(0o644)
    unfinished.replace(path)
