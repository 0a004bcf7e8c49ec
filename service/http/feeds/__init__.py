"""Feeds of what was published: for the tools with which shifts are briefed."""

from __future__ import annotations

from service.http.feeds.atom import as_atom
from service.http.feeds.entries import Entry, Feed, Link, Place, read
from service.http.feeds.json_feed import as_json_feed

__all__ = ["Entry", "Feed", "Link", "Place", "as_atom", "as_json_feed", "read"]
