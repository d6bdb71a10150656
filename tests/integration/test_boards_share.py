"""Several boards on one PostgreSQL and a real Kafka: one of them reads, all of them show it and say what is new."""

import http.client
import json
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

import pytest

from streams.readmodel.database import connect
from streams.readmodel.schemas import name_of
from tests.integration.families import family
from tests.nightly import NIGHTLY
from tests.postgres import PostgreSQL
from tests.service import Service, by_partition, free_port, wait_for


class Board(NamedTuple):
    """A board's process, and the port at which it serves."""

    process: subprocess.Popen[bytes]
    port: int


class Shared:
    """A service with boards on one PostgreSQL."""

    def __init__(self, service: Service, server: PostgreSQL, database: str) -> None:
        self.service, self.server, self.database = service, server, database
        self.url = server.database(database)
        self.schema = name_of(service.settings.topics.app_id)

    def board(self, name: str) -> Board:
        """Starts a board; the test waits for it."""
        port = free_port()
        process = self.service.start(name, "serve", TOUCHLINE_READMODEL_URL=self.url, TOUCHLINE_BOARD_PORT=str(port))
        return Board(process, port)

    def row(self, query: str) -> tuple[object, ...]:
        """The one row of a query about the read model."""
        (row,) = self.server.do(query.replace("FROM ", f'FROM "{self.schema}".'), self.database)
        return row

    def term(self) -> int:
        """The number of the turn."""
        return int(str(self.row("SELECT term FROM turn")[0]))

    def shown(self, board: Board, text: str) -> bool:
        return text in self.service.get(board.port, "/")[1]

    def ready(self, board: Board) -> bool:
        return self.service.get(board.port, "/readyz")[0] == 200

    def wait_shown(self, board: Board, text: str) -> None:
        wait_for(f"{text} on {board.port}; see {self.service.log}", lambda: self.shown(board, text), 90)

    def nothing_lost_or_doubled(self) -> None:
        """The read model has each transition of the topic once, and shows what it shows when it is made anew."""
        wanted = [json.loads(record.value or b"")["id"] for record in by_partition(self.service.records("alerts"))]
        wait_for(
            "all transitions are there", lambda: self.row("SELECT count(*) FROM transitions")[0] == len(set(wanted))
        )
        found = self.server.do(f'SELECT id FROM "{self.schema}".transitions', self.database)  # noqa: S608 - our own
        assert sorted(str(row[0]) for row in found) == sorted(set(wanted))
        engine = connect(self.url, self.service.settings.topics.app_id)
        try:
            assert self.service.open_in(engine) == self.service.folded_alerts()
        finally:
            engine.dispose()


@pytest.fixture
def shared(service: Service, postgresql: PostgreSQL) -> Iterator[Shared]:
    yield Shared(service, postgresql, "shared")
    service.stop()
    postgresql.drop_all()


@contextmanager
def listening(port: int) -> Iterator[Callable[[], int]]:
    """An open feed of a board; gives how many changes it was told of."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    connection.request("GET", "/changes?about=feed")
    answer = connection.getresponse()
    assert answer.status == 200
    told: list[bytes] = []

    def listen() -> None:
        try:
            while line := answer.readline():
                if line.startswith(b"event: changed"):
                    told.append(line)
        except (OSError, ValueError, AttributeError):
            pass  # the board was killed, or the test is over

    thread = threading.Thread(target=listen, daemon=True)
    thread.start()
    yield lambda: len(told)
    connection.close()


def test_another_board_reads_on_when_the_one_that_reads_is_killed(shared: Shared) -> None:
    """Both show what is new, and tell their browsers; nothing is lost, and nothing is there twice."""
    boards = [shared.board("board1")]
    wait_for("the first board reads", lambda: shared.ready(boards[0]), 90)
    boards.append(shared.board("board2"))
    wait_for("both are ready", lambda: all(map(shared.ready, boards)), 90)
    with listening(boards[0].port) as first, listening(boards[1].port) as second:
        wait_for("both feeds are open", lambda: first() > 0 and second() > 0, 30)
        before = first(), second()
        shared.service.publish(family("f"))
        for board in boards:
            shared.wait_shown(board, "family/f")
        wait_for("both browsers are told", lambda: first() > before[0] and second() > before[1], 30)
        term, heard = shared.term(), second()
        shared.service.kill("board1")
        shared.service.publish(family("g"))
        shared.wait_shown(boards[1], "family/g")
        assert shared.term() > term, "the other board took the next turn"
        wait_for("its browser is told", lambda: second() > heard, 30)
    wait_for("it says that it is ready", lambda: shared.ready(boards[1]), 30)
    shared.nothing_lost_or_doubled()


@NIGHTLY
def test_a_board_that_was_paused_writes_nothing_when_it_comes_back(shared: Shared) -> None:
    """Another took over meanwhile; the paused one goes on as one of those that listen."""
    paused = shared.board("board1")
    wait_for("the first board reads", lambda: shared.ready(paused), 90)
    other = shared.board("board2")
    wait_for("the other is ready", lambda: shared.ready(other), 90)
    term = shared.term()
    paused.process.send_signal(signal.SIGSTOP)
    shared.service.publish(family("f"))
    shared.wait_shown(other, "family/f")
    taken_over = shared.term()
    assert taken_over > term
    paused.process.send_signal(signal.SIGCONT)
    shared.service.publish(family("g"))
    for board in (paused, other):
        shared.wait_shown(board, "family/g")
        wait_for("it is ready", lambda board=board: shared.ready(board), 30)  # type: ignore[misc]
    assert shared.term() == taken_over, "whoever took over has the turn still"
    shared.nothing_lost_or_doubled()


@NIGHTLY
def test_boards_go_on_when_postgresql_was_away(shared: Shared) -> None:
    """They stay alive, say so on the page and once in the log, and read on; it was stopped in order, then killed."""
    boards = [shared.board("board1"), shared.board("board2")]
    wait_for("both are ready", lambda: all(map(shared.ready, boards)), 90)
    for name, mode in (("f", "fast"), ("g", "immediate")):
        shared.server.stop(mode)
        try:
            for board in boards:
                wait_for("it is not ready", lambda board=board: not shared.ready(board), 30)  # type: ignore[misc]
                status, page = shared.service.get(board.port, "/")
                assert status == 503
                assert "Its database does not answer. Nothing is lost" in page
                assert shared.service.get(board.port, "/healthz")[0] == 200
            shared.service.publish(family(name))
            shared.service.wait_quiet()
        finally:
            shared.server.start()
        for board in boards:
            shared.wait_shown(board, f"family/{name}")
            wait_for("it is ready again", lambda board=board: shared.ready(board), 60)  # type: ignore[misc]
    shared.nothing_lost_or_doubled()
    log = shared.service.log.read_text()
    assert "Traceback" not in log
    assert log.count('"database.gone"') == 4, "each board says each outage once"
    assert "Start the server, or correct TOUCHLINE_READMODEL_URL" in log or "The server starts or stops" in log
