"""What is odd about incidents, each in a plain sentence, and whether it matters for targets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pydantic import BaseModel, Field

from service.words.catalogue import gettext, ngettext
from spatial import drift
from spatial.drift import FEWEST, Tally

if TYPE_CHECKING:
    from service.ingest.quality.quality import QualityReport

LARGE_POINT: Final = 0.05
"""Share of incidents on one point from which on a target may be nothing but that point."""
_COARSE_DECIMALS: Final = 3
_MANY: Final = 0.2
_MOST: Final = 0.8
_SOME: Final = 0.05
_NAMED: Final = 5


class Finding(BaseModel):
    """Something odd."""

    code: str = Field(examples=["thin_month"])
    sentence: str
    matters: bool = Field(description="Whether targets that rest on it may be wrong.")
    incidents: int | None = Field(default=None, description="How many incidents it is about.")
    share: float | None = Field(default=None, description="Which share of all that is.")


def findings(
    report: QualityReport, thin: list[drift.Month], before: Tally, latest: Tally
) -> list[Finding]:
    """Return what is odd about the incidents of a report.

    Parameters
    ----------
    report
        What is known of them.
    thin
        Months that have far fewer than the others.
    before, latest
        What is held against each other: earlier batches and this one, or earlier and later months.
    """
    if not report.incidents:
        return []
    found = [*_of_times(report), *_of_places(report), *_of_rows(report)]
    found += [of_month(one) for one in thin]
    return found + _of_drift(before, latest)


def _of_times(report: QualityReport) -> list[Finding]:
    found = []
    coarse = report.time_precision["day"] + report.time_precision["month"]
    if coarse > _MANY * report.incidents:
        share = coarse / report.incidents
        sentence = gettext(
            "Of {share} of the incidents only the day or the month is known: they have no part in "
            "hours, and windows that cut a month count all of it or nothing.",
            share=f"{share:.0%}",
        )
        found.append(_finding("coarse_times", sentence, True, coarse, share))
    if report.default_clocks:
        many = sum(one.incidents for one in report.default_clocks)
        share = sum(one.share for one in report.default_clocks)
        sentence = gettext(
            "{share} of the exact times are {clocks}, which stand for an unknown time: they are "
            "kept out of peak hours.",
            share=f"{share:.0%}",
            clocks=", ".join(one.clock for one in report.default_clocks),
        )
        found.append(_finding("default_clocks", sentence, True, many, share))
    return found


def _of_places(report: QualityReport) -> list[Finding]:
    found = []
    coarse = sum(
        many
        for decimals, many in report.coordinate_decimals.items()
        if decimals <= _COARSE_DECIMALS
    )
    if coarse >= FEWEST and coarse > _MANY * report.incidents:
        share = coarse / report.incidents
        sentence = gettext(
            "The coordinates of {share} of the incidents have three decimals or fewer, which is "
            "100 m or worse: small cells and street segments tell less than they seem to.",
            share=f"{share:.0%}",
        )
        found.append(_finding("coarse_places", sentence, True, coarse, share))
    for point in report.largest_points[:1]:
        if point.incidents >= FEWEST and point.share >= LARGE_POINT:
            sentence = gettext(
                "{share} of the incidents lie on one point, {latitude}, {longitude}, as default "
                "geocodes and police stations do: a target there may be that point alone.",
                share=f"{point.share:.0%}",
                latitude=f"{point.latitude:.5f}",
                longitude=f"{point.longitude:.5f}",
            )
            found.append(_finding("large_point", sentence, True, point.incidents, point.share))
    share = report.on_shared_points / report.incidents
    if report.incidents >= FEWEST and share > _MOST:
        sentence = gettext(
            "{share} of the incidents share their point with others: places are those of a list, "
            "or rounded.",
            share=f"{share:.0%}",
        )
        found.append(_finding("shared_points", sentence, False, report.on_shared_points, share))
    return found


def _of_rows(report: QualityReport) -> list[Finding]:
    found = []
    if report.rows_read and report.rejected > _SOME * report.rows_read:
        share = report.rejected / report.rows_read
        sentence = gettext(
            "{share} of the rows were rejected: where they are, too little is seen.",
            share=f"{share:.0%}",
        )
        found.append(_finding("many_rejected", sentence, True, report.rejected, share))
    if report.unknown_offences:
        many = sum(one.incidents for one in report.unknown_offences)
        share = many / report.incidents
        named = ", ".join(one.code for one in report.unknown_offences[:_NAMED])
        sentence = gettext(
            "The offences of {share} of the incidents have a weight in no harm index: {codes}.",
            share=f"{share:.1%}",
            codes=named,
        )
        found.append(_finding("unknown_offences", sentence, share > 0.01, many, share))
    ids = next(one for one in report.completeness if one.column == "external_id")
    if ids.filled < report.incidents:
        lacking = report.incidents - ids.filled
        sentence = ngettext(
            "{many} incident has no id of its own: a row that changes may be stored anew.",
            "{many} incidents have no id of their own: a row that changes may be stored anew.",
            lacking,
            many=f"{lacking:,}",
        )
        share = lacking / report.incidents
        found.append(_finding("no_ids", sentence, False, lacking, share))
    return found


def _of_drift(before: Tally, latest: Tally) -> list[Finding]:
    found = []
    for one in drift.gone(latest, before)[:_NAMED]:
        sentence = gettext(
            "There is no {offence} any more, of which there were {many} before: was it renamed, or "
            "left out?",
            offence=one.code,
            many=f"{one.incidents:,}",
        )
        found.append(_finding("offence_gone", sentence, True, one.incidents, None))
    for one in drift.fresh(latest, before)[:_NAMED]:
        sentence = gettext(
            "{offence} is new, with {many} incidents: does the harm index weigh it as what it was "
            "called before?",
            offence=one.code,
            many=f"{one.incidents:,}",
        )
        found.append(_finding("offence_new", sentence, True, one.incidents, None))
    moved = drift.moved_km(latest, before)
    if moved is not None:
        sentence = gettext(
            "The middle of the incidents moved by {moved} km, where they usually lie {usual} km "
            "from it: is an area missing, or another reference system in use?",
            moved=f"{moved[0]:,.1f}",
            usual=f"{moved[1]:,.1f}",
        )
        found.append(_finding("centre_moved", sentence, True, None, None))
    return found


def of_month(one: drift.Month) -> Finding:
    """Return what is odd about a month."""
    sentence = gettext(
        "{month} has {many} incidents, where a month usually has {usual}: is its file complete?",
        month=f"{one.month:%Y-%m}",
        many=f"{one.incidents:,}",
        usual=f"{one.usual:,.0f}",
    )
    return _finding("thin_month", sentence, True, one.incidents, None)


def _finding(
    code: str, sentence: str, matters: bool, incidents: int | None, share: float | None
) -> Finding:
    return Finding(
        code=code,
        sentence=sentence,
        matters=matters,
        incidents=incidents,
        share=None if share is None else round(share, 6),
    )
