"""What sentences about a run are made of: its units, what it weighed, numbers of things."""

from __future__ import annotations

import re
from typing import Final

from service.analyses.study.units.kinds import kind_of
from service.store.models import AnalysisRun
from service.words.catalogue import gettext, gettext_noop, ngettext

_REASONS: Final = {
    "detected_by_police": gettext_noop("found by police activity"),
    "detected_by_business": gettext_noop("found by businesses"),
    "offence_without_weight": gettext_noop("offence without a weight"),
    "offence_not_asked_for": gettext_noop("other offences than asked for"),
    "reported_late": gettext_noop("reported too late"),
    "placed_imprecisely": gettext_noop("placed too imprecisely"),
    "street_outside_study_area": gettext_noop("street outside study area"),
}
# What XML 1.0 cannot hold, escaped or not.
_UNWRITABLE: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def reason(name: str) -> str:
    """Return why incidents were left out, in words.

    Examples
    --------
    >>> reason("reported_late"), reason("street_outside_study_area")
    ('reported too late', 'street outside study area')
    """
    return gettext(_REASONS[name]) if name in _REASONS else name.replace("_", " ")


def warnings(run: AnalysisRun) -> list[str]:
    """Return the warnings of a run, with what has come of its data since."""
    found: list[str] = list(run.provenance["warnings"])
    if run.undone:
        named = ", ".join(f"{one}" for one in run.undone)
        found.append(
            ngettext(
                "Made on data that was undone since: batch {batches}. Ask again for the data as "
                "they are now.",
                "Made on data that was undone since: batches {batches}. Ask again for the data as "
                "they are now.",
                len(run.undone),
                batches=named,
            )
        )
    return found


def value_of(run: AnalysisRun) -> str:
    """Return what a run weighed: harm, or incidents."""
    counted_alike = run.parameters.get("value") == "count"
    return gettext("incidents") if counted_alike else gettext("harm")


def unit_words(run: AnalysisRun) -> str:
    """Return the units of place of a run: ``cells of resolution 9``."""
    return tidy(gettext(kind_of(run.parameters).of_run, **run.parameters))


def units_of(run: AnalysisRun, number: int) -> str:
    """Return a number of units of a run: ``3,400 cells``."""
    kind = kind_of(run.parameters)
    return counted(number, kind.one, kind.several)


def unit_names(run: AnalysisRun) -> tuple[str, str]:
    """Return what people call one unit of a run, and several."""
    kind = kind_of(run.parameters)
    return gettext(kind.one), gettext(kind.several)


def counted(number: int, one: str, several: str) -> str:
    """Return a number of things that are marked for the catalogue.

    Examples
    --------
    >>> counted(1, "target", "targets"), counted(2000, "target", "targets")
    ('1 target', '2,000 targets')
    """
    things = gettext(one if number == 1 else several)
    return gettext("{number} {things}", number=f"{number:,}", things=things)


def tidy(text: str) -> str:
    r"""Return a text that came from outside as one line that any document can hold.

    Examples
    --------
    >>> tidy("Mill Lane\n2. Elsewhere \x1b[31m") == "Mill Lane 2. Elsewhere \ufffd[31m"
    True
    """
    return " ".join(_UNWRITABLE.sub("\ufffd", text).split())
