"""The files in a ZIP archive: what belongs together, and what nobody put there."""

from __future__ import annotations

import shutil
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

_NEEDED_BESIDE: Final = (".shx", ".dbf")


@dataclass(frozen=True)
class Member:
    """A file in an archive.

    Parameters
    ----------
    archive, path
        Where it is.
    beside
        Paths of the files that belong to it: a Shapefile is several.
    """

    archive: zipfile.ZipFile
    path: str
    beside: tuple[str, ...] = ()

    @property
    def lacks(self) -> list[str]:
        """The parts without which a Shapefile cannot be read, as far as they are not there."""
        if not self.path.lower().endswith(".shp"):
            return []
        there = {PurePosixPath(one).suffix.lower() for one in self.beside}
        return [one for one in _NEEDED_BESIDE if one not in there]

    @property
    def swells(self) -> int:
        """How many times its size in the archive it takes unpacked."""
        entry = self.archive.getinfo(self.path)
        return entry.file_size // max(entry.compress_size, 1)

    @contextmanager
    def unpacked(self) -> Iterator[Path]:
        """Write it and what is beside it to a folder, under names that are ours."""
        with tempfile.TemporaryDirectory(prefix="harmspot-archive-") as folder:
            for path in (self.path, *self.beside):
                ending = PurePosixPath(path).suffix.lower()
                to = Path(folder, f"layer{ending}")
                with self.archive.open(path) as content, to.open("wb") as file:
                    shutil.copyfileobj(content, file, 1 << 20)
            yield Path(folder, f"layer{PurePosixPath(self.path).suffix.lower()}")


def of_one_name(entries: Sequence[zipfile.ZipInfo]) -> set[str]:
    """Return the names that stand for several files of different content."""
    held: dict[str, tuple[int, int]] = {}
    return {
        one.filename
        for one in entries
        if held.setdefault(one.filename, (one.CRC, one.file_size)) != (one.CRC, one.file_size)
    }


def is_chaff(path: str) -> bool:
    """Tell what systems leave in archives, which nobody put there."""
    last = PurePosixPath(path).name
    left_by_windows = last in ("Thumbs.db", "desktop.ini")
    return path.startswith("__MACOSX/") or last.startswith(".") or left_by_windows


def leads_out(path: str) -> bool:
    """Tell a path that would lead out of the folder that an archive is unpacked to."""
    return path.startswith(("/", "\\")) or ":" in path or ".." in path.replace("\\", "/").split("/")
