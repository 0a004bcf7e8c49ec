"""Profiles written as the TOML files that `load_profile` reads."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from textwrap import wrap
from typing import Any

from service.ingest.profiles.profile import Profile

_WIDTH = 96
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")


def as_written(profile: Profile) -> dict[str, Any]:
    """Return the keys of a profile that say more than its defaults do.

    Examples
    --------
    >>> from service.ingest.profiles.loading import load_profile
    >>> as_written(load_profile("police-uk"))["time"]
    {'formats': ['%Y-%m'], 'precision': 'month'}
    """
    written = profile.model_dump(mode="json", exclude_defaults=True)
    if "optional" in written:
        written["optional"] = sorted(written["optional"])
    return written


def as_toml(profile: Profile) -> str:
    """Return a profile as the text of a TOML file."""
    return text_of(as_written(profile))


def text_of(written: Mapping[str, Any], notes: Sequence[str] = ()) -> str:
    """Return the keys of a profile as the text of a TOML file, below notes as comments."""
    said = [f"# {line}" for note in notes for line in wrap(note, _WIDTH)]
    return "\n".join([*said, *_table(written, ())]) + "\n"


def _table(table: Mapping[str, Any], path: tuple[str, ...]) -> list[str]:
    # What stands below the heading of a table belongs to it: its own values come first.
    lines = [f"{_key(k)} = {_value(v)}" for k, v in table.items() if not isinstance(v, Mapping)]
    for key, below in table.items():
        if isinstance(below, Mapping):
            heading = (*path, _key(key))
            lines += ["", f"[{'.'.join(heading)}]", *_table(below, heading)]
    return lines


def _key(key: str) -> str:
    return key if _BARE_KEY.fullmatch(key) else _text(key)


def _value(value: Any) -> str:
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, bool | int | float):
        return json.dumps(value)
    return f"[{', '.join(map(_value, value))}]"


def _text(text: str) -> str:
    # JSON escapes all that TOML wants escaped but DEL, and nothing that TOML does not know.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
