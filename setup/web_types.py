"""Writes the types of what the service sends for the pages in the browser.

They are made from the declarations in service/: properties of places, kinds of units, formats.
Usage: python setup/web_types.py [--check]; `make types` calls it.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from service.analyses.study.units.kinds import KINDS, Kind
from service.export import schemas
from service.export.formats import FORMATS
from service.styles import CLASSES

ROOT = Path(__file__).resolve().parents[1]
WRITTEN = ROOT / "web/src/api/generated.ts"

HEAD = """\
/** Written by `make types` from the declarations in service/: change those, not this file. */
"""
NAMED = {
    tuple(KINDS): "UnitKind",
    tuple(one.name for one in CLASSES): "ClassName",
}
OWN = {"Geometry": "GeoJSON.Geometry"}
"""Types that the browser's libraries have."""

PLAIN = {
    "string": "string",
    "integer": "number",
    "number": "number",
    "boolean": "boolean",
    "null": "null",
    "object": "Record<string, unknown>",
    "array": "unknown[]",
}


def written() -> str:
    """Return the file."""
    parts = [HEAD]
    parts += [f"export type {name} = {literals(values)};\n" for values, name in NAMED.items()]
    parts += [type_of(name, schema) for name, schema in schemas.components().items()]
    parts.append(units())
    parts.append(formats())
    return "\n".join(parts)


def type_of(name: str, schema: Mapping[str, Any]) -> str:
    """Return the declaration of a type."""
    if name in OWN:
        return f"export type {name} = {OWN[name]};\n"
    if "properties" not in schema:
        return f"export type {name} = {expression(schema)};\n"
    members = "".join(f"  {line}\n" for line in lines(schema))
    return f"export interface {name} {{\n{members}}}\n"


def lines(schema: Mapping[str, Any]) -> Iterator[str]:
    """Yield the members of an interface with what they tell."""
    required = schema.get("required", ())
    for name, value in schema["properties"].items():
        told = ": ".join(value[key] for key in ("title", "description") if value.get(key))
        unit = value.get("x-ogc-unit", "1")
        if told:
            yield f"/** {told}{'' if unit == '1' else f' ({unit})'} */".replace("*/ */", "*/")
        yield f"{name}{'' if name in required else '?'}: {expression(value)};"
    if schema.get("additionalProperties") is True:
        yield "[name: string]: unknown;"


def expression(schema: Mapping[str, Any]) -> str:
    """Return a type as it stands in others."""
    if "$ref" in schema:
        return str(schema["$ref"]).removeprefix(schemas.REFERENCES)
    if "anyOf" in schema:
        return " | ".join(dict.fromkeys(expression(one) for one in schema["anyOf"]))
    if "const" in schema:
        return json.dumps(schema["const"])
    if "enum" in schema:
        return union(schema["enum"])
    if "prefixItems" in schema:
        return f"[{', '.join(expression(one) for one in schema['prefixItems'])}]"
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    return " | ".join(plain(kind, schema) for kind in kinds)


def plain(kind: str, schema: Mapping[str, Any]) -> str:
    """Return a type of JSON."""
    if kind == "array" and "items" in schema:
        items = expression(schema["items"])
        return f"({items})[]" if " " in items else f"{items}[]"
    if kind == "object" and isinstance(schema.get("additionalProperties"), Mapping):
        return f"Record<string, {expression(schema['additionalProperties'])}>"
    if kind == "object" and "properties" in schema:
        return f"{{ {' '.join(line for line in lines(schema) if line[:2] != '/*')} }}"
    return PLAIN[kind]


def union(values: Sequence[str | None]) -> str:
    """Return the type of some values, by its name where it has one."""
    held = tuple(value for value in values if value is not None)
    told = NAMED.get(held) or literals(held)
    return f"{told} | null" if len(held) < len(values) else told


def literals(values: Iterable[str]) -> str:
    """Return the type of some values as a list of them."""
    return " | ".join(json.dumps(value) for value in values)


def units() -> str:
    """Return what the pages need to know of each kind of unit."""
    held = {name: of_kind(kind) for name, kind in KINDS.items()}
    return (
        f"{UNIT}\nexport const UNIT_KINDS: Record<UnitKind, Kind> = {json.dumps(held, indent=2)};\n"
    )


UNIT = """\
/** A kind of unit of place. */
export interface Kind {
  /** What people call one, and several. */
  one: string;
  several: string;
  /** What forms call them. */
  choice: string;
  /** What those of a run are, and `many` of them: sentences with the run's parameters. */
  of_run: string;
  counted: string;
  /** The properties that tell its size, and harm by size. */
  size: "area_km2" | "length_m";
  density: "harm_per_km2" | "harm_per_100m";
  shape: "polygon" | "line";
  /** The parameter that names the network or layer whose parts they are. */
  made_of: "network" | "layer" | null;
  /** What one looks like in a square of 14. */
  swatch: string;
}
"""


def of_kind(kind: Kind) -> dict[str, Any]:
    """Return one kind."""
    return {
        "one": kind.one,
        "several": kind.several,
        "choice": kind.choice,
        "of_run": kind.of_run,
        "counted": kind.counted,
        "size": kind.measure.size_name,
        "density": kind.measure.density_name,
        "shape": kind.shape,
        "made_of": kind.made_of,
        "swatch": kind.swatch,
    }


def formats() -> str:
    """Return the formats in which runs can be had."""
    held = [{"name": one.name, "offer": one.offer} for one in FORMATS.values()]
    return (
        "/** The formats of runs, and what a list of downloads calls them. */\n"
        f"export const FORMATS: {{ name: string; offer: string }}[] = {json.dumps(held, indent=2)};"
        "\n"
    )


def main() -> None:
    """Write the file, or only check that it is up to date."""
    fresh = written()
    if "--check" not in sys.argv[1:]:
        WRITTEN.write_text(fresh, encoding="utf-8")
    elif not WRITTEN.is_file() or WRITTEN.read_text(encoding="utf-8") != fresh:
        sys.exit(f"{WRITTEN.relative_to(ROOT)} is out of date: run `make types`.")


if __name__ == "__main__":
    main()
