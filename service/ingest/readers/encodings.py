"""The encoding of a table's text: what is stated, held against the bytes themselves."""

from __future__ import annotations

import codecs
import re
from typing import Final

from service.errors import UnreadableFileError
from service.ingest.readers.inputs import Peekable

BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_UTF8: Final = ("utf-8", "ascii", "utf-8-sig")
_MOSTLY: Final = 0.4
"""Share of the bytes on one side that are zero in UTF-16 of a western language."""

_LINE_BEYOND_ASCII = re.compile(rb"[^\n]*[\x80-\xff][^\n]*\n?")

_WESTERN: Final = "àáâãäåæçèéêëìíîïñòóôõöøùúûüýßœÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÑÒÓÔÕÖØÙÚÛÜÝŒ’‘“”–—…€£§°«»\xa0"
_CENTRAL: Final = "ąćęłńóśźżĄĆĘŁŃÓŚŹŻáčďéěíňřšťúůýžÁČĎÉĚÍŇŘŠŤÚŮÝŽőűŐŰăâîșțşţäöüÄÖÜß’„”–"
_CYRILLIC: Final = "".join(map(chr, range(0x410, 0x450))) + "ёЁіїєґ№«»–"
_CANDIDATES: Final = (
    ("windows-1252", _WESTERN),
    ("windows-1250", _CENTRAL),
    ("cp850", _WESTERN),
    ("mac-roman", _WESTERN),
)
_SCRIPT: Final = 0.6
"""Share of letters beyond ASCII from which a text is in another script than the Latin one."""


class Decoding:
    """The bytes of a file as UTF-8, piece by piece.

    Bytes that are no text in the encoding come through as they were, and fail row by row.

    Parameters
    ----------
    stream
        The file; a byte order mark is taken off.
    stated
        The encoding that the profile states.
    name
        Of the file.
    """

    def __init__(self, stream: Peekable, stated: str, name: str) -> None:
        self._name, self._stated = name, stated
        self._held = b""  # the beginning of a character that goes on in the next piece
        self._as_utf8 = self._as_stated = 0
        self._told: list[str] = []
        self._single = False
        self._decoder = self._decoder_for(stream)

    @property
    def warnings(self) -> list[str]:
        """What there is to know of the encoding, so far."""
        if not self._as_utf8:
            return self._told
        if self._as_stated:
            return [
                *self._told,
                f"{self._as_utf8:,} lines are UTF-8 and {self._as_stated:,} are {self._stated}: "
                "each was read as what it is",
            ]
        return [
            *self._told,
            f"the file is UTF-8, not {self._stated} as the profile says, and was read as such "
            f"({self._as_utf8:,} lines show it)",
        ]

    def utf8(self, piece: bytes, line: int) -> bytes:
        """Return a piece of the file as UTF-8; an empty one ends it.

        Parameters
        ----------
        piece
            The next bytes.
        line
            About which line they are from.
        """
        if self._single:
            return self._of_single_bytes(piece)
        if self._decoder is None:
            return piece
        try:
            text = self._decoder.decode(piece, final=not piece)
        except UnicodeDecodeError as error:
            raise UnreadableFileError(
                f"{self._name} is not {error.encoding} text near line {line}: "
                "state its true encoding in the profile."
            ) from None
        return text.encode("utf-8", "surrogateescape")

    def _decoder_for(self, stream: Peekable) -> codecs.IncrementalDecoder | None:
        head = stream.peek(4)
        stated = codecs.lookup(self._stated).name
        for mark, found in BOMS:
            if head.startswith(mark):
                if stated not in _UTF8 if found == "utf-8" else not stated.startswith(found):
                    self._told.append(
                        f"the file is {found.upper()} by its byte order mark and was read as such"
                    )
                if found == "utf-8":
                    stream.read(len(mark))
                    return None
                return codecs.getincrementaldecoder(found)()
        wide = stated.startswith(("utf-16", "utf-32"))
        if not wide and (found_wide := without_mark(stream.peek(2000))) is not None:
            self._told.append(
                f"the file is {found_wide.upper()} without a byte order mark and was read as such"
            )
            return codecs.getincrementaldecoder(found_wide)()
        if stated in _UTF8:
            return None
        self._single = _is_single_byte(stated)
        return codecs.getincrementaldecoder(stated)("strict" if wide else "surrogateescape")

    def _of_single_bytes(self, piece: bytes) -> bytes:
        """Return text of a code page, but for lines that can only be UTF-8."""
        text = self._held + piece
        cut = _cut_character(text) if piece else 0
        text, self._held = text[: len(text) - cut], text[len(text) - cut :]
        if text.isascii():
            return text
        return _LINE_BEYOND_ASCII.sub(self._line, text)

    def _line(self, found: re.Match[bytes]) -> bytes:
        line = found[0]
        if is_utf8(line):
            self._as_utf8 += 1
            return line
        self._as_stated += 1
        return line.decode(self._stated, "surrogateescape").encode("utf-8", "surrogateescape")


def is_utf8(text: bytes) -> bool:
    """Tell whether bytes are UTF-8."""
    try:
        text.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def without_mark(head: bytes) -> str | None:
    """Return the kind of UTF-16 that the beginning of a file without a mark is in, if it is."""
    half = len(head) // 2
    even, odd = head[: 2 * half : 2].count(0), head[1 : 2 * half : 2].count(0)
    encoding = "utf-16-le" if odd > even else "utf-16-be"
    if not half or min(even, odd) or max(even, odd) < _MOSTLY * half:
        return None
    text = head[: 2 * half].decode(encoding, "replace")
    return encoding if all(one.isprintable() or one.isspace() for one in text) else None


def fitting(text: bytes) -> str:
    """Return the encoding that text which is not UTF-8 seems to be in.

    Examples
    --------
    >>> fitting("Bahnhofstraße".encode("windows-1252"))
    'windows-1252'
    >>> fitting("Bahnhofstraße, Zürich".encode("cp850"))
    'cp850'
    >>> fitting("Кража со взломом".encode("windows-1251"))
    'windows-1251'
    """
    beyond = bytes(code for code in text if code >= 0x80)
    letters = sum(chr(code).isalpha() for code in text if code < 0x80)
    if len(beyond) > _SCRIPT * (len(beyond) + letters):
        if _share(beyond, "windows-1251", _CYRILLIC) > _SCRIPT:
            return "windows-1251"
        if _share(beyond, "windows-1253", "".join(map(chr, range(0x386, 0x3CF)))) > _SCRIPT:
            return "windows-1253"
    return max(_CANDIDATES, key=lambda one: _share(beyond, *one))[0]


def _share(beyond: bytes, encoding: str, usual: str) -> float:
    read = beyond.decode(encoding, "replace")
    return sum(one in usual for one in read) / max(len(read), 1)


def _is_single_byte(encoding: str) -> bool:
    """Tell the code pages: a byte a character, the first half of them ASCII."""
    try:
        first = bytes(range(128)).decode(encoding)
        second = bytes(range(128, 256)).decode(encoding, "replace")
    except (UnicodeDecodeError, LookupError):
        return False
    return first.isascii() and len(first) == 128 and len(second) == 128 and encoding != "utf-7"


def _cut_character(text: bytes) -> int:
    """Return how many of the last bytes begin a character of UTF-8 that is not complete."""
    for back in range(1, min(4, len(text) + 1)):
        code = text[-back]
        if code >= 0xC0:
            return back if back < (2 if code < 0xE0 else 3 if code < 0xF0 else 4) else 0
        if code < 0x80:
            break
    return 0
