"""The charts of a target as SVG: when in the week, and week by week. Each carries its numbers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any, Final

from service.briefing.symbols import INK, text
from service.drawing import svg
from service.styles import CLASSES
from service.words.saying import day
from spatial.peaks import DAYS

_EDGE: Final = "#b9b5ab"
_FULL: Final = CLASSES[1].colour
_WIDE_MM: Final = 180.0


def hour_strip(hourly: Sequence[int], windows: Sequence[dict[str, Any]] = ()) -> str:
    """Draw a week as 7 rows of 24 hours, each with its number of incidents and shaded by it.

    Parameters
    ----------
    hourly
        168 counts from Monday 00:00.
    windows
        The busiest two hours, as targets have them: they are framed.
    """
    left, top, high = 11.0, 4.0, 4.2
    wide = (_WIDE_MM - left) / 24
    most = max(max(hourly), 1)
    parts = [
        text(f"{hour:02d}", left + (hour + 0.5) * wide, 3, 2.2, anchor="middle")
        for hour in range(24)
    ]
    for row, name in enumerate(DAYS):
        y = top + row * high
        parts.append(text(name, 0.5, y + 3, 2.4))
        for hour in range(24):
            number = hourly[row * 24 + hour]
            x = left + hour * wide
            parts.append(
                svg.element(
                    "rect",
                    x=x,
                    y=y,
                    width=wide,
                    height=high,
                    fill=_shade(number / most) if number else "#ffffff",
                    stroke=_EDGE,
                    stroke_width=0.12,
                )
            )
            if number:
                ink = "#ffffff" if number / most > 0.72 else INK
                parts.append(
                    text(f"{number:,}", x + wide / 2, y + 3, 2.3, anchor="middle", fill=ink)
                )
    for window in windows:
        # A window that begins at 23:00 ends on the next day: it is framed in two parts.
        first = DAYS.index(window["day"]) * 24 + int(window["start"][:2])
        for at in ((first, 2),) if first % 24 < 23 else ((first, 1), ((first + 1) % 168, 1)):
            start, hours = at
            parts.append(
                svg.element(
                    "rect",
                    x=left + start % 24 * wide,
                    y=top + start // 24 * high,
                    width=wide * hours,
                    height=high,
                    fill="none",
                    stroke=INK,
                    stroke_width=0.6,
                )
            )
    return svg.picture(parts, _WIDE_MM, top + 7 * high + 0.5)


def series(given: dict[str, Any], width_mm: float = 88.0, height_mm: float = 34.0) -> str:
    """Draw incidents by week or month; the window is grounded, marked and named.

    Parameters
    ----------
    given
        The property `series` of a target: `step`, `window_from`, `from`, `count`, and the
        `count_within` the window, which is filled.
    width_mm, height_mm
        Of the chart.
    """
    starts = [dt.date.fromisoformat(str(one)[:10]) for one in given["from"]]
    counts = [int(one) for one in given["count"]]
    window_from = dt.date.fromisoformat(str(given["window_from"])[:10])
    left, top, foot = 9.0, 5.0, height_mm - 5.0
    wide = (width_mm - left - 1) / max(len(counts), 1)
    most = max([*counts, 1])
    first = sum(1 for one in starts if one < window_from)
    edge = left + first * wide
    parts = [
        svg.element(
            "rect", x=edge, y=top - 0.5, width=width_mm - 1 - edge, height=foot - top + 0.5,
            fill="#efece4",
        ),
    ]  # fmt: skip
    within = given.get("count_within") or [
        number if at >= first else 0 for at, number in enumerate(counts)
    ]
    for at, number in enumerate(counts):
        for held, fill in ((number, "#ffffff"), (within[at], "#3a3f47")):
            high = (foot - top) * held / most
            parts.append(
                svg.element(
                    "rect",
                    x=left + at * wide + wide * 0.1,
                    y=foot - high,
                    width=wide * 0.8,
                    height=high,
                    fill=fill,
                    stroke="#3a3f47",
                    stroke_width=0.12,
                )
            )
    parts.append(
        svg.element(
            "path", d=f"M{left:g} {foot:g}L{width_mm - 1:g} {foot:g}", stroke=INK, fill="none",
            stroke_width=0.25,
        )
    )  # fmt: skip
    if 0 < first < len(counts):
        parts.append(
            svg.element(
                "path", d=f"M{edge:g} 0.6L{edge:g} {foot:g}", stroke=INK, fill="none",
                stroke_width=0.35, stroke_dasharray="1 0.7",
            )
        )  # fmt: skip
        parts.append(text("before", edge - 1, 3, 2.2, anchor="end"))
    parts.append(text("window", edge + 1, 3, 2.2))
    parts.append(text(f"{most:,}", left - 1, top + 2, 2.2, anchor="end"))
    parts.append(text("0", left - 1, foot, 2.2, anchor="end"))
    if starts:
        parts.append(text(day(given["from"][0]), left, height_mm - 1.4, 2.2))
        parts.append(text(day(given["from"][-1]), width_mm - 1, height_mm - 1.4, 2.2, anchor="end"))
    return svg.picture(parts, width_mm, height_mm)


def bar(share: float) -> str:
    """Draw a share of one as a bar."""
    return svg.picture(
        [
            svg.element("rect", x=0, y=0.4, width=20, height=2, fill="#ffffff", stroke=_EDGE,
                        stroke_width=0.15),
            svg.element("rect", x=0, y=0.4, width=max(20 * min(share, 1.0), 0.15), height=2,
                        fill="#3a3f47"),
        ],
        20, 2.8,
    )  # fmt: skip


def _shade(share: float) -> str:
    """Return a tint of the hot colour: from a breath of it, for one incident, to all of it."""
    weight = 0.12 + 0.88 * share
    full = [int(_FULL[at : at + 2], 16) * 0.8 for at in (1, 3, 5)]
    mixed = [round(255 + (tone - 255) * weight) for tone in full]
    return "#" + "".join(f"{tone:02x}" for tone in mixed)
