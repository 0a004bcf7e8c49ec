"""Every refusal the service can give, and how it looks: HTTP status, exit code, RFC 9457."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from typing import Any, ClassVar, Final

from spatial.errors import DegenerateInputError, HarmspotError, InvalidInputError, Problem

PROBLEM_TYPES = "https://harmspot.org/problems/"
_SHOWN = 30
_OGC_PROCESSES = "http://www.opengis.net/def/exceptions/ogcapi-processes-1/1.0/"


class NotFoundError(HarmspotError):
    """A named thing (profile, layer, index, run) does not exist; the message lists what does."""


class NoSuchProcessError(NotFoundError):
    """OGC API Processes: there is no such process."""


class NoSuchJobError(NotFoundError):
    """OGC API Processes: there is no such job."""


class ResultNotReadyError(NotFoundError):
    """OGC API Processes: a job has no results, or none yet."""


class JobFailedError(HarmspotError):
    """The results of a job that failed were asked for; its own problem is the answer.

    Parameters
    ----------
    problem
        The problem with which the job ended (RFC 9457).
    """

    def __init__(self, problem: dict[str, Any]) -> None:
        super().__init__(str(problem.get("detail", "The job failed.")))
        self.problem = problem


class UnreadableFileError(HarmspotError):
    """A file or body cannot be read as what it should be; nothing of it was stored."""


class ConflictError(HarmspotError):
    """The request contradicts what is stored."""


class PayloadTooLargeError(HarmspotError):
    """A body is larger than this installation takes."""


class UnmappedOffencesError(HarmspotError):
    """More offences than allowed have no weight in the harm index."""


class NoIncidentsError(HarmspotError):
    """The window, study area and filters leave no incident to analyse."""


class UnauthenticatedError(HarmspotError):
    """Nobody knows who asks."""


class NotPermittedError(HarmspotError):
    """Who asks may not do that."""


class MisdirectedError(HarmspotError):
    """The request names a host that is none of this service's."""


class ForeignPageError(HarmspotError):
    """A browser sent the request for a page of another site."""


class UnavailableError(HarmspotError):
    """The service cannot answer now, whatever is asked; nothing was stored."""

    retry_after_s: ClassVar[int | None] = None
    """When to ask again, where it is a matter of waiting; None: somebody must mend it first."""


class SourceUnavailableError(UnavailableError):
    """A source of incidents elsewhere does not answer, or not as it should."""


class StorageFullError(UnavailableError):
    """The disk on which the service writes uploads and files has no room left."""


class NoWorkerError(UnavailableError):
    """What was asked takes a worker, and none lives."""

    retry_after_s = 10


class ComputationLostError(UnavailableError):
    """The process that computed an answer was killed, or ran out of memory."""

    retry_after_s = 5


class DatabaseUnavailableError(UnavailableError):
    """The database does not serve as it is, such as with another schema."""


class DatabaseUnreachableError(DatabaseUnavailableError):
    """The database does not answer, refuses the connection or broke it off."""

    retry_after_s = 5


class DatabaseBusyError(DatabaseUnavailableError):
    """Every connection is in use, or others hold what is needed for too long."""

    retry_after_s = 2


class DatabaseInterruptedError(DatabaseUnavailableError):
    """The database ended a statement that took too long, or was told to."""

    retry_after_s = 30


class DatabaseFullError(DatabaseUnavailableError):
    """The database has no room left: disk, memory or a limit that its administrator set."""


class DatabaseReadOnlyError(DatabaseUnavailableError):
    """The database takes no writes."""


def unknown(kind: str, name: str, known: Iterable[str], parameter: str) -> NotFoundError:
    """Return the refusal of a name that does not exist: it lists those that do, and the nearest."""
    names = list(dict.fromkeys(known))
    shown = ", ".join(names[:_SHOWN]) or "none yet"
    more = f" and {len(names) - _SHOWN:,} more" if len(names) > _SHOWN else ""
    return NotFoundError(
        f"There is no {kind} {name}; there are: {shown}{more}.{nearest(name, names)}",
        [Problem(parameter, f"unknown {kind} {name}")],
    )


def nearest(name: str, known: Iterable[str]) -> str:
    """Return a sentence that suggests the known name most like this one, or nothing."""
    folded = {one.casefold(): one for one in known}
    near = difflib.get_close_matches(name.casefold(), folded, n=1, cutoff=0.5)
    return f" Did you mean {folded[near[0]]}?" if near else ""


# The first class that an error is an instance of decides: subclasses stand before their bases.
_TABLE: tuple[tuple[type[HarmspotError], int, str, str], ...] = (
    (NoSuchProcessError, 404, f"{_OGC_PROCESSES}no-such-process", "No such process"),
    (NoSuchJobError, 404, f"{_OGC_PROCESSES}no-such-job", "No such job"),
    (ResultNotReadyError, 404, f"{_OGC_PROCESSES}result-not-ready", "Results not ready"),
    (NotFoundError, 404, "not-found", "Not found"),
    (ConflictError, 409, "conflict", "Conflict with what is stored"),
    (PayloadTooLargeError, 413, "too-large", "Too large"),
    (UnauthenticatedError, 401, "unauthenticated", "Not known"),
    (NotPermittedError, 403, "not-permitted", "Not permitted"),
    (MisdirectedError, 421, "misdirected", "Not the host that was asked for"),
    (ForeignPageError, 403, "foreign-page", "Asked by a page of another site"),
    (UnreadableFileError, 422, "unreadable-file", "Unreadable file"),
    (UnmappedOffencesError, 422, "unmapped-offences", "Offences without a weight"),
    (NoIncidentsError, 422, "no-incidents", "No incidents to analyse"),
    (DegenerateInputError, 422, "not-applicable", "Statistic not applicable"),
    (InvalidInputError, 422, "invalid-input", "Invalid input"),
    (DatabaseUnreachableError, 503, "database-unreachable", "Database unreachable"),
    (DatabaseBusyError, 503, "database-busy", "Database busy"),
    (DatabaseInterruptedError, 503, "database-interrupted", "Statement ended by the database"),
    (DatabaseFullError, 503, "database-full", "Database full"),
    (DatabaseReadOnlyError, 503, "database-read-only", "Database read-only"),
    (DatabaseUnavailableError, 503, "database-unavailable", "Database unavailable"),
    (StorageFullError, 507, "storage-full", "No room on the service's disk"),
    (NoWorkerError, 503, "no-worker", "No worker"),
    (ComputationLostError, 503, "computation-lost", "Computation lost"),
    (UnavailableError, 503, "unavailable", "Unavailable"),
    (HarmspotError, 500, "error", "Error"),
)


def problem_details(error: HarmspotError) -> dict[str, Any]:
    """Return the body of the RFC 9457 response to an error."""
    if isinstance(error, JobFailedError) and error.problem:
        return error.problem
    _, status, slug, title = _row_of(error)
    return problem(status, slug, title, error.message, error.problems)


def headers_of(error: HarmspotError) -> dict[str, str]:
    """Return the headers of the response to an error: when to ask again, where that helps."""
    if isinstance(error, UnavailableError) and error.retry_after_s is not None:
        return {"Retry-After": str(error.retry_after_s)}
    return {}


def problem(
    status: int, slug: str, title: str, detail: str, problems: tuple[Problem, ...] = ()
) -> dict[str, Any]:
    """Return an RFC 9457 body from its parts."""
    return {
        "type": slug if slug.startswith("http") else f"{PROBLEM_TYPES}{slug}",
        "title": title,
        "status": status,
        "detail": detail,
        "errors": [{"where": one.where, "message": one.message} for one in problems],
    }


def internal_problem() -> dict[str, Any]:
    """Return the body that tells of a failure whose cause is for the log alone."""
    return problem(500, "error", "Internal error", "The service failed; its log says why.")


_OF_DAYS: Final = re.compile("Input should be a valid date|Datetimes provided to dates")


def plain(message: str) -> str:
    """Return what a model says of a value, without what it puts before our own words.

    Of days it says which character its parser stumbled over; ours say what would be right.

    Examples
    --------
    >>> plain("Value error, from is after to: swap them")
    'from is after to: swap them'
    >>> plain("Input should be a valid date or datetime, unexpected extra characters at the end")
    'must be a day of the calendar, written as year-month-day such as 2020-03-31'
    """
    if _OF_DAYS.match(message):
        return "must be a day of the calendar, written as year-month-day such as 2020-03-31"
    return message.removeprefix("Value error, ")


def _row_of(error: HarmspotError) -> tuple[type[HarmspotError], int, str, str]:
    return next(row for row in _TABLE if isinstance(error, row[0]))
