"""Which column of a file fills which canonical column, and what to say when one is missing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from service.errors import UnreadableFileError
from service.ingest.checks.attributes import column
from service.ingest.checks.missing import nothings, without
from service.ingest.profiles.profile import Attributes, Canonical, Profile
from service.ingest.readers.columns import loosely as _loosely
from service.ingest.readers.rows import FEATURE_ID, RawRows, Reader
from spatial.errors import Problem

_SHOWN_COLUMNS = 30


@dataclass(frozen=True, slots=True)
class Binding:
    """The columns of a file that a profile's columns were found in; the others are not kept."""

    columns: Mapping[Canonical, tuple[str, ...]]
    extra: tuple[str, ...]
    """Columns that are not canonical and are kept as attributes."""
    nothing: tuple[str, ...] = nothings()
    """Words that stand for nothing in every column but those of offences."""
    no_offence: tuple[str, ...] = nothings()
    number: tuple[str, ...] = ()
    """Columns of the number that rows share, where the file has a unique id beside it."""
    feature_ids: bool = False
    """Whether features without an `external_id` may have an id of their own."""
    addresses: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Columns of the parts of an address: `street`, `crossing`, `number`."""

    @property
    def named(self) -> frozenset[str]:
        """The file's columns that the profile maps or keeps."""
        mapped = (*self.columns.values(), *self.addresses.values())
        return frozenset(self.extra).union(self.number, *mapped)

    def text(self, rows: RawRows, name: Canonical) -> pa.Array | None:
        """Return a canonical column as trimmed text, null where empty; None when not in the file.

        A canonical column made of several is joined by spaces, and null where one is empty.
        """
        parts = self.parts(rows, name)
        if not parts:
            return None
        return parts[0] if len(parts) == 1 else pc.binary_join_element_wise(*parts, " ")

    def parts(self, rows: RawRows, name: Canonical) -> list[pa.Array]:
        """Return the columns of a canonical column as `text` does, not joined."""
        offence = name in ("offence_code", "offence_name")
        words = self.no_offence if offence else self.nothing
        return [_trimmed(rows, one, words) for one in self.columns.get(name, ())]

    def address(self, rows: RawRows, part: str) -> pa.Array | None:
        """Return a part of the addresses, its columns joined by a space, null where all are empty.

        A profile that says nothing of addresses has them in its `location_text`.
        """
        names = self.addresses.get(part, ())
        if part == "street" and not self.addresses:
            names = self.columns.get("location_text", ())
        if not names:
            return None
        parts = [pc.fill_null(_trimmed(rows, one, self.nothing), "") for one in names]
        whole = parts[0] if len(parts) == 1 else pc.binary_join_element_wise(*parts, " ")
        whole = pc.utf8_trim_whitespace(whole)
        return pc.if_else(pc.equal(whole, ""), None, whole)

    def written(self, rows: RawRows, name: Canonical) -> pa.Array:
        """Return a canonical column of the file as `text` does, with the words for nothing."""
        parts = [_trimmed(rows, one, ()) for one in self.columns[name]]
        return parts[0] if len(parts) == 1 else pc.binary_join_element_wise(*parts, " ")

    def joined(self, rows: RawRows, names: Sequence[str]) -> pa.Array:
        """Return some columns of the file joined, as `text` returns a canonical one."""
        parts = [_trimmed(rows, one, self.nothing) for one in names]
        return parts[0] if len(parts) == 1 else pc.binary_join_element_wise(*parts, " ")


def bind(profile: Profile, rows: RawRows, reader: Reader) -> Binding:
    """Find a profile's columns in some rows.

    Raises
    ------
    UnreadableFileError
        When a column is missing that the profile needs, or there twice with other values. Formats
        whose rows bring their own columns (GeoJSON) are not refused: their rows are rejected one
        by one.
    """
    names = rows.table.column_names
    found, missing = _found(profile, names, has_points=rows.points is not None)
    if missing and reader.columns is not None:
        raise _missing(profile, missing, reader)
    if rows.twins:
        _refuse_twins(profile, found, rows)
    number = _by_row_id(profile, names, found)
    if FEATURE_ID in names and "external_id" not in found:
        found["external_id"] = (FEATURE_ID,)
    return Binding(
        found,
        _extra(profile, names, found),
        nothing=nothings(profile.missing),
        no_offence=nothings(profile.missing, but=profile.offence.mapping),
        number=number,
        feature_ids=FEATURE_ID in names,
        addresses=_addresses(profile, names),
    )


def lacking(profile: Profile, names: Sequence[str], *, has_points: bool) -> list[str]:
    """Return the columns that a profile needs and a file does not have.

    Parameters
    ----------
    profile
        What is looked for.
    names
        The file's columns.
    has_points
        Whether geometries hold the positions, so that no columns need to.
    """
    return _found(profile, names, has_points=has_points)[1]


def named(profile: Profile, names: Sequence[str], *, has_points: bool) -> frozenset[str]:
    """Return the columns of a file that a profile maps or keeps; see `lacking`."""
    found, _ = _found(profile, names, has_points=has_points)
    number = _by_row_id(profile, names, found)
    addresses = _addresses(profile, names)
    return Binding(found, _extra(profile, names, found), number=number, addresses=addresses).named


def named_in_draft(written: Mapping[str, Any], names: Sequence[str]) -> frozenset[str]:
    """Return the columns of a file that what may become a profile maps or keeps so far."""
    columns, attributes = written.get("columns"), written.get("attributes")
    wanted = list(columns.values()) if isinstance(columns, dict) else []
    listed = [one for each in wanted for one in (each if isinstance(each, list) else [each])]
    if isinstance(attributes, list):
        listed += attributes
    address = written.get("address")
    for part in address.values() if isinstance(address, dict) else ():
        listed += part if isinstance(part, list) else [part]
    mapped = keeping(tuple(one for one in listed if isinstance(one, str)))
    return frozenset(one for one in names if attributes == "all" or mapped(one))


def wanted(profile: Profile) -> Callable[[str], bool]:
    """Return what tells by a column's name whether a profile may map or keep it."""
    several = [[one] if isinstance(one, str) else list(one) for one in profile.columns.values()]
    row_id = () if profile.row_id is None else (profile.row_id,)
    if profile.address is not None:
        several += map(list, profile.address.columns().values())
    if profile.cancelled is not None:
        several.append([profile.cancelled.column])
    mapped = keeping((*row_id, *(one for columns in several for one in columns)))
    kept = keeping(profile.attributes)
    return lru_cache(maxsize=4096)(lambda name: mapped(name) or kept(name))


def keeping(attributes: Attributes) -> Callable[[str], bool]:
    """Return what tells whether a column that is not mapped is kept.

    Parameters
    ----------
    attributes
        What a profile says: ``all``, ``none``, or names. Case and underscores do not matter.
    """
    if isinstance(attributes, str):
        return lambda _: attributes == "all"
    listed = {*attributes, *map(_loosely, attributes)}
    return lambda name: name in listed or _loosely(name) in listed


def _found(
    profile: Profile, names: Sequence[str], *, has_points: bool
) -> tuple[dict[Canonical, tuple[str, ...]], list[str]]:
    loose = {_loosely(one): one for one in reversed(names)}
    found: dict[Canonical, tuple[str, ...]] = {}
    missing: list[str] = []
    for canonical, wanted in profile.columns.items():
        if has_points and canonical in ("longitude", "latitude"):
            continue
        several = (wanted,) if isinstance(wanted, str) else wanted
        there = [one if one in names else loose.get(_loosely(one)) for one in several]
        if all(there):
            found[canonical] = tuple(one for one in there if one is not None)
        elif canonical == "external_id" and _row_id(profile, names) is not None:
            continue
        elif canonical not in profile.optional:
            missing += [one for one, hit in zip(several, there, strict=True) if hit is None]
    if not {"offence_code", "offence_name"} & found.keys():
        wanted = profile.columns.get("offence_code") or profile.columns["offence_name"]
        missing += [
            one for one in ((wanted,) if isinstance(wanted, str) else wanted) if one not in missing
        ]
    return found, missing


def _addresses(profile: Profile, names: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Return the columns of the parts of an address, as the file spells them."""
    if profile.address is None:
        return {}
    loose = {_loosely(one): one for one in reversed(names)}
    found = {
        part: [one if one in names else loose.get(_loosely(one)) for one in wanted]
        for part, wanted in profile.address.columns().items()
    }
    there = {part: tuple(one for one in some if one is not None) for part, some in found.items()}
    return {part: some for part, some in there.items() if some}


def _trimmed(rows: RawRows, name: str, nothing: tuple[str, ...]) -> pa.Array:
    return without(pc.utf8_trim_whitespace(column(rows.table, name)), nothing)


def _row_id(profile: Profile, names: Sequence[str]) -> str | None:
    """Return the column of unique ids, as the file spells it."""
    if profile.row_id is None or profile.row_id in names:
        return profile.row_id
    loose = _loosely(profile.row_id)
    return next((one for one in names if _loosely(one) == loose), None)


def _by_row_id(
    profile: Profile, names: Sequence[str], found: dict[Canonical, tuple[str, ...]]
) -> tuple[str, ...]:
    """Let the unique id be the incident's, and return the columns of the number beside it."""
    row_id = _row_id(profile, names)
    if row_id is None:
        return ()
    number = found.get("external_id", ())
    found["external_id"] = (row_id,)
    return number


def _extra(
    profile: Profile, names: Sequence[str], found: Mapping[Canonical, tuple[str, ...]]
) -> tuple[str, ...]:
    used = {FEATURE_ID}.union(*found.values())
    keeps = keeping(profile.attributes)
    return tuple(one for one in names if one not in used and keeps(one))


def _refuse_twins(
    profile: Profile, found: Mapping[Canonical, tuple[str, ...]], rows: RawRows
) -> None:
    """Refuse a file where a column that is meant may be one or another, and they differ."""
    for canonical, names in found.items():
        wanted = profile.columns.get(canonical, names)
        for want, name in zip((wanted,) if isinstance(wanted, str) else wanted, names, strict=True):
            for twin, own in rows.twins.get(name, {}).items():
                if (own != name and want == name) or twin not in rows.table.column_names:
                    continue  # both are there, and it is said which one is meant
                differ = pc.not_equal(
                    pc.fill_null(column(rows.table, name), ""),
                    pc.fill_null(column(rows.table, twin), ""),
                )
                if pc.any(differ).as_py():
                    line = rows.lines[pc.index(differ, True).as_py()]
                    both = repr(name) if own == name else f"{name!r} and {own!r}"
                    raise UnreadableFileError(
                        f"The file has two columns named {both}, and they differ on "
                        f"line {line}: it is not certain which one is meant as {canonical}. Rename "
                        "one of them, or take it out.",
                        [Problem(name, "two columns of one name")],
                    )


def _missing(profile: Profile, missing: Sequence[str], reader: Reader) -> UnreadableFileError:
    columns = reader.columns or []
    what = "column" if len(missing) == 1 else "columns"
    message = f"The file lacks the {what} {_listed(missing)} of profile {profile.name!r}"
    message += (
        f". Found: {_listed(columns)}. Choose the profile that fits the file, or write one that "
        "maps these columns: `harmspot profile suggest FILE` makes a draft of it."
    )
    return UnreadableFileError(message, [Problem(one, "missing column") for one in missing])


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(repr(one[:60]) for one in names[:_SHOWN_COLUMNS])
    return shown + (
        f" and {len(names) - _SHOWN_COLUMNS} more" if len(names) > _SHOWN_COLUMNS else ""
    )
