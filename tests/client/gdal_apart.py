"""GDAL in a process of its own: the service's keeps no driver that asks other hosts."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import geopandas as gpd


def layers(source: str) -> list[str]:
    """Return the names of the layers of a data source."""
    return list(json.loads(_run({"source": source})))


def read(source: str, folder: Path, **options: Any) -> gpd.GeoDataFrame:
    """Return a layer; the options are those of `pyogrio.read_dataframe`."""
    file = folder / "read.parquet"
    _run({"source": source, "file": os.fspath(file), "options": options})
    return gpd.read_parquet(file)


def _run(asked: dict[str, Any]) -> str:
    environment = {name: value for name, value in os.environ.items() if name != "GDAL_SKIP"}
    done = subprocess.run(
        [sys.executable, __file__],
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env=environment,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def main() -> None:
    """Do what is asked on standard input."""
    import pyogrio

    asked = json.load(sys.stdin)
    if "file" not in asked:
        print(json.dumps(pyogrio.list_layers(asked["source"])[:, 0].tolist()))
        return
    options = asked["options"]
    if "bbox" in options:
        options["bbox"] = tuple(options["bbox"])
    pyogrio.read_dataframe(asked["source"], **options).to_parquet(asked["file"])


if __name__ == "__main__":
    main()
