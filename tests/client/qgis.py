"""Runs a script in a headless QGIS, the system's own: JSON goes in, JSON comes out.

A script is a file `qgis_NAME.py` beside this one with a function `main(asked)`. The application is
up when it is called; what it returns comes back as JSON. It imports `qgis.core` inside its
functions: pytest, which looks for doctests in every file, has no QGIS in its own Python.
"""

from __future__ import annotations

import functools
import json
import os
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import pytest

from tests.patience import PATIENCE_S

PYTHON = "/usr/bin/python3"
"""QGIS is a package of the system's Python, not of .venv."""

_HERE = Path(__file__).resolve().parent
_BOOT = _HERE / "qgis_boot.py"


def run(script: str, asked: Any = None) -> Any:
    """Run `main(asked)` of a script in QGIS and return what it returns.

    The test skips where the system has no QGIS, and fails with what QGIS said when the script
    does.

    Parameters
    ----------
    script
        The script's file name, e.g. ``qgis_open.py``.
    asked
        What to hand to it; anything that JSON has, and paths.
    """
    if not installed():
        pytest.skip("QGIS is not installed: apt-get install python3-qgis qgis-providers")
    with tempfile.TemporaryDirectory(prefix="harmspot-qgis-") as home:
        # A home of its own: no profile of whoever runs the tests decides what comes out.
        done = subprocess.run(
            [PYTHON, "-I", str(_BOOT), str(_HERE / script)],
            input=json.dumps(asked, default=os.fspath),
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
            env={
                "PATH": "/usr/bin:/bin",
                "HOME": home,
                "XDG_RUNTIME_DIR": home,
                "LANG": "C.UTF-8",
                "QT_QPA_PLATFORM": "offscreen",
                "QGIS_CUSTOM_CONFIG_PATH": home,
            },
        )
    if done.returncode != 0:
        pytest.fail(f"{script} failed in QGIS ({done.returncode}):\n{done.stdout}{done.stderr}")
    return json.loads(done.stdout)


@functools.cache
def installed() -> bool:
    """Tell whether the system's Python has QGIS."""
    if not Path(PYTHON).exists():
        return False
    asked = [PYTHON, "-I", "-c", "import qgis.core"]
    return subprocess.run(asked, capture_output=True, check=False).returncode == 0
