"""Fixtures of the unit tests: a copy of the code, to change and to tell apart."""

import shutil
from pathlib import Path

import pytest

from service import version

ROOT = Path(version.__file__).resolve().parents[1]


@pytest.fixture
def copied(tmp_path, monkeypatch) -> Path:
    """A copy of the code, whose digests are those that are asked for."""
    for name in ("service", "spatial"):
        shutil.copytree(
            ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("static", "__pycache__")
        )
    folders = {name: tmp_path / name for name in ("service", "spatial")}
    monkeypatch.setattr(version, "_PACKAGES", folders)
    return tmp_path
