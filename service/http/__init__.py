"""How answers travel: behind which proxy, to which origins, packed how, and whether at all."""

from __future__ import annotations

from service.http.layers import add_layers

__all__ = ["add_layers"]
