"""Templates: pages, the OGC API and sheets fill theirs alike, whatever room they stand in."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final

import jinja2

from service.drawing import figures
from service.words import answers, batches, saying, standing, templating
from service.words import runs as words

SHARED: Final = Path(__file__).resolve().parent / "templates"
"""Templates for every room: how declared figures are drawn."""


@cache
def of(room: Path) -> jinja2.Environment:
    """Return the templates of a room, which say numbers, dates and runs as those of others do.

    Whatever comes from outside is escaped; what is not there is refused rather than left out.

    Parameters
    ----------
    room
        The folder whose templates they are.
    """
    made: jinja2.Environment = _house().overlay(
        loader=jinja2.FileSystemLoader([room, SHARED]),
    )
    return made


@cache
def _house() -> jinja2.Environment:
    made = jinja2.Environment(
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    made.globals |= templating.GLOBALS | {
        "words": words,
        "batches": batches,
        "standing": standing,
    }
    made.filters |= saying.FILTERS | answers.FILTERS | {"drawn": figures.drawn}
    made.filters["basis_words"] = standing.basis_words
    made.filters["counters"] = templating.counters
    return made
