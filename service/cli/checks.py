"""What commands check of their options before a database is opened, which may take seconds."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from service.errors import UnreadableFileError


def present(files: Iterable[Path]) -> None:
    """Refuse files that there are not.

    Raises
    ------
    UnreadableFileError
        When one is missing; the first is named.
    """
    for file in files:
        if not file.exists():
            raise UnreadableFileError(f"There is no file {file}.")


def profile(name_or_path: str) -> None:
    """Refuse a profile of one's own that cannot be read; others are looked up where they are.

    Raises
    ------
    HarmspotError
        When the file is missing or is no profile.
    """
    if name_or_path.endswith(".toml"):
        from service.ingest.profiles.loading import load_profile

        load_profile(name_or_path)
