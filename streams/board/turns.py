"""Pages are made a few at a time, in the order in which they are asked for.

Each takes a processor for some milliseconds. Of forty that are made at once all take forty times as long; in turn most
are there much sooner, and the last no later.
"""

from collections.abc import Awaitable, Callable

from anyio import CapacityLimiter, to_thread
from starlette.requests import Request
from starlette.responses import Response

AT_ONCE = 2
"""More than one, so that a page that takes long does not keep back all others."""
Page = Callable[[Request], Response]


def taking_turns() -> Callable[[Page], Callable[[Request], Awaitable[Response]]]:
    """Gives what has pages wait for their turn with each other.

    A page is sent after its turn, so that a slow reader keeps nobody waiting. It is not for what waits itself, as a
    form does for Kafka.
    """
    turns = CapacityLimiter(AT_ONCE)

    def in_turn(page: Page) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            return await to_thread.run_sync(page, request, limiter=turns)

        return answer

    return in_turn
