"""Which addresses are this machine's. Pure."""

import ipaddress

from starlette.requests import HTTPConnection


def is_loopback(host: str) -> bool:
    """Whether a name or an address is this machine's own."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def from_this_machine(request: HTTPConnection) -> bool:
    """Whether a request was made on this machine, and not passed on by a proxy on it."""
    headers = request.headers
    passed_on = any(name in headers for name in ("forwarded", "x-forwarded-for", "x-forwarded-host", "via"))
    here = is_loopback(host_name(headers.get("host", "")))
    return not passed_on and here and request.client is not None and is_loopback(request.client.host)


def host_name(authority: str) -> str:
    """The name or the address of `name:port`, or of `[address]:port`."""
    if authority.startswith("["):
        return authority[1:].partition("]")[0]
    return authority.partition(":")[0]
