"""GeoJSON incidents as batches of text columns: properties, point and id of each feature."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from io import BytesIO
from typing import Any, Final

import ijson

from service.errors import UnreadableFileError
from service.ingest.readers import reference
from service.ingest.readers.depth import Depth
from service.ingest.readers.features import rows_of
from service.ingest.readers.inputs import Copied, Peekable
from service.ingest.readers.rows import RawRows, Wanted
from service.ingest.readers.whole import whole
from service.vector.reference_systems import coded
from spatial.errors import InvalidInputError

BATCH_FEATURES = 20_000
BATCH_BYTES = 32 << 20
MAX_FEATURE_BYTES = 16 << 20

WHOLE_BYTES = 1 << 20
"""A document up to this size is read at once, so that a single Feature is recognised."""

FIRST_PAGE: Final = (
    "the file says that it holds only some of the features of its layer (exceededTransferLimit), "
    "as many as the server sends at once: ask it for the others too (resultOffset), or let "
    "`harmspot ingest` fetch the layer by its address"
)
_CRS: Final = b'"crs"'
_LIMIT: Final = b'"exceededTransferLimit"'
_LIMIT_EXCEEDED: Final = re.compile(_LIMIT + rb"\s{0,9}:\s{0,9}true")
_SEAM_BYTES: Final = 64


class GeoJsonReader:
    """A FeatureCollection, a Feature, or one Feature per line."""

    format = "geojson"
    has_points = True
    typed = False
    columns: list[str] | None = None

    def __init__(
        self,
        stream: Peekable,
        name: str,
        wanted: Wanted | None = None,
        batch_features: int = BATCH_FEATURES,
    ) -> None:
        self._stream = stream
        self._name = name
        self._wanted = wanted
        self._batch_features = batch_features
        self._streaming: Counted | None = None
        self._told: list[str] = []
        self._cut = False
        self.crs: str | None = None
        self._features = self._open(stream.peek(WHOLE_BYTES + 1))

    @property
    def warnings(self) -> list[str]:
        """What there is to know of the file besides its features, so far."""
        cut = self._cut or (self._streaming is not None and self._streaming.cut)
        return [*self._told, *([FIRST_PAGE] if cut else [])]

    def __iter__(self) -> Iterator[RawRows]:
        """Read the features in batches, in their order."""
        number = 1
        while batch := self._batch():
            yield rows_of(batch, number, self._wanted, self._name)
            number += len(batch)
        if number == 1:
            raise UnreadableFileError(
                f"{self._name} holds no features: a FeatureCollection of Point features is needed."
            )

    def _batch(self) -> list[Any]:
        """Return the next features: so many, or fewer where they are large."""
        batch: list[Any] = []
        before = self._bytes_read()
        for feature in self._features:
            batch.append(feature)
            if len(batch) == self._batch_features or self._bytes_read() - before > BATCH_BYTES:
                break
        return batch

    def _bytes_read(self) -> int:
        return self._streaming.bytes_read if self._streaming is not None else 0

    def _open(self, head: bytes) -> Iterator[Any]:
        text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
        if text.startswith(b"\x1e") or _is_line_of_json(text):
            return self._streamed("", multiple_values=True)
        if len(head) > WHOLE_BYTES:
            self._find_crs(text)
            return self._streamed("features.item", multiple_values=False)
        self._stream.read(len(head))
        self._cut = is_cut(text)
        Depth(self._name).check(text)
        try:
            document = json.loads(text.decode("utf-8"), parse_int=whole)
            self._agree(reference.in_text(text.decode("utf-8")) if _CRS in text else [])
        except UnicodeDecodeError:
            raise UnreadableFileError(f"{self._name} is JSON but not UTF-8 text.") from None
        except (ValueError, RecursionError) as error:
            raise UnreadableFileError(f"{self._name} is not valid JSON: {error}.") from None
        return iter(self._features_of(document))

    def _find_crs(self, head: bytes) -> None:
        """Look for the member `crs`, which may stand behind all features, or twice."""
        copied = Copied(self._stream)
        self._stream = Peekable(copied)
        times = copied.count(_CRS)
        members: list[Any] = []
        if times == 1 and _CRS in head:
            begun = Counted(Peekable(BytesIO(head)), self._name, features=False)
            members = reference.in_stream(begun)
        if times and not members:
            whole = Counted(Peekable(copied), self._name, features=False)
            members = reference.in_stream(whole)
            copied.rewind()
        self._agree(members)

    def _agree(self, members: list[Any]) -> None:
        self.crs, said = reference.agreed(members, self._name)
        self._told += said
        try:
            if self.crs is not None:
                coded(self.crs)  # text of another kind may be a recipe that reads files
        except InvalidInputError as error:
            raise UnreadableFileError(f"{self._name}, by its member crs: {error.message}") from None

    def _features_of(self, document: Any) -> Iterable[Any]:
        if isinstance(document, list):
            return document
        kind = document.get("type") if isinstance(document, dict) else None
        kind = kind[:40] if isinstance(kind, str) else None
        if kind == "Feature":
            return [document]
        if kind == "FeatureCollection" and isinstance(document.get("features"), list):
            features: list[Any] = document["features"]
            return features
        raise UnreadableFileError(
            f"{self._name} is JSON but not GeoJSON incidents: its type is {kind!r}, a Feature or "
            "a FeatureCollection is needed."
        )

    def _streamed(self, prefix: str, *, multiple_values: bool) -> Iterator[Any]:
        number = 0
        self._streaming = stream = Counted(self._stream, self._name)
        try:
            for feature in ijson.items(
                stream, prefix, use_float=True, multiple_values=multiple_values
            ):
                number += 1
                stream.starts_at = stream.bytes_read
                yield feature
        except (ijson.JSONError, UnicodeDecodeError) as error:
            raise UnreadableFileError(
                f"{self._name} is not valid JSON after feature {number}: {cause_of(error)}. "
                "Nothing of the file was stored."
            ) from None


def is_cut(text: bytes) -> bool:
    """Tell whether a text says of itself that it holds only some of the features of a layer."""
    return _LIMIT in text and _LIMIT_EXCEEDED.search(text) is not None


def cause_of(error: Exception) -> str:
    """Return what the parser says, without the text around the place, which it quotes."""
    told = error.args[0] if error.args else ""
    said = told.decode("utf-8", "replace") if isinstance(told, bytes) else str(told)
    if "overflow" in said:
        return "a number is larger than any that is read; an id of so many digits is to be text"
    return said.partition("\n")[0].strip().rstrip(".")[:200]


class Counted:
    """A stream without byte order mark and record separators, which ijson does not know.

    It ends with a refusal where one feature would take more memory than any needs.
    """

    def __init__(self, stream: Peekable, name: str, *, features: bool = True) -> None:
        self._stream, self._name = stream, name
        self._depth, self._features = Depth(name), features
        self.bytes_read = 0
        self._seam = b""
        self.cut = False
        """Whether it has said so far that it is not the whole."""
        self.starts_at = 0
        """About where the feature begins that is being read."""
        if stream.peek(3) == b"\xef\xbb\xbf":
            stream.read(3)

    def read(self, size: int = -1) -> bytes:
        """Return up to `size` bytes; none at the end."""
        piece = self._stream.read(size).replace(b"\x1e", b" ")
        self._depth.check(piece)
        self.cut = self.cut or is_cut(self._seam + piece)
        self._seam = piece[-_SEAM_BYTES:]
        self.bytes_read += len(piece)
        if self._features and self.bytes_read - self.starts_at > MAX_FEATURE_BYTES:
            raise UnreadableFileError(
                f"{self._name} holds more than {MAX_FEATURE_BYTES >> 20} MB between two features: "
                "is this a collection of incidents, each a Point?"
            )
        return piece


def _is_line_of_json(text: bytes) -> bool:
    """Tell newline-delimited features: the first line is a whole JSON object, and more follow."""
    line, _, more = text.partition(b"\n")
    if not more.strip() or not line.rstrip().endswith(b"}"):
        return False
    try:
        return isinstance(json.loads(line, parse_int=whole), dict)
    except (ValueError, RecursionError):
        return False
