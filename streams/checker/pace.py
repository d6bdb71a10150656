"""A pace at which work costs a small share of a processor core."""

import time
from collections.abc import Callable

SHARE = 0.04
"""Of a core, at most: what is left of the 5 % that are promised is for answering."""


class Pace:
    """Sleeps in proportion to the time of the processor core that this process has used.

    Example: with a share of 0.04, after 20 ms of work it sleeps 480 ms.
    """

    def __init__(
        self,
        share: float = SHARE,
        used: Callable[[], float] = time.process_time,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        """`used` gives the seconds used so far; `sleep` may end earlier, as when the process is asked to stop."""
        self._share, self._used, self._sleep = share, used, sleep
        self._since = used()

    def breathe(self) -> None:
        """Sleeps for what was used since the last time."""
        used = self._used()
        if used > self._since and self._share < 1:
            self._sleep((used - self._since) * (1 / self._share - 1))
            self._since = used
