"""Bringing a private server back when it dies under the programs that use it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import structlog

from service.store.cluster.files import locked_if_free
from service.store.cluster.server import EmbeddedClusterError, PrivateServer

_LOOKS_EVERY_S: Final = 0.5
_TRIES_AGAIN_S: Final = (1.0, 30.0)
"""How long it waits after it failed: at first, and at most, doubling between."""

_log = structlog.get_logger(__name__)


@contextmanager
def watched(server: PrivateServer) -> Iterator[None]:
    """Start a server again whenever its last process is gone, until the block ends.

    Of several programs that watch one server, whoever comes first starts it. What was committed is
    there again: the server replays its log. What was under way is refused with the true reason.

    Parameters
    ----------
    server
        A server that runs, and that this program uses until after the block.
    """
    ends = threading.Event()
    watcher = threading.Thread(
        target=_watch, args=(server, ends), name="private-database", daemon=True
    )
    watcher.start()
    try:
        yield
    finally:
        ends.set()
        watcher.join()


def _watch(server: PrivateServer, ends: threading.Event) -> None:
    least, most = _TRIES_AGAIN_S
    pause = least
    while not ends.wait(_LOOKS_EVERY_S):
        try:
            back = _brought_back(server)
        except (EmbeddedClusterError, OSError) as error:
            _log.error("the private database does not start", reason=str(error), again_in_s=pause)
            if ends.wait(pause):
                return
            pause = min(2 * pause, most)
            continue
        if back:
            _log.warning("the private database had stopped, and was started again")
            pause = least


def _brought_back(server: PrivateServer) -> bool:
    """Start the server if it is gone, and tell whether it was."""
    # Whoever starts or stops it holds the gate, and does what is needed.
    with locked_if_free(server.data_dir / "gate") as free:
        if not free or server.runs():
            return False
        server.bring_up()
        return True
