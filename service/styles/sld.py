"""A style as Styled Layer Descriptor 1.1 (OGC 05-078r4) with Symbology Encoding (OGC 05-077r4)."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from service.styles.source import Case, Style

_NAMESPACES = {
    "": "http://www.opengis.net/sld",
    "se": "http://www.opengis.net/se",
    "ogc": "http://www.opengis.net/ogc",
}


def document(style: Style) -> str:
    """Return a style as an SLD document with one named layer."""
    root = ET.Element("StyledLayerDescriptor", {"version": "1.1.0"})
    for prefix, address in _NAMESPACES.items():
        root.set(f"xmlns:{prefix}" if prefix else "xmlns", address)
    layer = ET.SubElement(root, "NamedLayer")
    _text(layer, "se:Name", style.collection)
    user = ET.SubElement(layer, "UserStyle")
    _text(user, "se:Name", style.title)
    rules = ET.SubElement(user, "se:FeatureTypeStyle")
    for case in style.cases:
        _rule(rules, style, case)
    if style.label:
        _label(ET.SubElement(rules, "se:Rule"), style)
    ET.indent(root)
    return ET.tostring(root, encoding="unicode", xml_declaration=False) + "\n"


def _rule(rules: ET.Element, style: Style, case: Case) -> None:
    rule = ET.SubElement(rules, "se:Rule")
    _text(rule, "se:Name", case.title)
    _text(ET.SubElement(rule, "se:Description"), "se:Title", case.title)
    if style.decides is not None and case.value is not None:
        equal = ET.SubElement(ET.SubElement(rule, "ogc:Filter"), "ogc:PropertyIsEqualTo")
        _text(equal, "ogc:PropertyName", style.decides)
        _text(equal, "ogc:Literal", case.value)
    symbol = case.symbol
    if style.shape == "polygon":
        polygon = ET.SubElement(rule, "se:PolygonSymbolizer")
        if symbol.fill is not None:
            fill = {"fill": symbol.fill, "fill-opacity": f"{symbol.fill_opacity:g}"}
            _parameters(ET.SubElement(polygon, "se:Fill"), fill)
        _stroke(polygon, symbol.stroke, symbol.width_px, symbol.dash_px)
        return
    if symbol.casing is not None:
        _stroke(ET.SubElement(rule, "se:LineSymbolizer"), symbol.casing, symbol.casing_px)
    line = ET.SubElement(rule, "se:LineSymbolizer")
    _stroke(line, symbol.stroke, symbol.width_px, symbol.dash_px)


def _stroke(
    symbolizer: ET.Element, colour: str, width_px: float, dash_px: tuple[float, ...] = ()
) -> None:
    about = {"stroke": colour, "stroke-width": f"{width_px:g}", "stroke-linejoin": "round"}
    if dash_px:
        about["stroke-dasharray"] = " ".join(f"{px:g}" for px in dash_px)
    _parameters(ET.SubElement(symbolizer, "se:Stroke"), about)


def _label(rule: ET.Element, style: Style) -> None:
    symbolizer = ET.SubElement(rule, "se:TextSymbolizer")
    label = ET.SubElement(symbolizer, "se:Label")
    for at, name in enumerate(style.label):
        found = ET.SubElement(label, "ogc:PropertyName")
        found.text = name
        found.tail = " " if at + 1 < len(style.label) else None
    _parameters(ET.SubElement(symbolizer, "se:Font"), {"font-size": "12"})
    halo = ET.SubElement(symbolizer, "se:Halo")
    _text(halo, "se:Radius", "1.5")
    _parameters(ET.SubElement(halo, "se:Fill"), {"fill": "#ffffff"})
    _parameters(ET.SubElement(symbolizer, "se:Fill"), {"fill": "#1b2028"})


def _parameters(parent: ET.Element, values: dict[str, str]) -> None:
    for name, value in values.items():
        ET.SubElement(parent, "se:SvgParameter", {"name": name}).text = value


def _text(parent: ET.Element, tag: str, text: str) -> None:
    ET.SubElement(parent, tag).text = text
