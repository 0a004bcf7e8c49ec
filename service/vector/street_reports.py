"""What was found when a street network was loaded, in plain words."""

from __future__ import annotations

from typing import Any, Final

# What was left out stands among the warnings.
_WORDS: Final = {
    "split": "lines of several parts, each part a segment",
    "noded": "lines cut at junctions",
    "without_id": "lines without an id, for which a digest of their shape stands",
    "crossings_kept_apart": "crossings on different levels, as at bridges, not cut",
    "dangles": "dead ends, or gaps between lines that should meet",
}
_SIMPLIFIED: Final = {
    "merged": "lines that stand for ways side by side",
    "joined": "other lines that stand for several ways, one after the other",
    "kept_apart": "street spaces left as they are, for the sake of bridges or tunnels",
    "failed": "street spaces that could not be made one line",
    "names_disagree": "lines without a name, because their ways have several",
}
_NODING: Final = {
    "none": "lines are taken as they are",
    "vertices": "lines are cut at vertices that they share",
    "crossings": "lines are cut where they share a vertex, touch or cross",
}


def in_words(report: dict[str, Any]) -> list[str]:
    """Return the lines that tell the report of a network, as `service.vector.streets` keeps it."""
    said = [f"lines read: {report['lines']:,}; {_columns(report['columns'])}"]
    if report["left_out"]:
        kinds = ", ".join(f"{name} {many:,}" for name, many in report["left_out"].items())
        said.append(f"lines not taken, by class: {kinds}")
    said.append(_NODING[report["noding"]])
    for name, words in _WORDS.items():
        if many := report[name]:
            said.append(f"{words}: {many:,}{_examples(report['examples'].get(name, []), many)}")
    if simplified := report.get("simplified"):
        said.extend(_simplified(simplified))
    return said


def _simplified(report: dict[str, Any]) -> list[str]:
    """Return the lines that tell the fields of a `spatial.streets.SimplifyReport`."""
    classes = ", ".join(report["classes"]) if report["classes"] else "all that are streets"
    said = [f"one line of each street space, of these classes: {classes}"]
    for when, words in (("before", "before"), ("after", "after")):
        extent = report[when]
        said.append(
            f"{words}: {extent['lines']:,} lines, {extent['length_km']:,.1f} km, "
            f"{extent['junctions']:,} junctions, {extent['components']:,} "
            f"{'part' if extent['components'] == 1 else 'parts'} that nothing links"
        )
    for name, words in _SIMPLIFIED.items():
        if many := report[name]:
            ways = f" for {report['merged_ways']:,} ways" if name == "merged" else ""
            told = "; ".join(report["examples"].get(name, []))
            said.append(f"{words}: {many:,}{ways}{f' ({told})' if told else ''}")
    return said


def _columns(columns: dict[str, str | None]) -> str:
    identity = f"ids are {columns['id']}" if columns["id"] else "ids are digests of the shapes"
    name = f"names are {columns['name']}" if columns["name"] else "there are no names"
    road_class = (
        f"classes are {columns['road_class']}" if columns["road_class"] else "there are no classes"
    )
    return f"{identity}, {name}, {road_class}"


def _examples(ids: list[str], many: int) -> str:
    more = ", ..." if many > len(ids) else ""
    return f" ({', '.join(ids)}{more})" if ids else ""
