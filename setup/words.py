"""Gathers the words of Python, templates and TypeScript into the catalogue's template.

Usage: python setup/words.py [--check]; `make words` calls it.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages import Catalog
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parents[1]
CATALOGUES = ROOT / "service/words/catalogues"
TEMPLATE = CATALOGUES / "harmspot.pot"
WRAP = 100

Keywords = dict[str, tuple[int, ...] | None]
GETTEXT: Keywords = {"gettext": None, "ngettext": (1, 2)}
PYTHON: Keywords = GETTEXT | {"gettext_noop": None}

# What is looked through, by which reader, for which names of gettext's functions.
SOURCES: tuple[tuple[str, str, Keywords, dict[str, str]], ...] = (
    ("service/**/*.py", "python", PYTHON, {}),
    (
        "service/**/templates/**/*.html",
        "jinja2.ext:babel_extract",
        GETTEXT,
        {"trimmed": "true", "silent": "false", "trim_blocks": "true", "lstrip_blocks": "true"},
    ),
    ("web/src/**/*.ts", "javascript", GETTEXT, {"parse_template_string": "yes"}),
)


def gathered() -> bytes:
    """Return the template of the catalogue: every sentence, and the files that say it."""
    catalogue = Catalog(
        project="Harmspot", charset="utf-8", fuzzy=False, header_comment="# Words of Harmspot."
    )
    for file, message, comments in _found():
        catalogue.add(message, locations=[(file, 0)], auto_comments=comments)
    written = io.BytesIO()
    write_po(
        written, catalogue, width=WRAP, sort_output=True, omit_header=True, include_lineno=False
    )
    head = '# Words of Harmspot, gathered by `make words`.\nmsgid ""\nmsgstr ""\n'
    head += '"Content-Type: text/plain; charset=utf-8\\n"\n\n'
    return head.encode() + written.getvalue().lstrip(b"\n")


def _found() -> Iterator[tuple[str, str | tuple[str, ...], list[str]]]:
    for pattern, reader, names, options in SOURCES:
        for file in sorted(ROOT.glob(pattern)):
            if "generated" in file.name or "/static/" in file.as_posix():
                continue
            for _line, message, comments, _context in extract_from_file(
                reader, file, keywords=names, comment_tags=("Translators:",), options=options
            ):
                yield file.relative_to(ROOT).as_posix(), message, comments


def main() -> None:
    """Write the template, bring the languages up to it; or only check that it is up to date."""
    fresh = gathered()
    if "--check" in sys.argv[1:]:
        if not TEMPLATE.is_file() or TEMPLATE.read_bytes() != fresh:
            sys.exit(f"{TEMPLATE.relative_to(ROOT)} is out of date: run `make words`.")
        return
    TEMPLATE.write_bytes(fresh)
    template = read_po(io.BytesIO(fresh))
    for file in sorted(CATALOGUES.glob("*.po")):
        with file.open("rb") as read:
            language = read_po(read, locale=file.stem.replace("-", "_"))
        language.update(template, no_fuzzy_matching=True)
        with file.open("wb") as written:
            write_po(written, language, width=WRAP, sort_output=True, include_lineno=False)


if __name__ == "__main__":
    main()
