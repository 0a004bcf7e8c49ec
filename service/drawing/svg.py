"""Elements of SVG as text; whatever comes from outside is escaped."""

from __future__ import annotations

from html import escape


def element(tag: str, content: str = "", **attributes: str | float | None) -> str:
    """Return an element; underscores in names of attributes stand for hyphens, None for none.

    Examples
    --------
    >>> element("rect", width=2.50, stroke_width=None, fill="a&b")
    '<rect width="2.5" fill="a&amp;b"/>'
    """
    said = "".join(
        f' {name.replace("_", "-")}="{_value(value)}"'
        for name, value in attributes.items()
        if value is not None
    )
    return f"<{tag}{said}>{content}</{tag}>" if content else f"<{tag}{said}/>"


def text(words: str, x: float, y: float, size: float, **attributes: str | float | None) -> str:
    """Return a line of text."""
    return element("text", escape(words), x=x, y=y, font_size=size, **attributes)


def picture(parts: list[str], width_mm: float, height_mm: float) -> str:
    """Return an image whose unit is the millimetre."""
    body = "".join(parts)
    return element(
        "svg",
        body,
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {width_mm:g} {height_mm:g}",
        width=f"{width_mm:g}mm",
        height=f"{height_mm:g}mm",
    )


def _value(value: str | float) -> str:
    return escape(value) if isinstance(value, str) else f"{round(value, 3):g}"
