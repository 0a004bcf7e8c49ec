"""What lets somebody in: made at random, shown once, and kept as a digest alone.

A secret has 256 random bits, so that its digest cannot be searched for: a slow hash, which guards
words that people choose, would only slow each request down.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass
from typing import Final

_PREFIX_CHARACTERS: Final = 8
_ALPHABET: Final = "abcdefghijkmnpqrstuvwxyz23456789"  # without those that are read as others
_KEY: Final = re.compile(r"hsk_([a-z2-9]{8})_([A-Za-z0-9_-]{43})")


@dataclass(frozen=True)
class Key:
    """An API key as it is shown once.

    Parameters
    ----------
    prefix
        What lists name it by.
    secret
        What nobody else knows.
    """

    prefix: str
    secret: str

    def __repr__(self) -> str:
        """Return the key without its secret, for logs and messages."""
        return f"Key({self.prefix})"

    @property
    def text(self) -> str:
        """The key as clients send it."""
        return f"hsk_{self.prefix}_{self.secret}"

    @property
    def digest(self) -> bytes:
        """What is kept of the secret."""
        return digest(self.secret)


def new_key() -> Key:
    """Return a key that nobody has."""
    prefix = "".join(secrets.choice(_ALPHABET) for _ in range(_PREFIX_CHARACTERS))
    return Key(prefix, new_token())


def read_key(text: str) -> Key | None:
    """Return the key that a client sent; None: what it sent is none.

    Examples
    --------
    >>> read_key("secret") is None
    True
    """
    found = _KEY.fullmatch(text.strip())
    return None if found is None else Key(found[1], found[2])


def new_token() -> str:
    """Return a code or cookie that nobody has."""
    return secrets.token_urlsafe(32)


def digest(secret: str) -> bytes:
    """Return what is kept of a secret."""
    return hashlib.sha256(secret.encode()).digest()


def same(one: bytes, other: bytes) -> bool:
    """Tell whether digests are the same, in a time that does not depend on where they differ."""
    return secrets.compare_digest(one, other)
