"""A style as QGIS has it, from 3.22 on: a QML file, or the same elements in a project's layer."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from service.styles.source import Case, Style, Symbol

QGIS_VERSION = "3.22.0"
"""The oldest QGIS whose form of style this is; later ones read it too."""

_MM_PER_PX = 25.4 / 96
_DOCTYPE = "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n"


def document(style: Style) -> str:
    """Return a style as a QML file."""
    root = ET.Element(
        "qgis",
        {
            "version": QGIS_VERSION,
            "styleCategories": "Symbology|Labeling|MapTips",
            "labelsEnabled": _flag(bool(style.label)),
        },
    )
    root.extend(elements(style))
    ET.indent(root)
    return _DOCTYPE + ET.tostring(root, encoding="unicode") + "\n"


def elements(style: Style) -> list[ET.Element]:
    """Return what a QML file and a project's layer have in common: renderer and labels."""
    found = [_renderer(style)]
    if style.label:
        found.append(_labels(style))
    for name, text in (("blendMode", "0"), ("featureBlendMode", "0"), ("layerOpacity", "1")):
        element = ET.Element(name)
        element.text = text
        found.append(element)
    if style.label:
        preview = ET.Element("previewExpression")
        preview.text = _expression(style)
        found.append(preview)
    return found


def _renderer(style: Style) -> ET.Element:
    renderer = ET.Element("renderer-v2", {"symbollevels": "0", "enableorderby": "0"})
    if style.decides is None:
        renderer.set("type", "singleSymbol")
    else:
        renderer.set("type", "categorizedSymbol")
        renderer.set("attr", style.decides)
        categories = ET.SubElement(renderer, "categories")
        for at, case in enumerate(style.cases):
            ET.SubElement(
                categories,
                "category",
                {
                    "value": case.value or "",
                    "label": case.title,
                    "symbol": str(at),
                    "render": "true",
                },
            )
    symbols = ET.SubElement(renderer, "symbols")
    for at, case in enumerate(style.cases):
        symbols.append(_symbol(style, case, at))
    return renderer


def _symbol(style: Style, case: Case, at: int) -> ET.Element:
    kind = "fill" if style.shape == "polygon" else "line"
    element = ET.Element(
        "symbol", {"name": str(at), "type": kind, "alpha": "1", "clip_to_extent": "1"}
    )
    symbol = case.symbol
    if style.shape == "polygon":
        element.append(_layer("SimpleFill", _fill(symbol)))
        return element
    if symbol.casing is not None:
        # Locked: whoever gives the symbol another colour means the line, not its casing.
        casing = _layer("SimpleLine", _line(symbol.casing, symbol.casing_px))
        casing.set("locked", "1")
        element.append(casing)
    element.append(_layer("SimpleLine", _line(symbol.stroke, symbol.width_px)))
    return element


def _fill(symbol: Symbol) -> dict[str, str]:
    outline = {
        "outline_color": _rgba(symbol.stroke),
        "outline_style": "dash" if symbol.dash_px else "solid",
        "outline_width": _mm(symbol.width_px),
        "outline_width_unit": "MM",
        "joinstyle": "round",
    }
    if symbol.fill is None:
        return outline | {"style": "no"}
    return outline | {"style": "solid", "color": _rgba(symbol.fill, symbol.fill_opacity)}


def _line(colour: str, width_px: float) -> dict[str, str]:
    return {
        "line_color": _rgba(colour),
        "line_style": "solid",
        "line_width": _mm(width_px),
        "line_width_unit": "MM",
        "capstyle": "round",
        "joinstyle": "round",
    }


def _layer(kind: str, properties: dict[str, str]) -> ET.Element:
    layer = ET.Element("layer", {"class": kind, "enabled": "1", "locked": "0", "pass": "0"})
    options = ET.SubElement(layer, "Option", {"type": "Map"})
    for name, value in sorted(properties.items()):
        ET.SubElement(options, "Option", {"type": "QString", "name": name, "value": value})
    return layer


def _labels(style: Style) -> ET.Element:
    labeling = ET.Element("labeling", {"type": "simple"})
    settings = ET.SubElement(labeling, "settings", {"calloutType": "simple"})
    text = ET.SubElement(
        settings,
        "text-style",
        {
            "fieldName": _expression(style),
            "isExpression": "1",
            "allowHtml": "0",  # a label is a name, whatever it holds
            "fontSize": "9",
            "fontWeight": "75",
            "namedStyle": "Bold",
            "fontSizeUnit": "Point",
            "textColor": "27,32,40,255",
            "textOpacity": "1",
        },
    )
    ET.SubElement(
        text,
        "text-buffer",
        {
            "bufferDraw": "1",
            "bufferSize": "0.8",
            "bufferSizeUnits": "MM",
            "bufferColor": "255,255,255,255",
            "bufferOpacity": "1",
        },
    )
    ET.SubElement(settings, "text-format", {"autoWrapLength": "24"})
    around, level = "0", "4"  # of a point inside; beside a line, which may be shorter than words
    placement = around if style.shape == "polygon" else level
    ET.SubElement(settings, "placement", {"placement": placement, "dist": "1", "priority": "8"})
    ET.SubElement(settings, "rendering", {"drawLabels": "1", "obstacle": "1"})
    return labeling


def _expression(style: Style) -> str:
    return " || ' ' || ".join(f'"{name}"' for name in style.label)


def _rgba(colour: str, opacity: float = 1.0) -> str:
    """Return a colour as QGIS writes it.

    Examples
    --------
    >>> _rgba("#a50f2d", 0.5)
    '165,15,45,128'
    """
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return f"{red},{green},{blue},{round(opacity * 255)}"


def _mm(width_px: float) -> str:
    return f"{width_px * _MM_PER_PX:.3g}"


def _flag(value: bool) -> str:
    return "1" if value else "0"
