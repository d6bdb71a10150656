"""Pages are made a few at a time, in the order in which they are asked for; one that fails gives its turn on."""

import asyncio
import threading

import pytest
from starlette.requests import Request
from starlette.responses import Response

from streams.board.turns import AT_ONCE, taking_turns

ASKED = Request({"type": "http"})


def test_no_more_are_made_at_once_and_they_come_in_order() -> None:
    """Of ten that are asked for together."""
    begun: list[int] = []
    at_work: list[int] = []
    most: list[int] = []
    lock = threading.Lock()

    async def ask() -> None:
        in_turn = taking_turns()

        def page(number: int) -> Response:
            with lock:
                begun.append(number)
                at_work.append(number)
                most.append(len(at_work))
            threading.Event().wait(0.01)
            with lock:
                at_work.remove(number)
            return Response(str(number))

        def answering(number: int) -> asyncio.Task[Response]:
            return asyncio.ensure_future(in_turn(lambda _request: page(number))(ASKED))

        tasks = [answering(number) for number in range(10)]
        answers = await asyncio.gather(*tasks)
        assert [answer.body for answer in answers] == [b"%d" % number for number in range(10)]

    asyncio.run(ask())
    assert max(most) == AT_ONCE
    assert all(abs(number - place) < AT_ONCE for place, number in enumerate(begun)), begun


def test_a_page_that_fails_gives_its_turn_on() -> None:
    """Else the board would stop after as many failures."""

    async def ask() -> None:
        in_turn = taking_turns()

        def fails(_request: Request) -> Response:
            raise RuntimeError("a fault")

        for _ in range(3 * AT_ONCE):
            with pytest.raises(RuntimeError):
                await in_turn(fails)(ASKED)
        assert (await in_turn(lambda _request: Response("here"))(ASKED)).body == b"here"

    asyncio.run(ask())
