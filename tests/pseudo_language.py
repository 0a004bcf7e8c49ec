"""A language of no country: every sentence in brackets, to see what the catalogue lacks."""

from __future__ import annotations

import io
from pathlib import Path

from babel.messages.pofile import read_po, write_po

from service.words import catalogue

LANGUAGE = "eo"
OPEN, CLOSE = "⟦", "⟧"


def write(folder: Path) -> Path:
    """Write the language into a folder of catalogues; return its file."""
    template = (catalogue.FOLDER / "harmspot.pot").read_bytes()
    read = read_po(io.BytesIO(template), locale=LANGUAGE)
    for message in read:
        if not message.id:
            continue
        forms = message.id if isinstance(message.id, tuple) else (message.id,)
        said = tuple(f"{OPEN}{form}{CLOSE}" for form in forms)
        message.string = said if isinstance(message.id, tuple) else said[0]
    file = folder / f"{LANGUAGE}.po"
    with file.open("wb") as written:
        write_po(written, read)
    return file
