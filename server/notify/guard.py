"""Where a webhook may go: the open internet, and inside networks that the settings name. Nothing else.

An address is looked up once, checked, and that very address is connected to: a name that answers differently the second
time (DNS rebinding) gains nothing. Redirects are not followed anywhere.
"""

import ipaddress
import socket
from collections.abc import Sequence
from typing import NamedTuple

from server.notify.sending import NotSent

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


class Place(NamedTuple):
    """An address to connect to."""

    ip: str
    port: int


def place_of(host: str, port: int, private_networks: Sequence[str]) -> Place:
    """The first address of a host that may be connected to. Raises NotSent."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise NotSent(f"The name {host} is not known; is it spelled right?") from None
    for *_, address in found:
        ip = str(address[0])
        if is_allowed(ip, private_networks):
            return Place(ip, port)
    raise NotSent(
        f"{host} is an address inside a network. [alerts] private_networks says which ones may be reached.",
        again=False,
    )


def is_allowed(ip: str, private_networks: Sequence[str]) -> bool:
    """Whether this address is on the open internet, or in one of these networks."""
    address = _meant(ipaddress.ip_address(ip.partition("%")[0]))
    if any(address in ipaddress.ip_network(network) for network in private_networks):
        return True
    return address.is_global and not address.is_multicast and not address.is_reserved


def _meant(address: Address) -> Address:
    """The IPv4 address inside an IPv6 one, where there is one."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)
        if inner is None and address in _NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        return inner or address
    return address
