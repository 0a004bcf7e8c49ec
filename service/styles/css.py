"""A style as CSS custom properties, for pages and legends: on a light ground and on a dark one."""

from __future__ import annotations

from service.styles.source import CLASSES, Style


def document(style: Style) -> str:
    """Return the colours of a collection as custom properties of the root element."""
    if style.decides is None:
        symbol = style.cases[0].symbol
        return _root([f"--{style.collection.replace('_', '-')}: {symbol.stroke}"])
    light = _root([f"{property_of(one.name)}: {one.colour}" for one in CLASSES])
    dark = _root([f"{property_of(one.name)}: {one.dark}" for one in CLASSES], indent="  ")
    return f"{light}\n@media (prefers-color-scheme: dark) {{\n{dark}}}\n"


def property_of(class_name: str) -> str:
    """Return the custom property that holds the colour of a class.

    Examples
    --------
    >>> property_of("hot_99")
    '--class-hot-99'
    """
    return f"--class-{class_name.replace('_', '-')}"


def _root(lines: list[str], indent: str = "") -> str:
    body = "".join(f"{indent}  {line};\n" for line in lines)
    return f"{indent}:root {{\n{body}{indent}}}\n"
