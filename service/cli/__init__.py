"""The `harmspot` command: one file per noun, each command thin."""

from __future__ import annotations

from service.cli.app import main

__all__ = ["main"]
