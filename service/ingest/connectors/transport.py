"""Connections to addresses that were looked at first, whatever a name leads to meanwhile."""

from __future__ import annotations

import httpx2

from service.ingest.connectors.addresses import Reachable


class CheckedTransport(httpx2.BaseTransport):
    """Sends each request to an address of its host that may be reached.

    The name stays in the header `Host` and is what certificates are held against. Each host has
    connections of its own: one that was opened for a name serves no other at the same address.

    Parameters
    ----------
    reachable
        Which machines may be asked.
    proxy
        The address of a proxy that asks in our place: where a name leads is its business then.
        Hosts that the settings name are asked directly.
    """

    def __init__(self, reachable: Reachable, proxy: str | None = None) -> None:
        self._reachable = reachable
        self._proxy = None if proxy is None else httpx2.HTTPTransport(proxy=proxy)
        self._of_host: dict[str, httpx2.HTTPTransport] = {}

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send one request; see `Reachable.addresses` for what is refused."""
        url = request.url
        if self._proxy is not None and not self._reachable.names(url.host):
            self._reachable.check_written(url.host)
            return self._proxy.handle_request(request)
        port = url.port or (443 if url.scheme == "https" else 80)
        addresses = self._reachable.addresses(url.host, port)
        transport = self._of_host.setdefault(url.host, httpx2.HTTPTransport())
        for at, address in enumerate(addresses):
            sent = httpx2.Request(
                request.method,
                url.copy_with(host=address),
                headers=request.headers,
                stream=request.stream,
                extensions={**request.extensions, "sni_hostname": url.host},
            )
            try:
                return transport.handle_request(sent)
            except (httpx2.ConnectError, httpx2.ConnectTimeout):
                if at + 1 == len(addresses):
                    raise
        raise AssertionError("a host that may be reached has an address")

    def close(self) -> None:
        """Close all connections."""
        for one in (*self._of_host.values(), *((self._proxy,) if self._proxy else ())):
            one.close()
