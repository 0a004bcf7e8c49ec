"""A small town as OpenStreetMap has it, in both of its formats.

Mill Lane runs from the west over the junction in the middle to the east; Bridge Road comes from
the north to the same junction. A motorway bridge crosses Mill Lane without meeting it. A river, a
railway platform and a road that is only proposed are no streets.
"""

import struct

NODES = {
    1: (-0.100, 51.500), 2: (-0.095, 51.500), 3: (-0.090, 51.500), 4: (-0.095, 51.505),
    5: (-0.098, 51.498), 6: (-0.098, 51.502), 7: (-0.100, 51.510), 8: (-0.090, 51.510),
}  # fmt: skip
NOTE = 'the "old" road, A=>B \\ C'
WAYS = {
    10: ([1, 2, 3], {"highway": "primary", "name": "Mill Lane"}),
    11: ([4, 2], {"highway": "residential", "name": "Bridge Road", "note": NOTE, "tunnel": "no"}),
    12: ([5, 6], {"highway": "motorway", "ref": "M4", "bridge": "yes", "layer": "1"}),
    13: ([7, 8], {"waterway": "river", "name": "Alder"}),
    14: ([1, 7], {"highway": "platform"}),
    15: ([3, 8], {"highway": "proposed", "name": "Relief Road"}),
    16: ([7, 4, 8, 7], {"boundary": "administrative", "name": "Northside", "admin_level": "10"}),
}


def xml() -> str:
    """Return the town as OpenStreetMap XML."""
    nodes = [f'<node id="{n}" lat="{lat}" lon="{lon}"/>' for n, (lon, lat) in NODES.items()]
    ways = []
    for way, (nodes_of, tags) in WAYS.items():
        refs = "".join(f'<nd ref="{n}"/>' for n in nodes_of)
        said = "".join(f'<tag k="{key}" v="{_escaped(value)}"/>' for key, value in tags.items())
        ways.append(f'<way id="{way}">{refs}{said}</way>')
    return f'<?xml version="1.0"?>\n<osm version="0.6">{"".join(nodes + ways)}</osm>'


def pbf() -> bytes:
    """Return the town as OpenStreetMap PBF: an uncompressed header block and one of data."""
    header = _text(4, "OsmSchema-V0.6")
    strings = [""]

    def string(text: str) -> int:
        if text not in strings:
            strings.append(text)
        return strings.index(text)

    nodes = b"".join(
        _bytes(1, _signed(1, n) + _signed(8, round(lat * 1e7)) + _signed(9, round(lon * 1e7)))
        for n, (lon, lat) in NODES.items()
    )
    ways = b""
    for way, (nodes_of, tags) in WAYS.items():
        steps = [b - a for a, b in zip([0, *nodes_of], nodes_of, strict=False)]
        ways += _bytes(
            3,
            _number(1, way)
            + _bytes(2, b"".join(_varint(string(key)) for key in tags))
            + _bytes(3, b"".join(_varint(string(value)) for value in tags.values()))
            + _bytes(8, b"".join(_varint(_zigzag(step)) for step in steps)),
        )
    table = _bytes(1, b"".join(_text(1, one) for one in strings))
    return _blob("OSMHeader", header) + _blob("OSMData", table + _bytes(2, nodes) + _bytes(2, ways))


def _blob(kind: str, content: bytes) -> bytes:
    blob = _bytes(1, content) + _number(2, len(content))
    head = _text(1, kind) + _number(3, len(blob))
    return struct.pack(">I", len(head)) + head + blob


def _bytes(field: int, content: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(content)) + content


def _text(field: int, text: str) -> bytes:
    return _bytes(field, text.encode())


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _signed(field: int, value: int) -> bytes:
    return _number(field, _zigzag(value))


def _zigzag(value: int) -> int:
    return value * 2 if value >= 0 else -value * 2 - 1


def _varint(value: int) -> bytes:
    coded = b""
    while value > 0x7F:
        coded += bytes([value & 0x7F | 0x80])
        value >>= 7
    return coded + bytes([value])


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace('"', "&quot;").replace(">", "&gt;")
