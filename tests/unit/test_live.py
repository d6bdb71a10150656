"""Open browsers are told of what concerns them, together, and at no cost of the read model's for each."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine

from streams.board import live
from streams.board.live import FEED, Hub, Interest
from streams.readmodel import queries, store
from streams.readmodel.taken import Taken
from tests.databases import board_database
from tests.unit.test_listing import take, transition

pytestmark = pytest.mark.usefixtures("any_database")

A = Taken(frozenset({"family/a"}), listed=False)
LISTED = Taken(frozenset({"family/b"}), listed=True, sites=None)


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    made = board_database(tmp_path / "board.db")
    take(made, transition("raised", "x", "CONTACT_OVERDUE", "family/x"))
    yield made
    made.dispose()


class Open:
    """An open browser, and what it was told."""

    def __init__(self, hub: Hub, about: str, since: int | None, *sites: str) -> None:
        self.numbers: list[int] = []
        interest = Interest(about, frozenset(sites) if sites else None)
        self.task = asyncio.get_running_loop().create_task(self.listen(hub, interest, since))

    async def listen(self, hub: Hub, interest: Interest, since: int | None) -> None:
        async for change in hub.events(interest, since):
            assert change["id"] == change["data"]
            self.numbers.append(int(change["id"]))


async def settled() -> None:
    """Lets all that is ready run."""
    for _ in range(20):
        await asyncio.sleep(0)


def run(work: Callable[[Hub], Awaitable[None]], engine: Engine) -> None:
    async def inside() -> None:
        hub = Hub(engine)
        hub.start()
        await work(hub)
        hub.end()

    asyncio.run(inside())


def changed(hub: Hub, engine: Engine, taken: Taken | None) -> int:
    """Something is taken in; the number of that change."""
    if taken is not None:
        take(engine, transition("revised", "x", "CONTACT_OVERDUE", "family/x"))
    hub.changed(taken)
    with engine.connect() as connection:
        return queries.change(connection)


def test_a_browser_is_told_of_what_it_is_about(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """A feed of what is listed, a family's page of that family, any other page of everything.

    Of Kafka's coming and going all.
    """
    monkeypatch.setattr(live, "APART_SECONDS", 0)

    async def work(hub: Hub) -> None:
        with engine.connect() as connection:
            begun = queries.change(connection)
        feed, family, service = (Open(hub, about, begun) for about in (FEED, "family/a", ""))
        await settled()
        assert feed.numbers == family.numbers == service.numbers == []
        of_a = changed(hub, engine, A)
        await settled()
        listed = changed(hub, engine, LISTED)
        await settled()
        changed(hub, engine, None)
        await settled()
        assert feed.numbers == [listed, listed]
        assert family.numbers == [of_a, listed]
        assert service.numbers == [of_a, listed, listed]

    run(work, engine)


def test_a_list_is_told_of_its_sites_alone(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that not all ask what is new of each change; what is of no site is for those who see all."""
    monkeypatch.setattr(live, "APART_SECONDS", 0)

    async def work(hub: Hub) -> None:
        with engine.connect() as connection:
            begun = queries.change(connection)
        north, south, both = (Open(hub, FEED, begun, *sites) for sites in (("n",), ("s",), ("n", "s")))
        every = Open(hub, FEED, begun)
        page = Open(hub, "family/b", begun, "s")
        told = []
        for sites in (frozenset({"n"}), frozenset({"n", "s"}), frozenset({""}), None):
            told.append(changed(hub, engine, LISTED._replace(sites=sites)))
            await settled()
        assert north.numbers == both.numbers == [told[0], told[1], told[3]]
        assert south.numbers == [told[1], told[3]]
        assert every.numbers == page.numbers == told

    run(work, engine)


def test_changes_at_once_are_told_once(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """A browser that was just told waits, and then is told of the last change alone."""
    waits: list[float] = []
    go_on = asyncio.Event()

    async def wait(seconds: float) -> None:
        if seconds:
            waits.append(seconds)
            await go_on.wait()
        else:
            await real(0)

    real = asyncio.sleep
    monkeypatch.setattr(live.asyncio, "sleep", wait)

    async def work(hub: Hub) -> None:
        feed = Open(hub, FEED, None)
        await settled()
        first = feed.numbers.copy()
        assert len(first) == 1
        for _ in range(5):
            last = changed(hub, engine, LISTED)
        await settled()
        assert feed.numbers == first
        go_on.set()
        await settled()
        assert feed.numbers == [*first, last]
        assert set(waits) == {live.APART_SECONDS}

    run(work, engine)


def test_two_hundred_browsers_cost_one_query_a_change(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """The number of a change is read once, however many are told."""
    monkeypatch.setattr(live, "APART_SECONDS", 0)
    asked: list[str] = []

    async def work(hub: Hub) -> None:
        browsers = [Open(hub, FEED, None) for _ in range(200)]
        await settled()
        event.listen(engine, "before_cursor_execute", lambda *about: asked.append(about[2]))
        hub.changed(LISTED)
        await settled()
        assert [len(browser.numbers) for browser in browsers] == [2] * 200
        assert len([statement for statement in asked if statement.startswith("SELECT")]) == 1

    run(work, engine)


def test_a_browser_that_was_away_is_told_at_once_if_it_missed_something(engine: Engine) -> None:
    """Something that concerns it, or may have: what was before the start, or before the read model was made again."""

    async def work(hub: Hub) -> None:
        with engine.connect() as connection:
            begun = queries.change(connection)
        of_a = changed(hub, engine, A)
        listed = changed(hub, engine, LISTED)
        await settled()
        cases = {
            ("family/a", begun): True,
            ("family/a", of_a): False,
            (FEED, of_a): True,
            (FEED, listed): False,
            ("", of_a): True,
            ("family/c", begun): False,
            (FEED, begun - 1): True,
            (FEED, listed + 1): True,
            (FEED, None): True,
        }
        browsers = {case: Open(hub, *case) for case in cases}
        await settled()
        assert {case: bool(browser.numbers) for case, browser in browsers.items()} == cases
        with engine.begin() as connection:
            store.forget_all(connection)
        hub.changed(A)
        await settled()
        assert browsers["family/c", begun].numbers == [0], "all is made again"

    run(work, engine)


def test_open_feeds_end_with_the_board(engine: Engine) -> None:
    """So that it can stop."""

    async def work(hub: Hub) -> None:
        feed = Open(hub, FEED, 1)
        await settled()
        hub.end()
        await asyncio.wait_for(feed.task, 5)

    run(work, engine)
