"""Requests to sources: again where that helps, no further than allowed, no larger than taken."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final, Self, TypeVar

import httpx2

from service import __version__
from service.errors import (
    NotFoundError,
    PayloadTooLargeError,
    SourceUnavailableError,
    UnreadableFileError,
)
from service.ingest.connectors import urls
from service.ingest.connectors.addresses import Reachable
from service.ingest.connectors.refusals import AskAgainError, refuse
from service.ingest.connectors.transport import CheckedTransport
from service.settings import Settings
from spatial.errors import InvalidInputError

ATTEMPTS: Final = 5
FIRST_PAUSE_S: Final = 0.5
LONGEST_PAUSE_S: Final = 300.0
MAX_REDIRECTS: Final = 5
MAX_PAGE_BYTES: Final = 256 << 20
_CONNECT_S: Final = 15.0
_MOVED: Final = frozenset({301, 302, 303, 307, 308})
_QUOTED: Final = 200

# Both tell whole addresses with their queries, in which a source's key may stand.
for _name in ("httpx2", "httpcore2"):
    logging.getLogger(_name).setLevel(logging.WARNING)

Answered = TypeVar("Answered")
pause = time.sleep


@dataclass(frozen=True)
class Answer:
    """What a source answered, as far as its beginning."""

    status: int
    headers: httpx2.Headers
    url: str
    pieces: Iterator[bytes]


class Fetcher:
    """Asks one source.

    Parameters
    ----------
    url
        The address that the user named; secrets go to its host alone.
    settings
        Who may be asked, how long to wait and how much to take.
    """

    def __init__(self, url: str, settings: Settings) -> None:
        self._reachable = Reachable.of(settings.connect_to)
        given = settings.fetch_proxy
        proxy = None if given is None else given.get_secret_value()
        timeout = httpx2.Timeout(settings.fetch_timeout_s, connect=_CONNECT_S)
        self._client = httpx2.Client(
            transport=CheckedTransport(self._reachable, proxy), timeout=timeout, trust_env=False
        )
        self._first = httpx2.URL(url)
        self._secret: tuple[str, str] | None = None
        self._hidden = urls.secrets(url)
        self._most_mb = settings.max_upload_mb
        self.bytes_taken = 0
        """What is here by now, of this attempt and of those before."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def prove(self, header: str, value: str, secret: str) -> None:
        """Send a header that proves who asks, to the host of the first address alone.

        It is sent encrypted, or to a host that the settings name.
        """
        self._secret = (header, value)
        self._hidden.append(secret)

    def json(self, url: str, *, accept: str = "application/json") -> Any:
        """Return the JSON document at an address.

        Raises
        ------
        SourceUnavailableError
            When it does not answer after some attempts.
        UnreadableFileError, NotFoundError, InvalidInputError
            When it refuses, or answers with something else.
        """
        return self.again(lambda: self._document(url, accept), url)

    def found_json(self, url: str) -> Any | None:
        """Return the JSON document at an address; None when there is none to be had."""
        try:
            return self.json(url)
        except (NotFoundError, UnreadableFileError, InvalidInputError):
            return None

    @contextmanager
    def answer(self, url: str, headers: Mapping[str, str]) -> Iterator[Answer]:
        """Ask once, and give what is answered before its body is read.

        Raises
        ------
        AskAgainError
            When it is worth another attempt.
        """
        try:
            response = self._sent(httpx2.URL(url), headers)
            try:
                refuse(response, self.hide)
                yield Answer(
                    response.status_code,
                    response.headers,
                    str(response.request.url),
                    self._pieces(response),
                )
            finally:
                response.close()
        except httpx2.TimeoutException:
            raise AskAgainError("does not answer in time") from None
        except httpx2.HTTPError as error:
            raise AskAgainError(self.hide(f"breaks off: {error}")) from None
        except httpx2.InvalidURL:
            raise InvalidInputError(f"{urls.shown(url)} is no address of the web.") from None

    def again(self, ask: Callable[[], Answered], url: str) -> Answered:
        """Ask until there is an answer, a few times, and not before the source wants to be asked.

        Raises
        ------
        SourceUnavailableError
            When there is still none.
        """
        wait = FIRST_PAUSE_S
        taken = self.bytes_taken
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return ask()
            except AskAgainError as error:
                self.bytes_taken = taken
                after = wait if error.after_s is None else error.after_s
                if after > LONGEST_PAUSE_S:
                    raise SourceUnavailableError(
                        f"{urls.shown(url)} {error.why}, and wants to be asked again in "
                        f"{after:,.0f} seconds: give the same command then."
                    ) from None
                if attempt == ATTEMPTS:
                    raise SourceUnavailableError(
                        f"{urls.shown(url)} {error.why}, after {ATTEMPTS} attempts."
                    ) from None
                pause(after)
                wait *= 2
        raise AssertionError("the last attempt answers or raises")

    def hide(self, text: str) -> str:
        """Return what a source said, without what is secret and not too long."""
        for one in self._hidden:
            text = text.replace(one, "***")
        return " ".join(text.split())[:_QUOTED]

    def _document(self, url: str, accept: str) -> Any:
        with self.answer(url, {"Accept": accept}) as answer:
            body = bytearray()
            for piece in answer.pieces:
                body += piece
                if len(body) > MAX_PAGE_BYTES:
                    raise PayloadTooLargeError(
                        f"{urls.shown(url)} answers with more than {MAX_PAGE_BYTES >> 20} MB at "
                        "once: ask for fewer rows with --page-size."
                    )
        try:
            return json.loads(body, parse_constant=lambda _: None)
        except (ValueError, RecursionError):
            what = "a web page" if body.lstrip()[:1] == b"<" else "something else"
            raise UnreadableFileError(
                f"{urls.shown(url)} answers with {what}, not with JSON: is a login needed, or is "
                "it a file (--kind file)?"
            ) from None

    def _sent(self, url: httpx2.URL, headers: Mapping[str, str]) -> httpx2.Response:
        for _ in range(MAX_REDIRECTS + 1):
            asked = {"User-Agent": f"harmspot/{__version__}", **headers}
            if self._secret is not None and self._may_know(url):
                asked[self._secret[0]] = self._secret[1]
            request = self._client.build_request("GET", url, headers=asked)
            response = self._client.send(request, stream=True, follow_redirects=False)
            if response.status_code not in _MOVED or "location" not in response.headers:
                return response
            response.close()
            moved = url.join(response.headers["location"])
            urls.check_step(str(url), str(moved))
            url = moved
        raise UnreadableFileError(
            f"{urls.shown(str(self._first))} leads on more than {MAX_REDIRECTS} times: name the "
            "address at the end."
        )

    def _may_know(self, url: httpx2.URL) -> bool:
        """Say whether a secret may go to an address: that of the user, where nobody listens."""
        same = (url.scheme, url.host, url.port) == (
            self._first.scheme,
            self._first.host,
            self._first.port,
        )
        return same and (url.scheme == "https" or self._reachable.names(url.host))

    def _pieces(self, response: httpx2.Response) -> Iterator[bytes]:
        for piece in response.iter_bytes():  # as it comes: what is there is kept when it breaks
            self.bytes_taken += len(piece)
            if self.bytes_taken > self._most_mb << 20:
                raise PayloadTooLargeError(
                    f"{urls.shown(str(self._first))} has more than {self._most_mb:,} MB, the limit "
                    "of this installation (HARMSPOT_MAX_UPLOAD_MB): ask for a part of it."
                )
            yield piece
