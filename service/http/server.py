"""The web server: runs the application until it is told to stop, and then stops soon."""

from __future__ import annotations

import socket
from collections.abc import Callable
from types import FrameType

import uvicorn
from fastapi import FastAPI

from service.settings import Settings

_LAST_ANSWERS_S = 10  # how long answers that are under way may take when it stops
_IDLE_S = 75  # longer than proxies keep a connection that they may yet send a request on (60 s)


class _Server(uvicorn.Server):
    """A server whose watchers of jobs do not hold it up: they come back to the next one."""

    def __init__(
        self, config: uvicorn.Config, app: FastAPI, told: Callable[[str], None] | None
    ) -> None:
        super().__init__(config)
        self._app, self._told = app, told

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, and say at which address."""
        await super().startup(sockets)
        if self.started and self._told is not None:
            self._told(self._address())

    def _address(self) -> str:
        settings: Settings = self._app.state.settings
        if settings.public_url:
            return settings.public_url
        port = self.servers[0].sockets[0].getsockname()[1]
        host = "127.0.0.1" if settings.host in ("0.0.0.0", "::") else settings.host  # noqa: S104
        return f"http://{f'[{host}]' if ':' in host else host}:{port}"

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Stop: take no more requests, and let those go that only wait for news."""
        watch = getattr(self._app.state, "job_watch", None)
        if watch is not None:
            watch.end()
        super().handle_exit(sig, frame)


def run(app: FastAPI, settings: Settings, told: Callable[[str], None] | None = None) -> None:
    """Serve an application on the address of the settings.

    Parameters
    ----------
    app
        The application.
    settings
        Say where to listen.
    told
        Is told the address when it can be asked.
    """
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        log_level="info",
        proxy_headers=False,  # the application itself knows which proxies to believe
        timeout_keep_alive=_IDLE_S,
        timeout_graceful_shutdown=_LAST_ANSWERS_S,
    )
    server = _Server(config, app, told)
    try:
        server.run()
    except KeyboardInterrupt:  # which the server passes on when it has stopped
        return
    if not server.started:
        raise SystemExit(3)  # its log says why
