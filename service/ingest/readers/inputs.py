"""The bytes of a file or upload: read once, counted and hashed on the way, gzip undone."""

from __future__ import annotations

import gzip
import hashlib
import io
import shutil
import tempfile
import weakref
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Protocol

from service.errors import NotFoundError, UnreadableFileError
from service.ingest.readers.limits import Limits

HEAD_BYTES = 1 << 16
_PIECE_BYTES = 1 << 20


class Readable(Protocol):
    """Anything that gives bytes in order."""

    def read(self, size: int = -1, /) -> bytes:
        """Return up to `size` bytes; none at the end."""
        ...


class HashedInput:
    """A stream whose bytes are counted and hashed as they are read."""

    def __init__(self, stream: Readable, name: str | None, size: int | None) -> None:
        self._stream = stream
        self._sha256 = hashlib.sha256()
        self.name = name
        self.size = size
        self.bytes_read = 0
        self._start = _position(stream)

    def read(self, size: int = -1, /) -> bytes:
        """Return up to `size` bytes; none at the end."""
        try:
            piece = self._stream.read(size)
        except OSError as error:
            raise UnreadableFileError(
                f"{self.name or 'The upload'} cannot be read: {error.strerror or error}."
            ) from error
        if isinstance(piece, str):
            raise TypeError("open the file in binary mode")
        self._sha256.update(piece)
        self.bytes_read += len(piece)
        return piece

    def rewind(self) -> None:
        """Go back to where the stream stood, to read it once more."""
        assert self._start is not None, "`opened` gives streams that can be read again"
        self._stream.seek(self._start)  # type: ignore[attr-defined]
        self._sha256, self.bytes_read = hashlib.sha256(), 0

    def sha256(self) -> bytes:
        """Read what is left and return the SHA-256 of all bytes."""
        while self.read(1 << 20):
            pass
        return self._sha256.digest()


class _Copied:
    """A stream that cannot go back, copied as it is read so that it can."""

    def __init__(self, stream: Readable, copy: BinaryIO) -> None:
        self._stream, self._copy = stream, copy

    def read(self, size: int = -1, /) -> bytes:
        """Return up to `size` bytes; none at the end."""
        known = self._copy.read(size)
        if known:
            return known
        piece = self._stream.read(size)
        self._copy.write(piece)
        return piece

    def seekable(self) -> bool:
        """Say that it is."""
        return True

    def tell(self) -> int:
        """Return where it stands."""
        return self._copy.tell()

    def seek(self, position: int) -> None:
        """Go back to where it stood."""
        self._copy.seek(position)


class Peekable:
    """A stream whose beginning can be looked at before it is read."""

    def __init__(self, stream: Readable) -> None:
        self._stream = stream
        self._ahead = b""

    def peek(self, size: int = HEAD_BYTES) -> bytes:
        """Return the next `size` bytes, fewer at the end, and leave them to be read."""
        while len(self._ahead) < size:
            piece = self._stream.read(size - len(self._ahead))
            if not piece:
                break
            self._ahead += piece
        return self._ahead[:size]

    def read(self, size: int = -1, /) -> bytes:
        """Return up to `size` bytes; none at the end."""
        if not self._ahead:
            return self._stream.read(size)
        if size < 0:
            piece, self._ahead = self._ahead, b""
            return piece + self._stream.read(-1)
        piece, self._ahead = self._ahead[:size], self._ahead[size:]
        return piece


class DamagedFileError(UnreadableFileError):
    """A packed file cannot be unpacked: whether it holds incidents, nobody can tell."""


class Gunzipped:
    """The content of a gzip stream, as far as an installation takes it."""

    def __init__(self, stream: Readable, name: str | None, limits: Limits) -> None:
        self._file = gzip.GzipFile(fileobj=stream, mode="rb")  # type: ignore[call-overload]
        self._name = name or "The upload"
        self._limits, self._unpacked = limits, 0

    def read(self, size: int = -1, /) -> bytes:
        """Return up to `size` bytes; none at the end."""
        try:
            content: bytes = self._file.read(size if size >= 0 else _PIECE_BYTES)
        except EOFError:
            raise DamagedFileError(
                f"{self._name} is a gzip file cut short: get the whole file and try again."
            ) from None
        except (gzip.BadGzipFile, zlib.error) as error:
            raise DamagedFileError(f"{self._name} is a damaged gzip file: {error}.") from error
        self._unpacked += len(content)
        self._limits.check_unpacked(self._unpacked, self._name)
        return content


class EndOfHeadError(Exception):
    """There is more of the file, but not here: its beginning alone was sent."""


class Copied:
    """A stream copied to the disk, so that it can be looked through before it is read."""

    def __init__(self, stream: Readable) -> None:
        self._copy = tempfile.SpooledTemporaryFile(_PIECE_BYTES * 8)  # noqa: SIM115 - see below
        # Nobody else holds the file: it goes with this object, and from the disk at once.
        weakref.finalize(self, self._copy.close)
        self._ended: EndOfHeadError | None = None
        try:
            while piece := stream.read(_PIECE_BYTES):
                self._copy.write(piece)
        except EndOfHeadError as ended:
            self._ended = ended
        self.rewind()

    def count(self, word: bytes) -> int:
        """Return how often some bytes stand in it, and go back to its beginning."""
        rest, found = b"", 0
        while piece := self._copy.read(_PIECE_BYTES):
            found += (rest + piece).count(word)
            rest = (rest + piece)[1 - len(word) :]
        self.rewind()
        return found

    def rewind(self) -> None:
        """Begin anew."""
        self._copy.seek(0)

    def read(self, size: int = -1, /) -> bytes:
        """Return up to `size` bytes; none at the end."""
        piece = self._copy.read(size)
        if not piece and size and self._ended is not None:
            raise self._ended
        return piece


@contextmanager
def opened(source: str | Path | BinaryIO, file_name: str | None = None) -> Iterator[HashedInput]:
    """Open a path, or take a binary stream where it stands (it is not closed).

    Raises
    ------
    NotFoundError
        When there is no such file.
    UnreadableFileError
        When it is a folder or may not be read.
    """
    if not isinstance(source, str | Path):
        name = file_name or getattr(source, "name", None) or getattr(source, "filename", None)
        base = Path(name).name if isinstance(name, str) else None
        if _position(source) is not None:
            yield HashedInput(source, base, _bytes_left(source))
            return
        with tempfile.TemporaryFile() as copy:
            yield HashedInput(_Copied(source, copy), base, None)
        return
    path = Path(source)
    try:
        stream = path.open("rb")
    except FileNotFoundError:
        raise NotFoundError(f"There is no file {path}.") from None
    except IsADirectoryError:
        raise UnreadableFileError(f"{path} is a folder: name the files in it.") from None
    except OSError as error:
        raise UnreadableFileError(f"{path} cannot be read: {error.strerror}.") from error
    with stream:
        yield HashedInput(stream, file_name or path.name, path.stat().st_size)


@contextmanager
def seekable(stream: Readable) -> Iterator[BinaryIO]:
    """Copy what is left of a stream to a temporary file, for formats read from their end."""
    with tempfile.TemporaryFile() as copy:
        shutil.copyfileobj(stream, copy, 1 << 20)
        copy.seek(0)
        yield copy


def _position(stream: Readable) -> int | None:
    """Return where a stream stands, None where it cannot be read again from there."""
    try:
        return int(stream.tell()) if stream.seekable() else None  # type: ignore[attr-defined]
    except (OSError, AttributeError, io.UnsupportedOperation):
        return None


@contextmanager
def on_disk(stream: Readable, ending: str) -> Iterator[Path]:
    """Copy what is left of a stream to a temporary file with a certain ending, for GDAL."""
    with tempfile.TemporaryDirectory(prefix="harmspot-file-") as folder:
        path = Path(folder, f"layer{ending}")
        with path.open("wb") as copy:
            shutil.copyfileobj(stream, copy, 1 << 20)
        yield path


def _bytes_left(stream: BinaryIO) -> int | None:
    try:
        here = stream.tell()
        end = stream.seek(0, io.SEEK_END)
        stream.seek(here)
    except (OSError, AttributeError, io.UnsupportedOperation):
        return None
    return end - here
