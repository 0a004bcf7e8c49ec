"""Harmspot's service: everything that talks to the world."""

from service.vector import linking

__version__ = "0.1.0"

# Before anything of ours, or of a library that we load, may load GDAL.
linking.keep_out()
