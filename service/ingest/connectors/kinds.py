"""Which kind of source an address leads to: told by its form, then by a small question."""

from __future__ import annotations

from urllib.parse import urlsplit

from service.ingest.connectors.arcgis import LAYER
from service.ingest.connectors.fetching import Fetcher
from service.ingest.connectors.ogc import COLLECTION
from service.ingest.connectors.origin import Kind
from service.ingest.connectors.socrata import ID, RESOURCE
from service.ingest.connectors.urls import without_query


def kind_of(url: str, fetcher: Fetcher) -> Kind:
    """Return the kind of a source.

    Parameters
    ----------
    url
        A checked address.
    fetcher
        Asks whether what looks like a page of a Socrata portal is one.
    """
    bare = without_query(url)
    parts = urlsplit(bare)
    if RESOURCE.search(parts.path):
        return "socrata"
    if LAYER.match(bare):
        return "arcgis"
    if COLLECTION.match(bare):
        return "ogc"
    last = [one for one in parts.path.split("/") if one][-2:]
    for one in last:  # a dataset's page ends in its id, or in a view of it
        if ID.fullmatch(one) and not parts.path.startswith("/api/"):
            about = fetcher.found_json(f"{parts.scheme}://{parts.netloc}/api/views/{one}.json")
            if isinstance(about, dict) and about.get("id") == one:
                return "socrata"
    return "file"
