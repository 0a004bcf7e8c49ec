"""What was fetched, kept on disk until it is stored: a broken download goes on where it stopped."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Self

import numpy as np
from platformdirs import user_cache_path

from service.errors import ConflictError, StorageFullError, UnreadableFileError
from service.ingest.connectors.rows import Page, Shape, lines_of
from service.settings import Settings
from service.store.cluster.files import lock_if_free, open_private

KEPT_S: Final = 24 * 3600.0
"""After which the next fetch removes what nobody stored: it holds incidents, and grows old."""

_STATE = "state.json"
_OURS: Final = re.compile(r"[0-9a-f]{32}")


class Kept:
    """The pages of one question.

    Parameters
    ----------
    folder
        A folder of this question's own.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.begun_at = datetime.now(UTC)
        self.told: int | None = None
        """How many rows the source said that there are, when it was asked first."""
        self.next: Any = None
        self.pages = self.rows = 0
        self.done = False
        self.shape: Shape = "features"
        self.columns: list[str] = []
        self.more: dict[str, Any] = {}
        """What a kind of source has to know besides."""
        self.found = 0
        """Pages that were here already."""
        self._load()

    @classmethod
    @contextmanager
    def of(cls, digest: str, settings: Settings, *, fresh: bool) -> Iterator[Self]:
        """Open what is kept of a question, and leave it there unless it is dropped.

        Raises
        ------
        ConflictError
            When another command fetches the same at this moment.
        StorageFullError
            When the folder cannot be made.
        """
        root = (settings.fetch_dir or user_cache_path("harmspot")) / "fetched"
        folder = root / digest
        try:
            root.mkdir(parents=True, exist_ok=True, mode=0o700)
            _forget_old(root)
            lock = open_private(root / f"{digest}.lock")
        except OSError as error:
            raise StorageFullError(
                f"What is fetched cannot be kept in {root} ({error.strerror}): name another folder "
                "in HARMSPOT_FETCH_DIR."
            ) from None
        try:
            if not lock_if_free(lock):
                raise ConflictError("The same is fetched by another command at this moment.")
            os.utime(lock)
            if fresh:
                shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(exist_ok=True, mode=0o700)
            yield cls(folder)
        finally:
            os.close(lock)
            with suppress(OSError):
                folder.rmdir()  # only where nothing is in it

    def begin(self, told: int | None) -> None:
        """Note what a source said before the first page."""
        self.told = told
        self._save()

    def add(self, page: Page) -> None:
        """Keep one page, and where the next one begins.

        Raises
        ------
        UnreadableFileError
            When it is the one before it: the source gives the same page again and again.
        """
        number, lines = self.pages + 1, lines_of(page.rows)
        if page.rows and self._is_last(page, lines):
            raise UnreadableFileError(
                "The source gives the same rows again where others were asked for: does it page?"
            )
        self._write(f"{number:06}.rows", lines)
        self._write(f"{number:06}.ids", b"".join(map(_digest, page.ids)))
        self.pages, self.rows = number, self.rows + len(page.rows)
        self.columns = list(dict.fromkeys([*self.columns, *page.columns]))
        self.shape, self.next, self.done = page.shape, page.next, page.next is None
        if self.told is None:
            self.told = page.told
        self._save()

    def finish(self, **more: Any) -> None:
        """Note that all is there."""
        self.done = True
        self.more |= more
        self._save()

    def note(self, **more: Any) -> None:
        """Keep what a kind of source has to know besides."""
        self.more |= more
        self._save()

    def lines(self) -> Iterator[bytes]:
        """Yield the kept rows, each a line of JSON."""
        for number in range(1, self.pages + 1):
            with (self.folder / f"{number:06}.rows").open("rb") as file:
                yield from file

    def size(self) -> int:
        """Return how many bytes of rows are there."""
        return sum(one.stat().st_size for one in self.folder.glob("*.rows"))

    def repeated(self) -> int:
        """Return how many rows came although they had come before."""
        digests = [
            np.fromfile(self.folder / f"{number:06}.ids", dtype=np.uint64)
            for number in range(1, self.pages + 1)
        ]
        every = np.concatenate(digests) if digests else np.empty(0, np.uint64)
        return len(every) - len(np.unique(every))

    def drop(self) -> None:
        """Remove what is kept: it is stored."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _is_last(self, page: Page, lines: bytes) -> bool:
        """Say whether a page is the one before it; a single row may come twice as rows move."""
        several = 1 if len(page.rows) > 1 else 3
        last = range(self.pages - several + 1, self.pages + 1)
        return last[0] > 0 and all(
            (self.folder / f"{number:06}.rows").read_bytes() == lines for number in last
        )

    def _write(self, name: str, content: bytes) -> None:
        unfinished = self.folder / f"{name}.part"
        unfinished.write_bytes(content)
        unfinished.replace(self.folder / name)

    def _save(self) -> None:
        state = {
            "begun_at": self.begun_at.isoformat(),
            "told": self.told,
            "next": self.next,
            "pages": self.pages,
            "rows": self.rows,
            "done": self.done,
            "shape": self.shape,
            "columns": self.columns,
            "more": self.more,
        }
        self._write(_STATE, json.dumps(state).encode())

    def _load(self) -> None:
        try:
            state = json.loads((self.folder / _STATE).read_bytes())
            pages, rows = int(state["pages"]), int(state["rows"])
            begun_at = datetime.fromisoformat(state["begun_at"])
            parts = [f"{n + 1:06}.{what}" for n in range(pages) for what in ("rows", "ids")]
            if not all((self.folder / one).exists() for one in parts):
                raise ValueError("a page is gone")
        except FileNotFoundError:
            return
        except (ValueError, KeyError, TypeError):  # the disk lost some of it: begin anew
            shutil.rmtree(self.folder)
            self.folder.mkdir(mode=0o700)
            return
        self.begun_at, self.pages, self.rows, self.found = begun_at, pages, rows, pages
        self.told, self.next, self.done = state["told"], state["next"], state["done"]
        self.shape, self.columns, self.more = state["shape"], state["columns"], state["more"]


def _digest(identifier: str) -> bytes:
    """Return eight bytes for an id: of millions, two hardly ever have the same."""
    return hashlib.blake2b(identifier.encode("utf-8", "replace"), digest_size=8).digest()


def _forget_old(root: Path) -> None:
    """Remove what was fetched long ago and never stored, and nothing that is not ours."""
    oldest = time.time() - KEPT_S
    for one in root.glob("*.lock"):
        with suppress(OSError):
            if _OURS.fullmatch(one.stem) and _last_used(one) < oldest:
                _forget(one)


def _last_used(lock: Path) -> float:
    state = lock.with_suffix("") / _STATE
    return max(one.stat().st_mtime for one in (lock, state) if one.exists())


def _forget(lock: Path) -> None:
    """Remove what is kept of a question, unless somebody fetches it now."""
    descriptor = open_private(lock)
    try:
        if not lock_if_free(descriptor):
            return
        folder = lock.with_suffix("")
        if (folder / _STATE).is_file():
            shutil.rmtree(folder)
        elif folder.is_dir():
            folder.rmdir()  # only where nothing is in it
        lock.unlink()
    finally:
        os.close(descriptor)
