"""Harm indexes: load them from CSV, keep every version, find them by name."""

from __future__ import annotations

import csv
import hashlib
import io
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from service.errors import ConflictError, NotFoundError, UnreadableFileError
from service.resources import harm_indexes_dir
from service.store import models
from service.store.repository import versions
from spatial.errors import Problem
from spatial.harm import ANY_OFFENCE, DETECTIONS, MOST, HarmIndex

if TYPE_CHECKING:
    import pandas as pd

KIND: Final = "harm index"
COUNT: Final = "count"
"""The index that ships and weighs nothing: every incident counts as one."""
_WEIGHT_COLUMNS = ("weight", "weight_days")


@dataclass(frozen=True)
class IndexDescription:
    """What an index is, beside its weights."""

    name: str
    version: str
    title: str
    unit: str
    citation: str | None = None


def load_shipped(session: Session, agency_id: int) -> None:
    """Load the indexes that ship with Harmspot; those that are there already keep their weights.

    They get the families of this release: a version says what offences weigh, and a run names the
    software whose families it used.
    """
    with (harm_indexes_dir() / "indexes.toml").open("rb") as file:
        described = tomllib.load(file)
    for name, about in described.items():
        content = (harm_indexes_dir() / f"{name}.csv").read_bytes()
        described_as = IndexDescription(name=name, **about)
        load(session, agency_id, described_as, content, renew_families=True)


def load_file(session: Session, agency_id: int, path: Path, about: IndexDescription) -> bool:
    """Load an index from a CSV file; see `load`.

    Raises
    ------
    UnreadableFileError
        When there is no such file.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UnreadableFileError(f"{path} cannot be read: {error.strerror}.") from error
    return load(session, agency_id, about, content, where=path.name)


def load(
    session: Session,
    agency_id: int,
    about: IndexDescription,
    content: bytes,
    *,
    where: str = "the index",
    renew_families: bool = False,
) -> bool:
    """Store one version of a harm index.

    Parameters
    ----------
    session
        The unit of work.
    agency_id
        Whose index it is.
    about
        Name, version, title, unit and citation.
    content
        CSV with a header: `offence_code` and `weight` (or `weight_days`) at least; also read are
        `offence_name`, `low`, `high`, `detection` (default ``victim``), `family` (default none:
        the offence is a family of its own) and `note`.
    where
        What to call the CSV in an error.
    renew_families
        Whether a version that is there and differs in nothing but families gets these.

    Returns
    -------
    bool
        True when it was stored; False when this version is there with the same content.

    Raises
    ------
    UnreadableFileError
        When the CSV lacks a column or holds a weight that is no number.
    InvalidInputError
        When a weight or detection is not one that an index can have, or a name cannot name one.
    ConflictError
        When this version is stored with other content: runs may rest on it.
    """
    versions.check_name(KIND, about.name, "name")
    versions.check_name(f"version of a {KIND}", about.version, "version")
    digest = hashlib.sha256(content).digest()
    versions.lock(session, KIND, agency_id, about.name)
    stored = session.scalar(
        select(models.HarmIndex).where(
            models.HarmIndex.agency_id == agency_id,
            models.HarmIndex.name == about.name,
            models.HarmIndex.version == about.version,
        )
    )
    if stored is not None and stored.content_sha256 == digest:
        return False  # it was checked when it was stored
    weights = _parse(content, where)
    HarmIndex(about.name, about.version, about.unit, _frame(weights))  # checks the weights
    if stored is not None and renew_families and _differ_in_family(session, stored, weights):
        _renew_families(session, stored, weights)
        stored.content_sha256 = digest
        return True
    if stored is not None:
        raise ConflictError(
            f"Version {about.version} of {about.name} is stored with other content, and runs may "
            "rest on it: load yours under another --version."
        )
    index = models.HarmIndex(
        agency_id=agency_id,
        name=about.name,
        version=about.version,
        title=about.title,
        unit=about.unit,
        citation=about.citation,
        content_sha256=digest,
    )
    session.add(index)
    session.flush()
    session.execute(insert(models.HarmWeight), [{"harm_index_id": index.id, **w} for w in weights])
    return True


def all_indexes(session: Session, agency_id: int) -> list[models.HarmIndex]:
    """Return every version of every index of an agency, by name, the newest version first."""
    return list(
        session.scalars(
            select(models.HarmIndex)
            .where(models.HarmIndex.agency_id == agency_id)
            .order_by(models.HarmIndex.name, models.HarmIndex.id.desc())
        )
    )


def find(session: Session, agency_id: int, name: str) -> models.HarmIndex:
    """Return an index by ``name`` (its newest version) or ``name@version``.

    Raises
    ------
    NotFoundError
        When there is none; the message lists those that there are.
    """
    wanted, _, version = name.partition("@")
    for index in all_indexes(session, agency_id):
        if index.name == wanted and version in ("", index.version):
            return index
    known = [f"{one.name}@{one.version}" for one in all_indexes(session, agency_id)]
    raise NotFoundError(
        f"There is no harm index {name}; there are: {', '.join(known) or 'none yet'}. "
        "Load one with `harmspot harm-index load`.",
        [Problem("index", f"unknown harm index {name}")],
    )


def offence_names(session: Session, index: models.HarmIndex) -> dict[str, str]:
    """Return what a harm index calls each offence, by its code."""
    return {line.offence_code: line.offence_name for line in lines_of(session, index)}


def lines_of(session: Session, index: models.HarmIndex) -> list[models.HarmWeight]:
    """Return the lines of a stored index, the heaviest offence first."""
    return list(
        session.scalars(
            select(models.HarmWeight)
            .where(models.HarmWeight.harm_index_id == index.id)
            .order_by(models.HarmWeight.weight.desc(), models.HarmWeight.offence_code)
        )
    )


def weights_of(session: Session, index: models.HarmIndex) -> HarmIndex:
    """Return the weights of a stored index, ready to weigh incidents with."""
    import pandas as pd

    lines = lines_of(session, index)
    frame = pd.DataFrame(
        [(line.offence_code, float(line.weight), line.detection, line.family) for line in lines],
        columns=["offence_code", "weight", "detection", "family"],
    )
    return HarmIndex(index.name, index.version, index.unit, frame)


def weighed_shares(
    session: Session, agency_id: int, offences: Mapping[str, int]
) -> dict[str, float]:
    """Return for each index, in its newest version, the share of some incidents that it weighs.

    Parameters
    ----------
    session, agency_id
        The unit of work, and whose indexes.
    offences
        Number of incidents by offence code.
    """
    newest = {one.name: one for one in reversed(all_indexes(session, agency_id))}
    rows = session.execute(
        select(models.HarmWeight.harm_index_id, models.HarmWeight.offence_code).where(
            models.HarmWeight.harm_index_id.in_([one.id for one in newest.values()]),
            models.HarmWeight.offence_code.in_([*offences, ANY_OFFENCE]),
        )
    )
    known: dict[int, set[str]] = {}
    for index_id, code in rows:
        known.setdefault(index_id, set()).add(code)
    total = sum(offences.values())

    def share(codes: set[str]) -> float:
        if ANY_OFFENCE in codes:
            return 1.0
        return sum(offences[code] for code in codes) / total if total else 0.0

    return {name: share(known.get(one.id, set())) for name, one in sorted(newest.items())}


def _parse(content: bytes, where: str) -> list[dict[str, object]]:
    try:
        lines = csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""))
        rows = list(lines)
    except (UnicodeDecodeError, csv.Error) as error:
        raise UnreadableFileError(f"{where} is not a CSV file in UTF-8: {error}.") from error
    columns = lines.fieldnames or []
    weight_column = next((name for name in _WEIGHT_COLUMNS if name in columns), None)
    if weight_column is None or "offence_code" not in columns:
        raise UnreadableFileError(
            f"{where} needs the columns offence_code and weight; it has "
            f"{', '.join(columns) or 'none'}."
        )
    if not rows:
        raise UnreadableFileError(f"{where} has a header but no weights.")
    problems: list[Problem] = []
    weights: list[dict[str, object]] = []
    for number, row in enumerate(rows, start=2):
        parsed: dict[str, object] = {}
        for name, column in (("weight", weight_column), ("low", "low"), ("high", "high")):
            written = (row.get(column) or "").strip()
            try:
                parsed[name] = Decimal(written) if written or name == "weight" else None
            except InvalidOperation:
                problems.append(Problem(f"line {number}, {column}", f"{written!r} is no number"))
                continue
            if name != "weight" and not _can_bound(parsed[name]):
                message = f"{written!r} is not a number from 0 to {MOST:,}"
                problems.append(Problem(f"line {number}, {column}", message))
        code = (row["offence_code"] or "").strip()
        if not code:
            problems.append(Problem(f"line {number}, offence_code", "is empty"))
        weights.append(
            {
                "offence_code": code,
                "offence_name": (row.get("offence_name") or code).strip(),
                "detection": (row.get("detection") or DETECTIONS[0]).strip(),
                "family": (row.get("family") or "").strip() or None,
                "note": (row.get("note") or "").strip() or None,
                **parsed,
            }
        )
    if problems:
        raise UnreadableFileError(f"{where}: {problems[0].where}: {problems[0].message}.", problems)
    return weights


def _can_bound(weight: object) -> bool:
    """Tell whether a weight may be the lower or upper one of an offence."""
    return weight is None or (
        isinstance(weight, Decimal) and weight.is_finite() and (0 <= weight <= MOST)
    )


def _differ_in_family(
    session: Session, stored: models.HarmIndex, weights: list[dict[str, object]]
) -> bool:
    """Tell whether the lines of a stored index are these, whatever their families."""

    def but_family(line: Mapping[str, object]) -> dict[str, object]:
        return {name: value for name, value in line.items() if name != "family"}

    names = weights[0].keys()
    held = {
        line.offence_code: but_family({name: getattr(line, name) for name in names})
        for line in lines_of(session, stored)
    }
    return held == {str(line["offence_code"]): but_family(line) for line in weights}


def _renew_families(
    session: Session, stored: models.HarmIndex, weights: list[dict[str, object]]
) -> None:
    family_of = {line["offence_code"]: line["family"] for line in weights}
    for line in lines_of(session, stored):
        line.family = cast(str | None, family_of[line.offence_code])
    session.flush()


def _frame(weights: list[dict[str, object]]) -> pd.DataFrame:
    import pandas as pd

    frame = pd.DataFrame(weights)
    frame["weight"] = frame["weight"].astype(float)
    return frame
