"""Where a process listens on this machine: the address of its pages, and a port that must be free."""

import socket


class PortInUse(RuntimeError):
    """A port is taken; the message says which, and what to do."""


def url(host: str, port: int, path: str = "/") -> str:
    """The address of a page; an IPv6 address in brackets."""
    return f"http://{f'[{host}]' if ':' in host else host}:{port}{path}"


def require_free(host: str, port: int, setting: str) -> None:
    """Raises PortInUse when another program listens on the port."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            raise PortInUse(
                f"Port {port} is in use by another program. Stop that, or choose another with {setting}."
            ) from None
