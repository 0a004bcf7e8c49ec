"""GDAL in a process of its own: the service's keeps no driver that asks other hosts.

One process answers one asking after the other; each opens its data source anew.
"""

from __future__ import annotations

import atexit
import functools
import json
import os
import subprocess
import sys
import traceback
from pathlib import Path
from typing import Any

import geopandas as gpd


def layers(source: str) -> list[str]:
    """Return the names of the layers of a data source."""
    return list(_told({"source": source}))


def read(source: str, folder: Path, **options: Any) -> gpd.GeoDataFrame:
    """Return a layer; the options are those of `pyogrio.read_dataframe`."""
    file = folder / "read.parquet"
    _told({"source": source, "file": os.fspath(file), "options": options})
    return gpd.read_parquet(file)


def _told(asked: dict[str, Any]) -> Any:
    program = _program()
    assert program.stdin is not None
    assert program.stdout is not None
    program.stdin.write(json.dumps(asked) + "\n")
    program.stdin.flush()
    answer = json.loads(program.stdout.readline() or '{"failed": "GDAL has ended"}')
    assert "failed" not in answer, answer["failed"]
    return answer["told"]


@functools.cache
def _program() -> subprocess.Popen[str]:
    environment = {name: value for name, value in os.environ.items() if name != "GDAL_SKIP"}
    program = subprocess.Popen(
        [sys.executable, __file__],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    )
    atexit.register(program.kill)
    return program


def main() -> None:
    """Do what is asked on standard input, one asking a line."""
    for line in sys.stdin:
        try:
            answer = {"told": _answer(json.loads(line))}
        except Exception:
            answer = {"failed": traceback.format_exc()}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


def _answer(asked: dict[str, Any]) -> list[str] | None:
    import pyogrio

    if "file" not in asked:
        return list(pyogrio.list_layers(asked["source"])[:, 0].tolist())
    options = asked["options"]
    if "bbox" in options:
        options["bbox"] = tuple(options["bbox"])
    pyogrio.read_dataframe(asked["source"], **options).to_parquet(asked["file"])
    return None


if __name__ == "__main__":
    main()
