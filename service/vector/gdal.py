"""GDAL as the service uses it: no driver that follows a file's links to other files or hosts."""

from __future__ import annotations

import os
import warnings
from typing import Final

# A file from outside may be a recipe that makes one of these read other files, or ask a host.
# GDAL reads the setting when pyogrio is first imported, so it is imported here and nowhere else.
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
# A process started by this one inherits the setting: GDAL would miss a driver that is named twice.
_skipped = [name for name in os.environ.get("GDAL_SKIP", "").split(",") if name]
os.environ["GDAL_SKIP"] = ",".join(dict.fromkeys([*_skipped, *LINKING_DRIVERS]))

import pyogrio  # noqa: E402 - see above
from pyogrio.errors import DataLayerError, DataSourceError  # noqa: E402

__all__ = ["LINKING_DRIVERS", "DataLayerError", "DataSourceError", "pyogrio"]

# Streets and boundaries are flat: that a measure along a line is dropped is no news to anyone.
warnings.filterwarnings("ignore", message="Measured", category=UserWarning, module="pyogrio")
