"""Entity tags (RFC 9110, 8.8.3): which bytes an answer has, and whether a client has them."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from service.version import software_version
from service.words.catalogue import spoken

ENCODINGS: Final = ("zstd", "br", "gzip")
"""How bodies are packed, the most wanted first; each gives an answer another tag."""

_TAG: Final = re.compile(r'(?:W/)?"([\x21\x23-\x7e\x80-\xff]*)"')
_PACKED: Final = re.compile(rf"-(?:{'|'.join(ENCODINGS)})$")
_SERVICE: Final = Path(__file__).resolve().parents[1]
_DECIDES_REPRESENTATIONS: Final = (
    "http/api",
    "briefing",
    "drawing",
    "export",
    "styles",
    "http/pages/templates",
    "words",
)
_DIGEST_BYTES: Final = 12


@dataclass(frozen=True)
class Wanted:
    """What a client has already: the tags of its ``If-None-Match``.

    Parameters
    ----------
    opaque
        The tags without quotes and without the mark of weak ones.
    anything
        Whether any answer counts as known (``*``).
    """

    opaque: tuple[str, ...]
    anything: bool = False

    @classmethod
    def of(cls, values: Iterable[str]) -> Wanted:
        """Read the values of the header; what is no tag is passed over."""
        joined = ", ".join(values)
        return cls(tuple(_TAG.findall(joined)), joined.strip() == "*")

    def known(self, tag: str) -> str | None:
        """Return the tag under which the client has an answer; None: it does not have it.

        The comparison is weak, and an answer that was packed for its way is the same answer. The
        client's own tag is returned, since its caches look the answer up by that.
        """
        if self.anything:
            return tag
        mark, opaque = tag.removesuffix('"').split('"', 1)
        for one in self.opaque:
            if one == opaque or _PACKED.sub("", one) == opaque:
                return f'{mark}"{one}"'
        return None


def of_body(body: bytes) -> str:
    """Return the strong tag of an answer from its bytes.

    Examples
    --------
    >>> of_body(b"[]") == of_body(b"[]") != of_body(b"[ ]")
    True
    """
    return f'"{hashlib.blake2b(body, digest_size=_DIGEST_BYTES).hexdigest()}"'


def of_run(run_id: str, representation: str) -> str:
    """Return the strong tag of a representation of a run, which is known before it is written.

    Parameters
    ----------
    run_id
        The run: it never changes.
    representation
        What is asked of it, and at which address, where the answer names that.
    """
    asked = f"{representation}\n{representation_version()}\n{spoken()}".encode()
    return f'"{run_id}-{hashlib.blake2b(asked, digest_size=_DIGEST_BYTES).hexdigest()}"'


def packed(tag: str, encoding: str) -> str:
    """Return the tag of an answer that is packed for its way.

    Examples
    --------
    >>> packed('"a1"', "br")
    '"a1-br"'
    """
    return f'{tag[:-1]}-{encoding}"'


@cache
def representation_version() -> str:
    """Return a digest of the code that decides how a run is written.

    With other code the same run may be written otherwise, and must not be taken for the same.
    """
    digest = hashlib.sha256(software_version().encode())
    for folder in _DECIDES_REPRESENTATIONS:
        for file in sorted((_SERVICE / folder).rglob("*")):
            if file.suffix in {".py", ".toml", ".json", ".html", ".css"}:
                digest.update(str(file.relative_to(_SERVICE)).encode() + file.read_bytes())
    return digest.hexdigest()[:16]
