"""Profiles that an agency wrote itself, stored beside those that ship with Harmspot."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from service.errors import ConflictError, NotFoundError
from service.ingest.profiles.loading import known_profiles, load_profile, profile_of
from service.ingest.profiles.profile import Profile
from service.ingest.profiles.toml import as_written
from service.store.repository import profiles as repository
from spatial.errors import Problem


def names(session: Session, agency_id: int) -> list[str]:
    """Return the names of the profiles that an agency stored."""
    return [one.name for one in repository.every(session, agency_id)]


def every(session: Session, agency_id: int) -> list[Profile]:
    """Return all profiles that an agency can use, the shipped ones first."""
    return [load_profile(name) for name in known_profiles()] + [
        profile_of(one.written, one.name) for one in repository.every(session, agency_id)
    ]


def find(session: Session, agency_id: int, name: str) -> Profile:
    """Return a shipped or stored profile by its name, which is never a path.

    Raises
    ------
    NotFoundError
        When there is none; the message lists those that there are.
    """
    if name in known_profiles():
        return load_profile(name)
    stored = repository.get(session, agency_id, name)
    if stored is None:
        there = ", ".join([*known_profiles(), *names(session, agency_id)])
        raise NotFoundError(
            f"No profile is named {name!r}; there are: {there}.",
            [Problem("profile", f"unknown profile {name}")],
        )
    return profile_of(stored.written, stored.name)


def find_or_read(session: Session, agency_id: int, name_or_path: str) -> Profile:
    """Return a profile by its name, or from a user's own TOML file; see `find`."""
    if name_or_path.endswith(".toml"):
        return load_profile(name_or_path)
    try:
        return find(session, agency_id, name_or_path)
    except NotFoundError as error:
        raise NotFoundError(
            f"{error.message.removesuffix('.')}; a profile of your own is also the path of a "
            ".toml file.",
            error.problems,
        ) from None


def keep(session: Session, agency_id: int, name: str, written: Mapping[str, Any]) -> Profile:
    """Store a profile under a name, in place of what the agency stored under it before.

    What it extends is stored with it, so that its meaning stays when a shipped profile changes.

    Raises
    ------
    ConflictError
        When a shipped profile has that name.
    InvalidInputError
        When it is not a profile: the message names each key and what would be right.
    """
    if name in known_profiles():
        raise ConflictError(
            f"The profile {name!r} ships with Harmspot and stays as it is: store yours under "
            "another name.",
            [Problem("name", "is the name of a shipped profile")],
        )
    profile = profile_of(written, name)
    repository.put(session, agency_id, name, as_written(profile))
    return profile
