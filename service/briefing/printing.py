"""Typesetting: one template to PDF, and to PNG by way of it. The same sheet gives the same bytes.

The template names its pictures, which are handed over from memory: parsed as SVG they take a third
of the time that they would take within the page. Nothing else is loaded, whatever a label may name.
"""

from __future__ import annotations

import datetime as dt
import io
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from service.analyses import registry
from service.briefing import charts, maps, symbols
from service.briefing.sheet import Sheet
from service.drawing import templates
from service.export import about
from service.styles import CLASSES
from service.words import briefing as wording
from service.words.catalogue import gettext, ngettext
from spatial.errors import HarmspotError

if TYPE_CHECKING:
    from weasyprint import Document
    from weasyprint.urls import URLFetcherResponse

_TEMPLATES: Final = Path(__file__).resolve().parent / "templates"
_LEAST_TIMED: Final = 10
"""With fewer incidents of known hour, a strip of hours would point at single incidents."""
_MOST_OFFENCES: Final = 8
_MOST_ROWS: Final = 60
"""Rows of a table that are printed: files hold the rest."""
_DENSITIES: Final = ("", "tight", "tight tighter")
"""Classes of a slide: each sets smaller what has no room with the one before."""

# Neither fontconfig under Pango nor PDFium may be used by two threads at once.
_PRESS: Final = threading.Lock()


@dataclass(frozen=True)
class Paper:
    """A size of page, and of the maps on it.

    Parameters
    ----------
    name
        What it is asked for by.
    width_mm, height_mm
        Of the page.
    overview_mm, close_up_mm
        Width and height of the maps.
    slide
        Whether it is a picture for a screen rather than paper.
    """

    name: str
    width_mm: float
    height_mm: float
    overview_mm: tuple[float, float]
    close_up_mm: tuple[float, float]
    slide: bool = False


PAPERS: Final = {
    one.name: one
    for one in (
        Paper("a4", 210.0, 297.0, (182.0, 104.0), (182.0, 88.0)),
        Paper("letter", 215.9, 279.4, (188.0, 94.0), (188.0, 76.0)),
    )
}
_SLIDE: Final = Paper("slide", 320.0, 180.0, (0.0, 0.0), (162.0, 76.0), slide=True)
_SLIDE_PIXELS: Final = 1920


def pdf(sheet: Sheet, paper: str = "a4") -> bytes:
    """Return a briefing as PDF: the run and each of its targets, or the one that was chosen.

    Parameters
    ----------
    sheet
        What it says.
    paper
        One of `PAPERS`.
    """
    page = _page(sheet, PAPERS[paper])
    with _PRESS:
        return _written(_typeset(page), sheet, paper)


def png(sheet: Sheet) -> bytes:
    """Return the chosen target of a sheet as a picture of 1920 x 1080 pixels for a slide.

    What has no room on one slide is set smaller, until it has.
    """
    assert sheet.chosen is not None
    for density in _DENSITIES:
        page = _page(sheet, _SLIDE, density)
        with _PRESS:
            document = _typeset(page)
            if len(document.pages) > 1 and density != _DENSITIES[-1]:
                continue
            return _picture(_written(document, sheet, "slide"))
    raise AssertionError("the last density is always taken")


def _typeset(page: Page) -> Document:
    try:
        # Here, since it loads libraries of the system, which the rest of the service does without.
        import weasyprint
    except OSError as error:
        raise HarmspotError(
            "Briefings cannot be printed here, since a library is missing "
            f"({str(error).splitlines()[0]}). Install Pango and HarfBuzz, on Debian the packages "
            "libpangoft2-1.0-0 and libharfbuzz-subset0."
        ) from error
    return weasyprint.HTML(string=page.html, url_fetcher=page.pictures.fetch).render()


def _written(document: Document, sheet: Sheet, paper: str) -> bytes:
    named = f"{sheet.run.id}/{sheet.chosen}/{paper}".encode()
    written: bytes = document.write_pdf(pdf_identifier=named)
    return written


def _picture(document: bytes) -> bytes:
    import pypdfium2  # here, since few processes ever need it

    opened = pypdfium2.PdfDocument(document)
    try:
        page = opened[0]
        image = page.render(scale=_SLIDE_PIXELS / page.get_width()).to_pil()
        picture = io.BytesIO()
        image.save(picture, "PNG", optimize=False)
        return picture.getvalue()
    finally:
        opened.close()


class Pictures:
    """The pictures of a page, and the only things that it loads."""

    def __init__(self) -> None:
        self._held: dict[str, str] = {}

    def add(self, picture: str) -> str:
        """Keep a picture, and return the address by which the page names it."""
        address = f"picture:{len(self._held)}"
        self._held[address] = picture
        return address

    def fetch(self, url: str, *_: Any, **__: Any) -> URLFetcherResponse:
        """Return a picture; refuse everything else."""
        from weasyprint.urls import URLFetcherResponse

        if url not in self._held:
            raise ValueError(f"a briefing loads nothing, and was asked for {url}")
        return URLFetcherResponse(url, self._held[url].encode(), {"Content-Type": "image/svg+xml"})


@dataclass(frozen=True)
class Page:
    """A page to be typeset, and its pictures."""

    html: str
    pictures: Pictures


def _page(sheet: Sheet, paper: Paper, density: str = "") -> Page:
    whole, pictures = sheet.chosen is None, Pictures()
    html = (
        templates.of(_TEMPLATES)
        .get_template("briefing.html")
        .render(
            wording=wording,
            run=sheet.run,
            about=sheet.run.provenance,
            unit=sheet.run.provenance["harm_index"]["unit"],
            paper=paper,
            density=density,
            whole=whole,
            targets=sheet.targets,
            overview=_overview(sheet, paper) if whole else None,
            declared=sheet.figures,
            tested=sheet.tested,
            sheet_of_targets="targets" in registry.of(sheet.run).places,
            number=sheet.number,
            most=_MOST_ROWS,
            sections=[_section(sheet, at, paper) for at in sheet.positions],
            legend=_legend(sheet),
            facts=about.facts(sheet.run),
            made=sheet.run.created_at.astimezone(dt.UTC),
            title=about.title(sheet.run),
            css=(_TEMPLATES / "briefing.css").read_text(encoding="utf-8"),
            picture=pictures.add,
            bar=charts.bar,
        )
    )
    return Page(html, pictures)


def _overview(sheet: Sheet, paper: Paper) -> maps.Drawn | None:
    return None if sheet.ground is None else maps.overview(sheet.ground, *paper.overview_mm)


def _section(sheet: Sheet, at: int, paper: Paper) -> dict[str, Any]:
    """Return what the section of one target shows beside its properties."""
    target = sheet.targets[at]
    assert sheet.ground is not None  # it has targets
    peak, series = target.get("peak"), target.get("series")
    timed = peak["incidents"] if peak else 0
    return {
        "target": target,
        "map": maps.close_up(sheet.ground, at, *paper.close_up_mm),
        "patrolled": sheet.ground.patrol_areas[at] is not None,
        "offences": _offences(sheet, target, 5 if paper.slide else _MOST_OFFENCES),
        "strip": charts.hour_strip(peak["hour_of_week"], peak["windows"])
        if peak and timed >= _LEAST_TIMED
        else None,
        "timed": timed,
        "series": charts.series(series) if series and series["count"] else None,
        "series_step": series["step"] if series else None,
        "cautions": wording.cautions(target),
    }


def _offences(sheet: Sheet, target: dict[str, Any], most: int) -> list[dict[str, Any]]:
    """Return the offences of a target, those of most harm first and the least of them as one."""
    harms, counts = target.get("harm_by_offence", {}), target.get("offences", {})
    total = sum(harms.values())
    order = sorted(counts, key=lambda code: (-harms.get(code, 0.0), -counts[code], code))
    shown, rest = order[:most], order[most:]
    groups = [(sheet.offence_names.get(code, code), [code]) for code in shown]
    if rest:
        groups.append((ngettext("Another offence", "{number} other offences", len(rest)), rest))
    rows = []
    for name, codes in groups:
        harm = sum(harms.get(code, 0.0) for code in codes)
        share = harm / total if total else 0.0
        count = sum(counts[code] for code in codes)
        rows.append({"name": name, "count": count, "harm": harm, "share": share})
    return rows


def _legend(sheet: Sheet) -> list[tuple[Any, str]]:
    """Return the swatches of what the maps show, with their words."""
    ground = sheet.ground
    if ground is None:
        return []
    lines = ground.kind == "line"
    shown = (
        []
        if not sheet.targets
        else [(symbols.swatch("target", lines=lines), gettext("Target, with its rank"))]
    )
    if any(area is not None for area in ground.patrol_areas):
        shown.append((symbols.swatch("patrol_area"), gettext("Area to patrol")))
    for one in CLASSES:
        if one.name != "not_significant" and one.name in ground.units:
            words_ = f"{wording.MARKS[one.name]} {gettext(one.title)}"
            shown.append((symbols.swatch("class", one.name, lines=lines), words_))
    if len(ground.streets):
        shown.append((symbols.swatch("street"), gettext("Street")))
    if len(ground.study_area):
        shown.append((symbols.swatch("study_area"), gettext("Study area")))
    if len(ground.districts):
        shown.append((symbols.swatch("district"), gettext("District")))
    return shown
