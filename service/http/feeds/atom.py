"""A feed as Atom (RFC 4287), with its pages linked (RFC 5005)."""

from __future__ import annotations

from typing import Final
from xml.etree import ElementTree

from service import __version__
from service.http.feeds.entries import Entry, Feed, Place
from service.http.feeds.times import rfc3339

MEDIA_TYPE: Final = "application/atom+xml"
_ATOM: Final = "http://www.w3.org/2005/Atom"


def as_atom(feed: Feed, place: Place) -> bytes:
    """Write a page of a feed.

    Parameters
    ----------
    feed
        The page.
    place
        Where it is read, from which its links are made.
    """
    root = ElementTree.Element("feed", {"xmlns": _ATOM, "xml:lang": "en"})
    _add(root, "id", feed.id)
    _add(root, "title", feed.title)
    _add(root, "updated", rfc3339(feed.updated))
    _add(_add(root, "author"), "name", feed.author)
    _add(root, "generator", "Harmspot", uri=place.service, version=__version__)
    _link(root, "self", place.here, MEDIA_TYPE)
    _link(root, "alternate", f"{place.service}runs", "text/html")
    if place.before is not None:
        _link(root, "previous", place.before, MEDIA_TYPE)
    if place.after is not None:
        _link(root, "next", place.after, MEDIA_TYPE)
    for entry in feed.entries:
        _entry(root, entry, place)
    written: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return written


def _entry(root: ElementTree.Element, entry: Entry, place: Place) -> None:
    node = _add(root, "entry")
    _add(node, "id", entry.id)
    _add(node, "title", entry.title)
    _add(node, "updated", rfc3339(entry.updated))
    _add(node, "published", rfc3339(entry.updated))
    _add(_add(node, "author"), "name", entry.author)
    for term in (entry.run.process, entry.run.parameters["unit"]):
        _add(node, "category", term=term)
    for link in entry.links:
        _link(node, link.rel, f"{place.service}{link.path}", link.media_type, link.title)
    _add(node, "summary", f"{entry.summary}\n{entry.text}", type="text")


def _link(
    parent: ElementTree.Element, rel: str, href: str, media_type: str, title: str | None = None
) -> None:
    named = {} if title is None else {"title": title}
    _add(parent, "link", rel=rel, href=href, type=media_type, **named)


def _add(
    parent: ElementTree.Element, name: str, text: str | None = None, **attributes: str
) -> ElementTree.Element:
    node = ElementTree.SubElement(parent, name, attributes)
    node.text = text
    return node
