"""Which machines may be asked: those of the public internet, and those that a setting names."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from typing import Self

from service.errors import SourceUnavailableError
from spatial.errors import InvalidInputError, Problem

Address = IPv4Address | IPv6Address

_NOT_PUBLIC = tuple(
    IPv4Network(one)
    for one in (
        "100.64.0.0/10",  # carriers' own, and the metadata of one cloud
        "168.63.129.16/32",  # the metadata of another, which looks like any public address
        "192.0.0.0/24",
        "192.88.99.0/24",
        "198.18.0.0/15",
    )
)
_GLOBAL_UNICAST = IPv6Network("2000::/3")
_TRANSLATED = IPv6Network("64:ff9b::/96")
_TEREDO = IPv6Network("2001::/32")


def is_public(address: Address) -> bool:
    """Say whether an address is one of the public internet, in whatever form it is written.

    Examples
    --------
    >>> [is_public(ip_address(one)) for one in ("93.184.215.14", "10.0.0.1", "::ffff:127.0.0.1")]
    [True, False, False]
    """
    if isinstance(address, IPv6Address):
        within = _within(address)
        if within is not None:
            return is_public(within)
        if address not in _GLOBAL_UNICAST or address in _TEREDO:
            return False
    elif any(address in one for one in _NOT_PUBLIC):
        return False
    return address.is_global and not (
        address.is_multicast
        or address.is_private
        or address.is_reserved
        or address.is_loopback
        or address.is_link_local
        or address.is_unspecified
    )


@dataclass(frozen=True)
class Reachable:
    """The machines that may be asked.

    Parameters
    ----------
    hosts
        Names that may lead wherever they lead.
    networks
        Networks that may be reached although they are not public.
    """

    hosts: frozenset[str] = frozenset()
    networks: tuple[IPv4Network | IPv6Network, ...] = field(default=())

    @classmethod
    def of(cls, named: Sequence[str]) -> Self:
        """Return the public internet and what a setting names: hosts, addresses and networks."""
        hosts, networks = {_plain(one) for one in named}, []
        for one in named:
            with suppress(ValueError):
                networks.append(ip_network(one.strip("[]"), strict=False))
        return cls(frozenset(hosts), tuple(networks))

    def names(self, host: str) -> bool:
        """Say whether a host is one that the setting names."""
        return _plain(host) in self.hosts

    def addresses(self, host: str, port: int) -> list[str]:
        """Look a host up and return those of its addresses that may be reached.

        Who connects does so to these, not to the name: it might lead elsewhere a moment later.

        Raises
        ------
        SourceUnavailableError
            When nobody knows the host.
        InvalidInputError
            When none of its addresses may be reached.
        """
        try:
            found = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            why = error.strerror if isinstance(error, OSError) else None
            raise SourceUnavailableError(
                f"The host {host} is not known here ({why or 'no such name'}): check the address."
            ) from None
        every = list(dict.fromkeys(str(one[4][0]) for one in found))
        reached = [one for one in every if self.names(host) or self._may_reach(ip_address(one))]
        if not reached:
            raise _not_public(host, every)
        return reached

    def check_written(self, host: str) -> None:
        """Refuse a host that is an address, in whatever form, and may not be reached.

        Names are not looked up: that is left to a proxy, which may know others than this machine.

        Raises
        ------
        InvalidInputError
            When it may not be reached.
        """
        plain = _plain(host)
        if plain == "localhost" or plain.endswith(".localhost"):
            raise _not_public(host, ["this machine"])
        address: Address
        try:
            address = ip_address(plain)
        except ValueError:
            try:
                address = IPv4Address(socket.inet_aton(plain))  # 127.1, 0x7f000001 and the like
            except OSError:
                return
        if not self._may_reach(address):
            raise _not_public(host, [str(address)])

    def _may_reach(self, address: Address) -> bool:
        return is_public(address) or any(
            address in one or (within is not None and within in one)
            for one in self.networks
            for within in (_within(address) if isinstance(address, IPv6Address) else None,)
        )


def _not_public(host: str, leads_to: Sequence[str]) -> InvalidInputError:
    return InvalidInputError(
        f"The host {host} is none of the public internet ({', '.join(leads_to[:3])}), and is not "
        "asked: if it is meant, name it, or its network, in HARMSPOT_CONNECT_TO.",
        [Problem("url", f"{host} is not public")],
    )


def _within(address: IPv6Address) -> IPv4Address | None:
    """Return the older address that a newer one stands for, if it does."""
    if address in _TRANSLATED:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour


def _plain(host: str) -> str:
    return host.strip("[]").rstrip(".").casefold()
