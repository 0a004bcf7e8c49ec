"""ZIP archives: the files in them that hold incidents, read as one."""

from __future__ import annotations

import lzma
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from fnmatch import fnmatchcase
from pathlib import PurePosixPath
from typing import Final

import numpy as np

from service.errors import PayloadTooLargeError, UnreadableFileError
from service.ingest.checks.folded import likewise, sketch
from service.ingest.profiles.binding import lacking
from service.ingest.profiles.loading import known_profiles, load_profile
from service.ingest.profiles.profile import Profile
from service.ingest.readers.columns import loosely
from service.ingest.readers.gathering import gathered
from service.ingest.readers.inputs import DamagedFileError
from service.ingest.readers.limits import Limits
from service.ingest.readers.members import Member, is_chaff, leads_out, of_one_name
from service.ingest.readers.rows import MalformedRow, Origin, RawRows, Reader

MAX_MEMBERS: Final = 20_000
"""No archive of incidents has more files; what has, was made to keep a reader busy."""

_ENCRYPTED: Final = 1
_NO_TABLE: Final = "no table of incidents"
_NESTED: Final = (".zip", ".7z", ".rar", ".tar", ".tgz", ".tar.gz", ".tar.bz2", ".tar.xz")
_BESIDE: Final = (
    ".shp.xml", ".dbf", ".shx", ".prj", ".cpg", ".sbn", ".sbx", ".qix", ".qmd", ".cst",
)  # fmt: skip
_LISTED: Final = 5
_AT_ONCE: Final = 20_000
_SWELLS: Final = 200
"""Tables of text are packed to a tenth or so; nothing of use is packed as small as this."""

Open = Callable[[Member, ExitStack], Reader]
"""Opens a file of an archive; what it needs until it is read is closed with the stack."""


class ArchiveReader:
    """The files of an archive that a profile asks for, or whose columns are those it needs.

    Parameters
    ----------
    archive, name
        The archive.
    profile
        Says which files, or which columns to look for.
    limits
        How much all of it may hold.
    guessed
        Whether the profile knows nothing of the columns.
    at_once
        How many rows of small files come at once, where a few are wanted soon.
    opening
        Opens one of the files.
    """

    format = "archive"

    def __init__(
        self,
        archive: zipfile.ZipFile,
        name: str,
        profile: Profile,
        limits: Limits,
        opening: Open,
        *,
        guessed: bool = False,
        at_once: int | None = None,
    ) -> None:
        self._name, self._open = name, opening
        self._at_once = at_once or _AT_ONCE
        self._profile = None if guessed else profile
        self._told: list[str] = []
        self._of_members: dict[str, list[tuple[str, str]]] = {}
        self._left: dict[str, str] = {}
        self._twins: set[str] = set()
        members = self._members(archive, limits)
        self.columns: list[str] | None = None
        self.crs: str | None = None
        self.typed = self.has_points = False
        self._chosen = self._choose(members, profile.archive.members)
        if self._left:
            self._told.append(f"left out of the archive: {_with_reasons(self._left)}")

    @property
    def warnings(self) -> list[str]:
        """What there is to know of the archive and of the files in it, so far."""
        several = len(self._chosen) > 1
        return [
            *self._told,
            *(_of_several(told) if several else told[0][1] for told in self._of_members.values()),
        ]

    def __iter__(self) -> Iterator[RawRows]:
        """Read the rows of the files, one after another by their paths; small files together."""
        return gathered(self._each(), self._at_once)

    def _each(self) -> Iterator[RawRows]:
        before = 0
        for member in self._chosen:
            with ExitStack() as files, self._refusing(member):
                reader = self._open(member, files)
                self._take(reader, member.path)
                last = 0
                for rows in reader:
                    last = max([last, *rows.lines[-1:].tolist(), *_lines(rows.malformed)])
                    yield _moved(rows, member.path, before)
                for said in reader.warnings:
                    alike = self._of_members.setdefault(sketch(said), [])
                    alike.append((member.path, said))
                before += last

    def _take(self, reader: Reader, path: str) -> None:
        if reader.crs != self.crs and path != self._chosen[0].path:
            raise UnreadableFileError(
                f"{self._name}: {path} is in another coordinate reference system than "
                f"{self._chosen[0].path}: send them apart."
            )
        self.columns = reader.columns

    def _members(self, archive: zipfile.ZipFile, limits: Limits) -> list[Member]:
        """Return the files that may hold incidents, and note why the others do not."""
        entries = [one for one in archive.infolist() if not one.is_dir()]
        if len(entries) > MAX_MEMBERS:
            raise PayloadTooLargeError(
                f"{self._name} holds {len(entries):,} files, of which {MAX_MEMBERS:,} are taken."
            )
        limits.check_unpacked(sum(one.file_size for one in entries), self._name)
        entries = [one for one in entries if not is_chaff(one.filename)]
        if any(one.flag_bits & _ENCRYPTED for one in entries):
            raise UnreadableFileError(
                f"{self._name} is an archive with a password: unpack it, and send the files in it."
            )
        self._twins = of_one_name(entries)
        shapes = {one.filename[:-4] for one in entries if one.filename.lower().endswith(".shp")}
        beside: dict[str, list[str]] = {one: [] for one in shapes}
        names = []
        for one in entries:
            path = one.filename
            stem = next((path[: -len(end)] for end in _BESIDE if path.lower().endswith(end)), None)
            if stem in shapes:
                beside[str(stem)].append(path)
            elif leads_out(path):
                self._left[path] = "its path leads out of the archive"
            elif path.lower().endswith(_NESTED):
                self._left[path] = "an archive in the archive: unpack it"
            else:
                names.append(path)
        return [Member(archive, one, tuple(beside.get(one[:-4], ()))) for one in sorted(set(names))]

    def _choose(self, members: Sequence[Member], patterns: Sequence[str]) -> list[Member]:
        chosen: list[Member] = []
        if self._profile is None and not patterns:
            members = sorted(members, key=self._is_known, reverse=True)
        why: UnreadableFileError | None = None
        for member in members:
            if patterns and not _is_asked(member.path, patterns):
                self._left[member.path] = "not asked for"
                continue
            self._check_twins(member)
            try:
                with ExitStack() as files, self._refusing(member):
                    reader = self._open(member, files)
                    lacks = self._lacks(reader, first=not chosen)
            except UnreadableFileError as error:
                if patterns or isinstance(error, DamagedFileError):
                    raise
                why = why or error
                lacks = member.lacks
                what = f"a Shapefile without its {' and '.join(lacks)}" if lacks else _NO_TABLE
                self._left[member.path] = what
                continue
            if lacks and not patterns:
                self._left[member.path] = f"lacks {_listed(lacks)}"
                continue
            if not chosen:
                self.columns, self.crs = reader.columns, reader.crs
                self.has_points = reader.has_points
            self.typed = self.typed or reader.typed
            chosen.append(member)
        if not chosen:
            raise self._nothing(patterns, why if len(members) == 1 else None)
        return sorted(chosen, key=lambda one: one.path)

    def _check_twins(self, member: Member) -> None:
        """Refuse a file where another of its name may be the one that is meant."""
        twin = next((one for one in (member.path, *member.beside) if one in self._twins), None)
        if twin is not None:
            raise UnreadableFileError(
                f"{self._name} is an archive that holds more than one file of the name {twin}, and "
                "they differ: give each a name of its own, or leave out those that are old."
            )

    def _is_known(self, member: Member) -> bool:
        """Tell a file that a shipped profile fits, which is likelier meant than another."""
        try:
            with ExitStack() as files, self._refusing(member):
                reader = self._open(member, files)
        except UnreadableFileError:
            return False
        names, points = reader.columns, reader.has_points
        return names is not None and any(
            not lacking(load_profile(one), names, has_points=points) for one in known_profiles()
        )

    def _lacks(self, reader: Reader, *, first: bool) -> list[str]:
        """Return the columns that a file lacks of those that are looked for."""
        if reader.columns is None:
            return []
        if self._profile is not None:
            return lacking(self._profile, reader.columns, has_points=reader.has_points)
        if first:
            return ["columns"] if len(reader.columns) < 3 else []
        there = set(map(loosely, reader.columns))
        return [one for one in self.columns or [] if loosely(one) not in there]

    def _nothing(
        self, patterns: Sequence[str], why: UnreadableFileError | None
    ) -> UnreadableFileError:
        if why is not None:
            return why
        asked = f" that is called {' or '.join(patterns)}" if patterns else " of incidents"
        return UnreadableFileError(
            f"{self._name} is an archive without a file{asked}: "
            f"{_with_reasons(self._left) or 'it is empty'}."
        )

    @contextmanager
    def _refusing(self, member: Member) -> Iterator[None]:
        """Refuse a file of the archive that is damaged, and name it in what it is refused for."""
        path = member.path
        try:
            yield
        except UnreadableFileError as error:
            said = error.message if path in error.message else f"{path}: {error.message}"
            if member.swells > _SWELLS:
                said += (
                    f" It unpacks to {member.swells:,} times its size, as no table of incidents "
                    "does: is it what it seems to be?"
                )
            raise type(error)(said, error.problems) from None
        except (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError) as error:
            raise self._broken(path, error) from None
        except OSError as error:
            if error.errno is not None:  # the disk's; bzip2 says of damaged data no number
                raise
            raise self._broken(path, error) from None
        except (NotImplementedError, RuntimeError) as error:
            raise DamagedFileError(
                f"{self._name}: {path} cannot be unpacked ({error}): unpack it, and send the file."
            ) from None

    def _broken(self, path: str, error: Exception) -> DamagedFileError:
        return DamagedFileError(
            f"{self._name} is a broken archive (at {path}: {error}): download it again."
        )


def _of_several(told: Sequence[tuple[str, str]]) -> str:
    """Return what is said of the first of some files, and of which others the like."""
    path, said = told[0]
    alike = [one for one, _ in told[1:]]
    return f"{path}: {said}" + (f". {likewise(alike)}" if alike else "")


def _lines(malformed: Sequence[MalformedRow]) -> list[int]:
    return [one.line for one in malformed]


def _moved(rows: RawRows, path: str, before: int) -> RawRows:
    malformed = tuple(
        MalformedRow(one.line + before, f"{path}, line {one.line:,}: {one.message}")
        for one in rows.malformed
    )
    lines = np.asarray(rows.lines + before)
    return replace(rows, lines=lines, malformed=malformed, origin=Origin((path,), (before,)))


def _is_asked(path: str, patterns: Sequence[str]) -> bool:
    held = path.casefold(), PurePosixPath(path).name.casefold()
    return any(fnmatchcase(one, pattern.casefold()) for pattern in patterns for one in held)


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _LISTED:,} more" if len(names) > _LISTED else ""
    return ", ".join(names[:_LISTED]) + more


def _with_reasons(left: dict[str, str]) -> str:
    by_reason: dict[str, list[str]] = {}
    for path, reason in left.items():
        by_reason.setdefault(reason, []).append(path)
    return "; ".join(f"{_listed(paths)} ({reason})" for reason, paths in by_reason.items())
