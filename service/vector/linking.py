"""Drivers of GDAL that follow a file's links to other files or hosts, which are kept out."""

from __future__ import annotations

import os
from typing import Final

# A file from outside may be a recipe that makes one of these read other files, or ask a host.
LINKING_DRIVERS: Final = [
    "ADBC",
    "AmigoCloud",
    "Carto",
    "CSW",
    "EEDA",
    "Elasticsearch",
    "GDALG",
    "GPSBabel",
    "HTTP",
    "NGW",
    "OAPIF",
    "OGCAPI",
    "OGR_VRT",
    "PLSCENES",
    "VRT",
    "WFS",
]


def keep_out() -> None:
    """Have GDAL, which reads the setting when it is first loaded, do without these drivers.

    A process started by this one inherits the setting: GDAL would miss a driver that is named
    twice.
    """
    skipped = [name for name in os.environ.get("GDAL_SKIP", "").split(",") if name]
    os.environ["GDAL_SKIP"] = ",".join(dict.fromkeys([*skipped, *LINKING_DRIVERS]))
