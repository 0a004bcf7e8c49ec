"""Profiles by name, from a file or as somebody wrote them: checked, on top of what they extend."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from service.errors import NotFoundError, plain
from service.ingest.profiles.profile import Profile
from spatial.errors import InvalidInputError, Problem


def known_profiles() -> list[str]:
    """Return the names of the profiles that ship with Harmspot."""
    return sorted(
        file.name.removesuffix(".toml")
        for file in _shipped().iterdir()
        if file.name.endswith(".toml")
    )


def load_profile(name_or_path: str | Path) -> Profile:
    """Return a profile by its name, or from the user's own TOML file.

    Parameters
    ----------
    name_or_path
        One of `known_profiles`, or the path of a TOML file (it ends in ``.toml``).

    Raises
    ------
    NotFoundError
        When no profile has that name and no file that path; the message lists the known ones.
    InvalidInputError
        When the file is not a profile: the message names each key and what would be right.
    """
    return _profile(str(name_or_path), ())


def profile_of(written: Mapping[str, Any], name: str) -> Profile:
    """Return a profile from what somebody wrote of it, with the keys that a TOML file has.

    Parameters
    ----------
    written
        Its keys. It may extend a shipped profile, and never a file: whoever writes it need not be
        allowed to read files of this machine.
    name
        What it is called, whatever `written` says.

    Raises
    ------
    InvalidInputError
        When it is not a profile: the message names each key and what would be right.
    """
    extended = written.get("extends")
    if extended is not None and extended not in known_profiles():
        message = f"name one of {', '.join(known_profiles())}"
        raise InvalidInputError(
            f"Profile {name} is not valid: extends: {message}.", [Problem("extends", message)]
        )
    return _checked({**written, "name": name}, name, name, ())


def _profile(name_or_path: str, users: tuple[str, ...]) -> Profile:
    known = known_profiles()
    file: Traversable | Path
    if name_or_path in known:
        file = _shipped() / f"{name_or_path}.toml"
    else:
        file = Path(name_or_path).expanduser()
        if file.suffix != ".toml" or not file.is_file():
            raise NotFoundError(
                f"No profile is named {name_or_path!r}: known are {', '.join(known)}; "
                "a profile of your own is the path of a .toml file."
            )
    if name_or_path in users:
        raise InvalidInputError(f"Profile {name_or_path}: 'extends' leads back to itself.")
    try:
        written = tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InvalidInputError(f"Profile {name_or_path} is not valid TOML: {error}.") from error
    except OSError as error:
        raise NotFoundError(f"Profile {name_or_path} cannot be read: {error.strerror}.") from error
    return _checked(written, name_or_path, Path(file.name).stem, users)


def _checked(
    written: dict[str, Any], name_or_path: str, stem: str, users: tuple[str, ...]
) -> Profile:
    base: dict[str, Any] = {}
    extended = written.pop("extends", None)
    if extended is not None:
        if not isinstance(extended, str):
            raise InvalidInputError(f"Profile {name_or_path}: extends: name one profile.")
        parent = _profile(extended, (*users, name_or_path))
        base = parent.model_dump(exclude={"name", "title", "source"}, exclude_unset=True)
        # A column that the user names is meant to be there, whatever the parent leaves open.
        base["optional"] = set(base.get("optional", ())) - set(written.get("columns", ()))
    whole = {"name": stem, "source": stem} | _overlaid(base, written)
    try:
        return Profile.model_validate(whole)
    except ValidationError as error:
        problems = [
            Problem(".".join(map(str, one["loc"])) or "profile", _remedy(one["msg"], one["type"]))
            for one in error.errors()
        ]
        listed = "; ".join(f"{one.where}: {one.message}" for one in problems)
        message = f"Profile {name_or_path} is not valid: {listed}."
        raise InvalidInputError(message, problems) from None


def _overlaid(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    both = dict(base)
    for key, value in over.items():
        below = both.get(key)
        both[key] = (
            _overlaid(below, value)
            if isinstance(below, dict) and isinstance(value, dict)
            else value
        )
    return both


def _remedy(message: str, kind: str) -> str:
    if kind == "extra_forbidden":
        return f"no such key; a profile has {', '.join(['extends', *Profile.model_fields])}"
    return plain(message)


def _shipped() -> Traversable:
    return resources.files("service.ingest.profiles") / "shipped"
