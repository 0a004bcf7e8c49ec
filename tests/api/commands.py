"""The `harmspot` command: as a program of its own, and called in this process, which takes less."""

from __future__ import annotations

import contextlib
import io
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

from service.cli import console, main
from service.settings import get_settings
from tests.patience import PATIENCE_S

WIDTH = 200


@dataclass(frozen=True)
class Ran:
    """What a command said, and how it ended."""

    status: int
    stdout: str
    stderr: str


def ran(*words: str | Path, settings: Mapping[str, str]) -> Ran:
    """Run the command in a process of its own.

    Parameters
    ----------
    words
        What stands after `harmspot`.
    settings
        The settings, by the names of their variables less `HARMSPOT_`; there are no others.
    """
    done = subprocess.run(
        [sys.executable, "-m", "service.cli", *map(str, words)],
        capture_output=True,
        text=True,
        env=environment(settings),
        timeout=PATIENCE_S,
        check=False,
    )
    return Ran(done.returncode, done.stdout, done.stderr)


def called(*words: str | Path, settings: Mapping[str, str]) -> Ran:
    """Run the command in this process, as `ran` does in one of its own."""
    out, err, status = io.StringIO(), io.StringIO(), 0
    before = signal.getsignal(signal.SIGTERM)
    get_settings.cache_clear()
    with (
        patch.dict(os.environ, environment(settings), clear=True),
        patch.object(sys, "argv", ["harmspot", *map(str, words)]),
        patch.object(console.out, "_width", WIDTH),
        patch.object(console.err, "_width", WIDTH),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        try:
            main()
        except SystemExit as end:
            status = end.code if isinstance(end.code, int) else int(end.code is not None)
        finally:
            signal.signal(signal.SIGTERM, before)
            get_settings.cache_clear()
    return Ran(status, out.getvalue(), err.getvalue())


def environment(settings: Mapping[str, str]) -> dict[str, str]:
    """Return this process's environment with these settings and no others."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("HARMSPOT_")}
    named = {f"HARMSPOT_{name}": value for name, value in settings.items()}
    return kept | {"COLUMNS": str(WIDTH)} | named
