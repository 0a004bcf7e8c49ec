"""Whether it is safe to listen on an address: asked before the service starts."""

from __future__ import annotations

from ipaddress import ip_address

from service.access.login import FIRST_KEY
from service.settings import Settings
from service.store.repository import keys
from service.store.tenant import Tenant
from spatial.errors import InvalidInputError, Problem


def is_loopback(host: str) -> bool:
    """Tell whether only this machine reaches an address.

    Examples
    --------
    >>> is_loopback("127.0.0.1"), is_loopback("localhost"), is_loopback("0.0.0.0")
    (True, True, False)
    """
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def check_listening(settings: Settings, tenant: Tenant) -> None:
    """Refuse to listen where others could read along, or come in by what everybody is given.

    Parameters
    ----------
    settings
        Say where to listen, and what stands in front.
    tenant
        Whose keys are looked at.

    Raises
    ------
    InvalidInputError
        Naming each thing that is missing, and its remedy.
    """
    if settings.insecure or is_loopback(settings.host):
        return
    wrong = []
    if settings.access == "open":
        wrong.append(Problem("HARMSPOT_ACCESS", "open is for this machine's own address alone"))
    if not settings.tls:
        wrong.append(
            Problem(
                "HARMSPOT_TLS",
                "put a proxy with TLS in front and state so with HARMSPOT_TLS=true",
            )
        )
    with tenant.unit_of_work() as (session, agency):
        if any(one.first for one in keys.valid(session, agency)):
            wrong.append(
                Problem(
                    "keys",
                    f"the {FIRST_KEY} still lets somebody in: make your own with `harmspot key "
                    "create --role admin --name NAME`, then `harmspot key revoke` the first",
                )
            )
    if wrong:
        listed = "; ".join(one.message for one in wrong)
        raise InvalidInputError(
            f"Others than this machine would reach {settings.host}: {listed}. "
            "HARMSPOT_INSECURE=true listens all the same.",
            wrong,
        )
