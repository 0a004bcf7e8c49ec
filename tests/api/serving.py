"""A service on a port of this machine, for clients that cannot be called in this process."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn
from starlette.applications import Starlette

from tests.patience import PATIENCE_S


@contextmanager
def serving(app: Starlette, **more: Any) -> Iterator[str]:
    """Serve an application, and give its address.

    A connection that a client keeps is kept as long as tests wait for anything: a page takes a busy
    browser longer than the seconds that the server leaves one idle by itself.
    """
    more.setdefault("timeout_keep_alive", int(PATIENCE_S))
    service = uvicorn.Server(uvicorn.Config(app, port=0, log_level="warning", **more))
    thread = threading.Thread(target=service.run, daemon=True)
    thread.start()
    while not service.started:
        assert thread.is_alive()
        time.sleep(0.02)
    port = service.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        service.should_exit = True
        thread.join()


def free_port() -> int:
    """Return a TCP port of this machine that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
