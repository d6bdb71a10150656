"""Each guard fails this test when it is taken away, so that an upgrade of the library cannot remove it silently."""

import asyncio
import contextlib
import subprocess
import sys
import time
import types
from pathlib import Path
from typing import Any

import faust
import pytest
from aiokafka import AIOKafkaConsumer
from faust.tables.recovery import Recovery
from faust.transport.consumer import Consumer
from faust.transport.producer import ProducerBuffer

from streams.processor import faust_guards
from streams.processor.exit_codes import FROZEN, HOLE, PRODUCE_FAILED
from tests.service import wait_for

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def unpatched(monkeypatch: pytest.MonkeyPatch) -> None:
    """The library as it comes, put back afterwards."""
    for owner, name in (
        (ProducerBuffer, "flush"),
        (ProducerBuffer, "_send_pending"),
        (Recovery, "on_recovery_completed"),
        (Consumer, "perform_seek"),
    ):
        monkeypatch.setattr(owner, name, getattr(owner, name))


async def _flushed() -> int:
    sent: list[int] = []

    class Slow:
        async def publish_message(self, _fut: Any, wait: bool = False) -> None:  # noqa: ANN401, FBT002, ARG002
            await asyncio.sleep(0.25)
            sent.append(1)

    buffer = ProducerBuffer()
    buffer.app = faust.App("t", broker="kafka://127.0.0.1:1")
    await buffer.start()
    for _ in range(3):
        buffer.put(types.SimpleNamespace(message=types.SimpleNamespace(channel=Slow())))
    await buffer.flush()
    done = len(sent)
    with contextlib.suppress(RuntimeError):  # the library as it comes cannot stop with records left
        await buffer.stop()
    return done


def test_flush_waits_for_slow_sends(unpatched: None) -> None:  # noqa: ARG001
    """Without the guard flush gives up, and a commit would overtake what is still to be sent."""
    assert asyncio.run(_flushed()) < 3, "the library waits now: the guard can go"
    faust_guards.fix_flush()
    assert asyncio.run(_flushed()) == 3


def test_recovery_stops_the_flow_first(unpatched: None) -> None:  # noqa: ARG001
    """Records that come while partitions are sought anew must not be fetched."""
    order: list[str] = []

    async def original(_self: Any, _generation: int = 0) -> None:  # noqa: ANN401
        order.append("recovery completed")

    Recovery.on_recovery_completed = original
    faust_guards.fix_recovery()
    consumer = types.SimpleNamespace(stop_flow=lambda: order.append("flow stopped"))
    recovery = types.SimpleNamespace(app=types.SimpleNamespace(consumer=consumer))
    asyncio.run(Recovery.on_recovery_completed(recovery, 1))
    assert order == ["flow stopped", "recovery completed"]


def test_a_partition_never_committed_is_rewound(unpatched: None) -> None:  # noqa: ARG001
    """Only those without a committed offset, and only those whose offsets are committed at all."""
    sought: dict[str, int] = {}

    async def original(_self: Any) -> None:  # noqa: ANN401
        return None

    Consumer.perform_seek = original
    faust_guards.fix_seek()
    tps = {name: types.SimpleNamespace(topic=name) for name in ("fresh", "committed", "changelog")}

    async def earliest_offsets(*asked: Any) -> dict[Any, int]:  # noqa: ANN401
        return dict.fromkeys((tp.topic for tp in asked), 0) and dict.fromkeys(asked, 5)

    async def seek_wait(offsets: dict[Any, int]) -> None:
        sought.update({tp.topic: offset for tp, offset in offsets.items()})

    class Tp(types.SimpleNamespace):
        __hash__ = object.__hash__

    tps = {name: Tp(topic=name) for name in tps}
    consumer = types.SimpleNamespace(
        assignment=lambda: set(tps.values()),
        app=types.SimpleNamespace(topics=types.SimpleNamespace(acks_enabled_for=lambda topic: topic != "changelog")),
        _committed_offset={tps["fresh"]: None, tps["committed"]: 7, tps["changelog"]: None},
        earliest_offsets=earliest_offsets,
        seek_wait=seek_wait,
    )
    asyncio.run(Consumer.perform_seek(consumer))
    assert sought == {"fresh": 5}


def test_fetches_do_not_wait_for_partitions_without_news(monkeypatch: pytest.MonkeyPatch) -> None:
    """The library asks for a second and a half; a worker that catches up would stand still meanwhile."""
    asked: list[int] = []
    monkeypatch.setattr(
        AIOKafkaConsumer, "__init__", lambda _self, **options: asked.append(options["fetch_max_wait_ms"])
    )
    AIOKafkaConsumer(fetch_max_wait_ms=1500)
    faust_guards.fix_fetch_wait()
    AIOKafkaConsumer(fetch_max_wait_ms=1500)
    AIOKafkaConsumer()
    assert asked == [1500, faust_guards.FETCH_WAIT_MS, faust_guards.FETCH_WAIT_MS]


def run(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )


def test_a_frozen_process_ends_itself() -> None:
    """Frozen past its session it exits at once, and says so."""
    code = (
        "import time, os, signal; from streams.processor.faust_guards import self_fence\n"
        "self_fence(0.5); time.sleep(0.3); os.kill(os.getpid(), signal.SIGSTOP); time.sleep(5)"
    )
    process = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stderr=subprocess.PIPE, text=True)
    state = Path(f"/proc/{process.pid}/stat")
    wait_for("it is frozen", lambda: state.read_text("ascii").rsplit(")", 1)[1].split()[0] == "T", 120)
    time.sleep(2)
    process.send_signal(18)
    _, said = process.communicate(timeout=20)
    assert process.returncode == FROZEN
    assert "the process was frozen for" in said


def test_a_hole_in_the_log_ends_the_process() -> None:
    """An offset that is skipped would be committed over."""
    code = (
        "import types; from streams.processor.faust_guards import Contiguity\n"
        "tp = 't'; app = types.SimpleNamespace(consumer=types.SimpleNamespace(_committed_offset={tp: 3}))\n"
        "c = Contiguity(app); m = lambda o: types.SimpleNamespace(tp=tp, offset=o)\n"
        "class T(str):\n  topic='journal'; partition=0\n"
        "tp = T('t'); app.consumer._committed_offset = {tp: 3}\n"
        "c.check(m(3)); c.check(m(4)); print('fine'); c.check(m(6))"
    )
    done = run(code)
    assert done.stdout == "fine\n"
    assert done.returncode == HOLE, done.stderr


def test_a_record_that_cannot_be_sent_ends_the_process() -> None:
    """Otherwise its offset would be committed with one warning."""
    done = run(
        "from streams.processor.faust_guards import CrashOnSendError\n"
        "CrashOnSendError().on_send_error(None, ValueError('x'), 0.0)"
    )
    assert done.returncode == PRODUCE_FAILED, done.stderr


def test_the_versions_that_the_guards_were_written_for_are_pinned() -> None:
    """They use private names."""
    text = (ROOT / "pyproject.toml").read_text("utf-8")
    for pin in ("faust-streaming==0.15.3", "mode-streaming==0.7.1", "aiokafka==0.14.0"):
        assert f'"{pin}"' in text
