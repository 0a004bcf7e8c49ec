"""GDAL as the service uses it: no driver that follows a file's links to other files or hosts."""

from __future__ import annotations

import warnings

import pyogrio
from pyogrio.errors import DataLayerError, DataSourceError

from service.vector.linking import LINKING_DRIVERS

__all__ = ["LINKING_DRIVERS", "DataLayerError", "DataSourceError", "pyogrio"]

# Streets and boundaries are flat: that a measure along a line is dropped is no news to anyone.
warnings.filterwarnings("ignore", message="Measured", category=UserWarning, module="pyogrio")
