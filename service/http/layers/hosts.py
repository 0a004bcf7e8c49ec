"""The hosts that a request may name: others would come back in links, or be an attacker's."""

from __future__ import annotations

import re
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from service.access.listening import is_loopback
from service.errors import MisdirectedError, problem_details
from service.http.responses import problem_response
from service.settings import Settings

_EVERYWHERE: Final = ("0.0.0.0", "::")  # noqa: S104  addresses to listen on, which nobody asks for
_HOST: Final = re.compile(r"([\w.-]+|\[[0-9a-fA-F:.]+\])(:\d*)?", re.ASCII)


class KnownHosts:
    """Refuses requests that name a host under which nobody knows the service.

    Links repeat the host that was asked for, so that a made-up one would lead readers elsewhere;
    and a page whose name is made to lead to this machine (DNS rebinding) names its own.

    Known are this machine's names for itself, the address that the connection came to, the one to
    listen on, that of the public URL, and those of the settings.

    Parameters
    ----------
    app
        What is inside.
    settings
        Say which hosts are known.
    """

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app = app
        public = urlsplit(settings.public_url or "").hostname or ""
        named = {*settings.hosts, settings.host, public.encode("idna").decode("ascii")}
        self._known = {_plain(one) for one in named if one and one not in _EVERYWHERE}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on that names a known host, or none (HTTP/1.0)."""
        named = Headers(scope=scope).getlist("host") if scope["type"] == "http" else []
        if all(self._is_known(host, scope) for host in named) and len(named) < 2:
            await self.app(scope, receive, send)
            return
        host = ", ".join(named)[:200]
        error = MisdirectedError(
            f"This service is not known as {host}. Ask for it under its own name or address; who "
            "runs it can name more of them in HARMSPOT_HOSTS."
        )
        await problem_response(problem_details(error))(scope, receive, send)

    def _is_known(self, host: str, scope: Scope) -> bool:
        if _HOST.fullmatch(host) is None:
            return False
        try:
            asked = _plain(urlsplit(f"//{host}").hostname or "")
            port = urlsplit(f"//{host}").port  # looked at for what is no port
        except ValueError:
            return False
        if port is None and host.endswith(":"):
            return False
        came_to = scope.get("server") or ("", None)
        return _of_itself(asked) or asked in self._known or asked == _plain(str(came_to[0]))


def _plain(host: str) -> str:
    """Return a host as hosts are compared."""
    bare = host.strip("[]").rstrip(".").lower()
    try:
        return str(ip_address(bare))
    except ValueError:
        return bare


def _of_itself(host: str) -> bool:
    """Tell whether a host is how a machine names itself (RFC 6761, section 6.3)."""
    return is_loopback(host) or host.endswith(".localhost")
