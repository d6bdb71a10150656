"""Where a process listens on this machine: the address of its pages, and a port that must be free."""

import errno
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
        except (PermissionError, socket.gaierror) as error:
            raise PortInUse(f"Nothing can listen at {host}, port {port}: {error.strerror}.") from None
        except OSError as error:
            if error.errno == errno.EADDRNOTAVAIL:
                raise PortInUse(
                    f"{host} is no address of this machine. Listen at one that is, or at 0.0.0.0."
                ) from None
            raise PortInUse(
                f"Port {port} is in use by another program. Stop that, or choose another with {setting}."
            ) from None


def listening(host: str, port: int) -> socket.socket:
    """A socket that listens at an address. Raises OSError."""
    return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET, backlog=2048)
