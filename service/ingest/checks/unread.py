"""Times that no format fits: what is wrong with each, and what would mend it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from service.ingest.checks.apart import in_one
from service.ingest.checks.numbered import likely_forms
from service.ingest.checks.orders import swapped
from service.ingest.checks.patterns import pattern, strictly

EXPECTED: Final = {
    "iso": "ISO 8601 (2019-05-04T13:30:00+01:00, 2019-05-04, 2019-05)",
    "excel": "days of Excel (43589.5625)",
    "epoch_s": "seconds since 1970",
    "epoch_ms": "milliseconds since 1970",
}
_LOOKED_AT: Final = 500
"""How many different values are looked at; what is wrong with more is seldom something else."""
_ABBREVIATION: Final = re.compile(r"\d ?[A-Za-z]{2,5}$")
_NUMBERS: Final = re.compile(r"\d+")


def remedies(values: pa.Array, formats: Sequence[str], zone: str) -> list[str]:
    """Return what is to be said of each value, beside that no format fits; perhaps nothing.

    Parameters
    ----------
    values
        Text, none of it null.
    formats, zone
        The formats of the profile, and the time zone.
    """
    different = values.unique()
    some = different[:_LOOKED_AT]
    found = dict.fromkeys(different.to_pylist(), "")
    forms = likely_forms(some)
    fitting = _fitting(some, formats)
    for text, form, others in zip(some.to_pylist(), forms, fitting, strict=True):
        found[text] = _remedy(text, form, others, formats, zone)
    return [found[one] for one in values.to_pylist()]


def _remedy(
    text: str, form: str | None, others: list[str], formats: Sequence[str], zone: str
) -> str:
    if form is not None and form not in formats:
        return f'for such numbers name "{form}" among the formats of the profile'
    turned = [one for one in others if swapped(one) in formats]
    if turned:
        return (
            f'it would fit with day and month the other way round, as "{turned[0]}": look which '
            "order the file has"
        )
    if others:
        named = " or ".join(f'"{one}"' for one in others[:2])
        which = "whichever is right" if len(others) > 1 else "that"
        return f"it is written as {named}: name {which} among the formats of the profile"
    if any(_of_shape(text, one) for one in formats):
        return "it is written so, but there is no such day or time: look it up in the source"
    if _ABBREVIATION.search(text):
        return f"if it ends in a time zone, that is none of {zone}'s"
    if any(_begins(text, one, zone) for one in formats):
        return "its beginning is, and what stands behind that does not belong to a time"
    return ""


def _fitting(values: pa.Array, formats: Sequence[str]) -> list[list[str]]:
    """Return the formats by which each value could be read that are none of the profile's."""
    from service.ingest.profiles.suggested_times import FORMATS

    fits: list[list[str]] = [[] for _ in values]
    for form in FORMATS:
        if form in formats:
            continue
        for row in np.flatnonzero(~strictly(values, pattern(form)).invalid).tolist():
            fits[row].append(form)
    return fits


def _of_shape(text: str, form: str) -> bool:
    """Tell a text whose numbers and signs stand where a format has them."""
    by = pattern(form)
    example = "2019-05-04T13:30:00" if by.form == "iso" else _example(by.form)
    if example is None:
        return False
    shapes = {_NUMBERS.sub("0", one) for one in (example, example.partition("T")[0])}
    return _NUMBERS.sub("0", text) in shapes


def _example(form: str) -> str | None:
    directives = re.sub(r"%[YymdHMSIj]", "0", form)
    return None if "%" in directives else directives


def _begins(text: str, form: str, zone: str) -> bool:
    """Tell a text of which all but the last words can be read."""
    words = text.split(" ")
    parts = [" ".join(words[:many]) for many in range(1, len(words))]
    if not parts or (form in EXPECTED and form != "iso"):
        return False
    return not in_one(pa.array(parts), pattern(form), zone).invalid.all() or (
        not strictly(pa.array(parts), pattern(form)).invalid.all()
    )


def joined(parts: Sequence[pa.Array]) -> pa.Array:
    """Return the parts of times as one text each, of those that are there."""
    if len(parts) == 1:
        return parts[0]
    return pc.binary_join_element_wise(*parts, " ", null_handling="skip")
