"""Offences as sources name them -> codes."""

from __future__ import annotations

import re

import pyarrow as pa
import pyarrow.compute as pc

from service.ingest.profiles.parts import OffenceRules

_NOT_WORD = re.compile(r"[\W_]+")


def slug(words: str) -> str:
    """Return words in lower case joined by ``-``.

    Examples
    --------
    >>> slug("Violence and sexual offences")
    'violence-and-sexual-offences'
    >>> slug("NON - CRIMINAL (SUBJECT SPECIFIED)")
    'non-criminal-subject-specified'
    """
    return _NOT_WORD.sub("-", words.lower()).strip("-")


def codes(
    code: pa.Array | None, name: pa.Array | None, rules: OffenceRules
) -> tuple[pa.Array | None, pa.Array | None]:
    """Return the codes and names of offences.

    The code comes from the column of codes, and where that is empty from the name. A name is
    kept as it was written; without a column of names it is the code's original, where the two
    differ.

    Parameters
    ----------
    code, name
        The source's two columns; None where it has only one.
    rules
        How what is written becomes a code.
    """
    if code is None and name is None:
        return None, None
    if code is None:
        return _mapped(name, rules, as_given=False), name
    coded = _mapped(code, rules, as_given=rules.code == "as_given")
    if name is not None:
        return pc.coalesce(coded, _mapped(name, rules, as_given=False)), name
    return coded, pc.if_else(pc.equal(coded, code), None, code)


def _mapped(words: pa.Array, rules: OffenceRules, *, as_given: bool) -> pa.Array:
    mapping = {one.casefold().strip(): target for one, target in rules.mapping.items()}
    distinct = words.dictionary_encode()
    targets = [
        mapping.get(one.casefold()) or (one if as_given else slug(one)) or None
        for one in distinct.dictionary.to_pylist()
    ]
    return pa.array(targets, pa.string()).take(distinct.indices)
