"""What drivers say when the database fails, as the refusals that tell people what to do.

SQLAlchemy, psycopg, the bulk reader (ADBC) and the queue's library each have errors of their own.
They all carry the server's SQLSTATE, or are caused by one that does; only where no server answered
is there none.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, TypeAlias

import psycopg
from sqlalchemy.exc import TimeoutError as NoFreeConnectionError

from service.errors import (
    DatabaseBusyError,
    DatabaseFullError,
    DatabaseInterruptedError,
    DatabaseReadOnlyError,
    DatabaseUnavailableError,
    DatabaseUnreachableError,
)
from spatial.errors import HarmspotError

_Told: TypeAlias = tuple[type[DatabaseUnavailableError], str]

_UNREACHABLE: Final = (
    DatabaseUnreachableError,
    "The database cannot be reached, nothing was stored: see whether its server runs and its "
    "address is right, then try again",
)
_GOING: Final = (
    DatabaseUnreachableError,
    "The database is starting up or shutting down, nothing was stored: try again when it runs",
)
_CROWDED: Final = (
    DatabaseBusyError,
    "Every connection that the database allows is in use, nothing was stored: try again in a "
    "moment, or let fewer programs use it",
)
_STRANGER: Final = (
    DatabaseUnavailableError,
    "The database does not let this user in, nothing was stored: see to the user, its password "
    "and its rights",
)
_MISSING: Final = (
    DatabaseUnavailableError,
    "There is no such database on this server, nothing was stored: make it, or name another in "
    "HARMSPOT_DATABASE_URL",
)
_POOL: Final = (
    DatabaseBusyError,
    "Every connection to the database is in use by other requests, nothing was stored: try again "
    "in a moment",
)
_UNKNOWN_END: Final = (
    DatabaseUnreachableError,
    "The connection to the database broke off while it was storing: either all is stored or "
    "nothing is. Look before you try again",
)

_WAITED_TOO_LONG: Final = (
    DatabaseInterruptedError,
    "The database ended a transaction that waited too long, nothing was stored: try again",
)

_BY_STATE: Final[dict[str, _Told]] = {
    "08": (
        DatabaseUnreachableError,
        "The connection to the database broke off, nothing was stored: try again",
    ),
    "25006": (
        DatabaseReadOnlyError,
        "The database is read-only, nothing was stored: it is a standby, or its administrator "
        "closed it for writing. Name the one that takes writes, or open it again",
    ),
    "25P03": _WAITED_TOO_LONG,
    "25P04": _WAITED_TOO_LONG,
    "28": _STRANGER,
    "3D000": _MISSING,
    "40": (
        DatabaseBusyError,
        "Others changed the same rows at the same moment, nothing was stored: try again",
    ),
    "53": (
        DatabaseFullError,
        "The database has run out of room, nothing was stored: give it more, then try again",
    ),
    "53100": (
        DatabaseFullError,
        "The disk of the database is full, nothing was stored: free some space on it, then try "
        "again",
    ),
    "53200": (
        DatabaseBusyError,
        "The database has run out of memory, nothing was stored: try again when less is asked of "
        "it, or give it more",
    ),
    "53300": _CROWDED,
    "53400": (
        DatabaseFullError,
        "A limit that the database's administrator set is reached, nothing was stored: raise it, "
        "then try again",
    ),
    "55P03": (
        DatabaseBusyError,
        "Others hold what this needs for longer than the database lets it wait, nothing was "
        "stored: try again in a moment",
    ),
    "57": _GOING,
    "57014": (
        DatabaseInterruptedError,
        "The database ended a statement that took longer than it allows, or that was cancelled; "
        "nothing was stored: try again when less is asked of it, or raise its statement_timeout",
    ),
    "57P04": _MISSING,
    "57P05": (
        DatabaseUnreachableError,
        "The database ended a connection that was idle, nothing was stored: try again",
    ),
    "58": (
        DatabaseUnavailableError,
        "The disk of the database failed, nothing was stored: its server's log says more",
    ),
    "XX001": (
        DatabaseUnavailableError,
        "The database is damaged, nothing was stored: its server's log says more",
    ),
    "XX002": (
        DatabaseUnavailableError,
        "An index of the database is damaged, nothing was stored: let its administrator reindex it",
    ),
}
"""By SQLSTATE, or the beginning of one: the longest that fits counts."""

_NO_TEXT: Final = ("22021", "22P05")
_NUL: Final = "cannot contain NUL"

# A refused connection carries no state: libpq passes on the server's words alone.
_BY_WORDS: Final[tuple[tuple[re.Pattern[str], _Told], ...]] = (
    (re.compile("too many (clients|connections)|connection slots are reserved"), _CROWDED),
    (re.compile("starting up|shutting down|not yet accepting|in recovery mode"), _GOING),
    (re.compile("authentication failed|pg_hba.conf|role .* does not exist|no password"), _STRANGER),
    (re.compile("database .* does not exist"), _MISSING),
)
_PREFIX: Final = re.compile(r"^[A-Z_]+: \[libpq\] ")
_OWN_WORDS: Final = re.compile(r"(?:FATAL|ERROR|PANIC):\s+(?P<words>.+)")


@contextmanager
def told() -> Iterator[None]:
    """Turn a failure of the database in the block into a refusal that says what to do.

    Raises
    ------
    DatabaseUnavailableError
        When the database, and not what was asked of it, is at fault.
    """
    try:
        yield
    except Exception as error:
        refusal = refusal_of(error)
        if refusal is None or refusal is error:
            raise
        raise refusal from error


def refusal_of(
    error: BaseException, *, committing: bool = False
) -> DatabaseUnavailableError | None:
    """Return the refusal that tells of an error; None: the database is not at fault.

    Parameters
    ----------
    error
        Of any driver, or such a refusal already.
    committing
        Whether it came while the transaction was being committed: a broken connection then leaves
        open whether it was.
    """
    if isinstance(error, HarmspotError):
        return error if isinstance(error, DatabaseUnavailableError) else None
    found: BaseException | None = error
    while found is not None and not hasattr(found, "sqlstate"):
        if isinstance(found, NoFreeConnectionError):
            return _refusal(_POOL, "")
        found = found.__cause__
    if found is None:
        return None
    words = _words_of(found)
    told = _by_state(found.sqlstate) if found.sqlstate else _by_words(found, words)
    if told is None:
        return None
    if committing and told[0] is DatabaseUnreachableError:
        told = _UNKNOWN_END
    return _refusal(told, words)


def names_what_no_text_holds(error: BaseException) -> bool:
    """Tell whether an error comes of a text that PostgreSQL cannot hold: NUL, or half a pair.

    Parameters
    ----------
    error
        Of any driver.
    """
    found: BaseException | None = error
    while found is not None:
        if isinstance(found, UnicodeEncodeError) and found.reason == "surrogates not allowed":
            return True
        if getattr(found, "sqlstate", None) in _NO_TEXT or _NUL in str(found):
            return True
        found = found.__cause__
    return False


def _refusal(told: _Told, words: str) -> DatabaseUnavailableError:
    kind, message = told
    return kind(f"{message} ({words})." if words else f"{message}.")


def _by_state(state: str) -> _Told | None:
    fitting = (_BY_STATE[state[:long]] for long in (5, 3, 2) if state[:long] in _BY_STATE)
    return next(fitting, None)


def _by_words(error: BaseException, words: str) -> _Told | None:
    bulk_reader = sys.modules.get("adbc_driver_manager")
    lost = [psycopg.OperationalError, *([bulk_reader.OperationalError] if bulk_reader else [])]
    if not isinstance(error, tuple(lost)):
        return None
    return next((told for told_by, told in _BY_WORDS if told_by.search(words)), _UNREACHABLE)


def _words_of(error: BaseException) -> str:
    """Return what the server, or libpq, says: its first line, since others may quote rows."""
    if isinstance(error, psycopg.Error) and error.diag.message_primary:
        return error.diag.message_primary
    text = _PREFIX.sub("", str(error).strip())
    own = _OWN_WORDS.search(text)
    return own["words"].strip() if own else text.split("\n", 1)[0].strip()
