"""A disk without room, where the service itself writes: uploads on their way, files it makes.

What the database says of its own disk is in `failures`.
"""

from __future__ import annotations

import errno
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from service.errors import StorageFullError, UnavailableError
from service.store import failures
from spatial.errors import HarmspotError

_NO_ROOM: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_LEAST_BYTES: Final = 64 << 10
# GDAL and SQLite have no numbers for it that reach us.
_WORDS: Final = re.compile(r"no space left on device|disk is full|disk quota exceeded", re.I)


def refusal_of(error: BaseException, folder: Path | None = None) -> UnavailableError | None:
    """Return the refusal that tells of an error; None: neither disk nor database is at fault.

    Parameters
    ----------
    error
        Of whatever library.
    folder
        Where something was being written: some libraries say no more than that it failed.
    """
    if isinstance(error, HarmspotError):
        return error if isinstance(error, UnavailableError) else None
    if (of_database := failures.refusal_of(error)) is not None:
        return of_database
    found: BaseException | None = error
    while found is not None and not _tells_of_a_full_disk(found):
        found = found.__cause__
    if found is None and (folder is None or shutil.disk_usage(folder).free > _LEAST_BYTES):
        return None
    return StorageFullError(
        "The disk on which the service writes is full, nothing was stored: free some space where "
        "it keeps temporary files (TMPDIR) or where the file should go, then try again."
    )


@contextmanager
def told() -> Iterator[None]:
    """Turn a disk without room in the block into a refusal that says what to do.

    Raises
    ------
    StorageFullError
        When the service's own disk, and not what was asked of it, is at fault.
    """
    try:
        yield
    except Exception as error:
        refusal = refusal_of(error)
        if refusal is None or refusal is error:
            raise
        raise refusal from error


def _tells_of_a_full_disk(error: BaseException) -> bool:
    if isinstance(error, OSError) and error.errno in _NO_ROOM:
        return True
    return _WORDS.search(str(error)) is not None
