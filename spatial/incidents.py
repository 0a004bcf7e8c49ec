"""The canonical incident table: its columns, their types, and the check at the door."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from spatial.errors import InvalidInputError, Problem

if TYPE_CHECKING:
    import pandas as pd

COLUMNS: Final = (
    "external_id",
    "source",
    "offence_code",
    "offence_name",
    "occurred_from",
    "occurred_to",
    "time_precision",
    "reported_at",
    "longitude",
    "latitude",
    "location_text",
    "attributes",
)
"""Canonical columns, in the order in which tables show them."""

REQUIRED: Final = ("offence_code", "occurred_from", "occurred_to", "longitude", "latitude")
"""Columns that every analysis needs; the others are used where they are present."""

TIME_PRECISIONS: Final = ("exact", "hour", "day", "month")
"""How well the time is known, finest first."""

DATE_PRECISE: Final = ("exact", "hour")
"""Precisions that place an incident in an hour of the week."""

LATE_REPORT_DAYS: Final = 365
"""An incident reported later than this is left out of recent-window analyses by default."""


def check(incidents: pd.DataFrame) -> pd.DataFrame:
    """Check that a table can be analysed, and return it.

    Parameters
    ----------
    incidents
        One row per incident, with at least the columns `REQUIRED`: `longitude` and `latitude`
        in degrees (EPSG:4326), `occurred_from` and `occurred_to` timezone-aware, the first and
        last instant of the span in which the incident happened.

    Raises
    ------
    InvalidInputError
        When a column is missing, a time has no zone, a coordinate is not finite or off the
        globe, or a span ends before it begins. Each problem names its column and first row.

    Examples
    --------
    >>> import pandas as pd
    >>> noon = pd.Timestamp("2024-05-01T12:00Z")
    >>> table = pd.DataFrame(
    ...     {
    ...         "offence_code": ["robbery"],
    ...         "occurred_from": [noon],
    ...         "occurred_to": [noon],
    ...         "longitude": [-0.09],
    ...         "latitude": [51.51],
    ...     }
    ... )
    >>> len(check(table))
    1
    """
    import pandas as pd  # here, so that who needs but the names of columns does without it

    missing = [column for column in REQUIRED if column not in incidents.columns]
    if missing:
        raise InvalidInputError(
            f"The incident table lacks {', '.join(missing)}; it has "
            f"{', '.join(map(str, incidents.columns))}.",
            [Problem(column, "missing column") for column in missing],
        )
    problems = [
        Problem(column, "times need a zone: use a timezone-aware column in UTC")
        for column in ("occurred_from", "occurred_to")
        if not isinstance(incidents[column].dtype, pd.DatetimeTZDtype)
    ]
    if not problems:
        problems += _bad_rows(
            "occurred_to",
            (incidents["occurred_to"] < incidents["occurred_from"]).to_numpy(),
            "ends before occurred_from",
        )
    for column, limit in (("longitude", 180.0), ("latitude", 90.0)):
        degrees = incidents[column].to_numpy(dtype=float)
        problems += _bad_rows(column, ~(np.abs(degrees) <= limit), f"is not within ±{limit:g}")
    if problems:
        raise InvalidInputError("The incident table is not fit for analysis.", problems)
    return incidents


def midpoint(incidents: pd.DataFrame) -> pd.Series[pd.Timestamp]:
    """Return the middle of each incident's span, which decides the window it belongs to."""
    start = incidents["occurred_from"]
    return start + (incidents["occurred_to"] - start) / 2


def reported_late(incidents: pd.DataFrame, after_days: float = LATE_REPORT_DAYS) -> np.ndarray:
    """Tell which incidents were reported long after they occurred.

    Parameters
    ----------
    incidents
        Incidents, with `reported_at` where it is known.
    after_days
        The longest delay that still counts as recent.

    Returns
    -------
    numpy.ndarray
        Booleans of shape (n,); False wherever the report's date is unknown.
    """
    import pandas as pd

    if "reported_at" not in incidents.columns:
        return np.zeros(len(incidents), dtype=bool)
    delay = incidents["reported_at"] - incidents["occurred_to"]
    return (delay > pd.Timedelta(days=after_days)).to_numpy()


def _bad_rows(column: str, bad: np.ndarray, message: str) -> list[Problem]:
    rows = np.flatnonzero(bad)
    if rows.size == 0:
        return []
    return [Problem(f"{column}, row {rows[0]}", f"{message} (and in {rows.size - 1} more rows)")]
