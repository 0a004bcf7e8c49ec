"""Files that ship with the service: at the checkout's top level, or bundled in a wheel."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
_CHECKOUT = _PACKAGE.parent


def migrations_dir() -> Path:
    """Return the folder of the Alembic migrations."""
    return _bundled_or(_CHECKOUT / "migrations", "migrations")


def harm_indexes_dir() -> Path:
    """Return the folder of the harm indexes that ship with Harmspot."""
    return _bundled_or(_CHECKOUT / "data" / "harm_indexes", "harm_indexes")


def static_dir() -> Path:
    """Return the folder of the files that the web server serves as they are."""
    return _PACKAGE / "http" / "pages" / "static"


def _bundled_or(in_checkout: Path, name: str) -> Path:
    bundled = _PACKAGE / "_bundled" / name
    return bundled if bundled.is_dir() else in_checkout
