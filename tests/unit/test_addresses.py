"""Which addresses are of the public internet, however they are written."""

from __future__ import annotations

import socket
from ipaddress import ip_address
from typing import Any

import pytest

from service.errors import SourceUnavailableError
from service.ingest.connectors import urls
from service.ingest.connectors.addresses import Reachable, is_public
from service.settings import Settings
from spatial.errors import InvalidInputError

INSIDE = [
    "0.0.0.0", "10.1.2.3", "100.64.0.1", "100.100.100.200", "127.0.0.1", "127.8.9.1",
    "168.63.129.16", "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.192",
    "192.0.2.1", "192.168.1.1", "198.18.0.1", "203.0.113.7", "224.0.0.1", "239.1.1.1",
    "240.0.0.1", "255.255.255.255",
    "::", "::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:a9fe:a9fe", "::127.0.0.1",
    "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "2002:7f00:1::", "2002:a00:1::",
    "2001::1", "2001:db8::1", "fc00::1", "fd00:ec2::254", "fe80::1", "fe80::1%eth0", "fec0::1",
    "ff02::1", "100::1",
]  # fmt: skip
OUTSIDE = [
    "1.1.1.1", "8.8.8.8", "93.184.215.14", "172.15.0.1", "172.32.0.1", "2606:4700::1111",
    "2a00:1450:4001::200e", "::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::",
]  # fmt: skip
WRITTEN = [
    "127.0.0.1", "127.1", "2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1", "localhost", "[::1]",
    "[::ffff:127.0.0.1]", "[0:0:0:0:0:ffff:7f00:1]", "0", "169.254.169.254", "2852039166",
]  # fmt: skip
"""Forms of addresses inside as they may stand in an address of the web."""


@pytest.mark.parametrize("address", INSIDE)
def test_what_is_inside_is_not_public(address: str) -> None:
    assert not is_public(ip_address(address))


@pytest.mark.parametrize("address", OUTSIDE)
def test_what_is_outside_is(address: str) -> None:
    assert is_public(ip_address(address))


@pytest.mark.parametrize("host", WRITTEN)
def test_no_form_of_an_address_leads_inside(host: str) -> None:
    with pytest.raises((InvalidInputError, SourceUnavailableError)) as refused:
        Reachable().addresses(host, 80)
    if isinstance(refused.value, InvalidInputError):
        assert "HARMSPOT_CONNECT_TO" in str(refused.value)


def test_of_a_name_that_leads_inside_and_outside_the_outside_is_taken(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def both(host: str, port: int, **_: Any) -> list[Any]:
        return [(2, 1, 6, "", (one, port)) for one in ("10.0.0.5", "93.184.215.14")]

    monkeypatch.setattr(socket, "getaddrinfo", both)
    assert Reachable().addresses("both.example", 443) == ["93.184.215.14"]
    for named in (["10.0.0.0/8"], ["both.example"], ["BOTH.example."]):
        found = Reachable.of(named).addresses("both.example", 443)
        assert found == ["10.0.0.5", "93.184.215.14"]


def test_networks_that_are_named_may_be_reached() -> None:
    assert Reachable.of(["127.0.0.0/8"]).addresses("127.0.0.1", 80) == ["127.0.0.1"]
    assert Reachable.of(["127.0.0.1"]).addresses("[::ffff:127.0.0.1]", 80)
    with pytest.raises(InvalidInputError):
        Reachable.of(["10.0.0.0/8"]).addresses("127.0.0.1", 80)


@pytest.mark.parametrize("named", ["http://a.example", "a.example:80", "*", "a b"])
def test_the_setting_takes_hosts_and_networks_alone(named: str) -> None:
    with pytest.raises(ValueError, match="no host"):
        Settings(connect_to=[named])


@pytest.mark.parametrize(
    "url",
    ["ftp://a.example/x", "file:///etc/passwd", "https://", "https://:443/", "http://a:b@a.example/",
     "http://token@a.example/", "http://a.example:99999/", "http://[::1/"],
)  # fmt: skip
def test_what_is_no_address_of_the_web_is_refused(url: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        urls.checked(url)
    assert "token" not in str(refused.value)


def test_secrets_are_not_shown() -> None:
    url = "https://a.example/f?where=x > 1&token=hunter2&X-Amz-Signature=abc&api_key=k&code=c"
    assert urls.shown(url, values=True) == (
        "https://a.example/f?where=x > 1&token=***&X-Amz-Signature=***&api_key=***&code=***"
    )
    odd = "https://a.example/f?u=hunter2&q=abc&%24limit=5&outFields=a"
    assert urls.shown(odd, values=True) == "https://a.example/f?u=***&q=***&$limit=5&outFields=a"
    assert urls.shown(url).startswith("https://a.example/f?where=***&token=***")
    assert urls.secrets(url) == ["hunter2", "abc", "k", "c"]
    assert urls.digest(url) != urls.digest(url.replace("x > 1", "x > 2"))
