"""Profiles written as the TOML files that `load_profile` reads."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from service.ingest.profiles.profile import Profile

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")


def as_written(profile: Profile) -> dict[str, Any]:
    """Return the keys of a profile that say more than its defaults do.

    Examples
    --------
    >>> from service.ingest.profiles.profile import load_profile
    >>> as_written(load_profile("police-uk"))["time"]
    {'formats': ['%Y-%m'], 'precision': 'month'}
    """
    written = profile.model_dump(mode="json", exclude_defaults=True)
    if "optional" in written:
        written["optional"] = sorted(written["optional"])
    return written


def as_toml(profile: Profile) -> str:
    """Return a profile as the text of a TOML file."""
    return "\n".join(_table(as_written(profile), ())) + "\n"


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


def _value(value: str | list[str]) -> str:
    return _text(value) if isinstance(value, str) else f"[{', '.join(map(_text, value))}]"


def _text(text: str) -> str:
    # JSON escapes all that TOML wants escaped but DEL, and nothing that TOML does not know.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
