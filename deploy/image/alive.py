"""Whether the process of a container is alive: asks `/healthz` at each port given, and needs nothing but Python.

Usage: python deploy/image/alive.py PORT…. The exit code is 0 when at least one port answers, and each that answers says
alive. A container runs one process, so one of the ports answers.
"""

import http.client
import sys

SECONDS = 4.0


def answer(port: int) -> int | None:
    """The status of `/healthz` at a port of this machine; None where nobody listens or answers in time."""
    asked = http.client.HTTPConnection("127.0.0.1", port, timeout=SECONDS)
    try:
        asked.request("GET", "/healthz")
        return asked.getresponse().status
    except (OSError, http.client.HTTPException):
        return None
    finally:
        asked.close()


if __name__ == "__main__":
    answers = {port: answer(int(port)) for port in sys.argv[1:]}
    statuses = [status for status in answers.values() if status is not None]
    alive = bool(statuses) and all(status == http.client.OK for status in statuses)
    print(", ".join(f"{port}: {status or 'no answer'}" for port, status in answers.items()))
    sys.exit(0 if alive else 1)
