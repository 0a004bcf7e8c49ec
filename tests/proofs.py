"""The page that the proofs write: what each found, under its claim."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

PREFACE: Final = """# Proofs

What `make prove` found when it last ran, before a release. Each is a test in `tests/prove` that
fails where its claim does not hold; `make test` asks the same of fewer runs. This page is written
by the run: do not edit it.
"""
_SECTION: Final = re.compile(r"^## (.+)\n\n((?:(?!## ).*\n?)*)", re.MULTILINE)


def page(found: Mapping[str, str], before: str = "") -> str:
    """Return the page of what was found, by claim, and of claims that the page before has beside.

    A run in pieces keeps what the pieces before found; a run of all is given no page before.

    Examples
    --------
    >>> first = page({"One holds": "so", "Another holds": "too"})
    >>> print(page({"Another holds": "still"}, first).removeprefix(PREFACE))
    <BLANKLINE>
    ## One holds
    <BLANKLINE>
    so
    <BLANKLINE>
    ## Another holds
    <BLANKLINE>
    still
    <BLANKLINE>
    """
    kept = {claim: what.strip() for claim, what in _SECTION.findall(before)} | dict(found)
    return "\n".join([PREFACE, *(f"## {claim}\n\n{what}\n" for claim, what in kept.items())])
