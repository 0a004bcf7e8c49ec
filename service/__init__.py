"""Harmspot's service: everything that talks to the world."""

__version__ = "0.1.0"
