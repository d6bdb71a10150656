"""The processor's own pages: `/metrics`, `/healthz` and `/readyz`, also while it joins and recovers.

It is alive while it serves and gets on; it is ready when it has caught up.
"""

import asyncio
import time
from importlib.metadata import version
from typing import Any

import mode
import structlog
from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from events.instants import MICROS_A_SECOND, format_instant
from streams.clock import now
from streams.processor.app import Processor

log = structlog.get_logger("touchline.worker")

LAG_SECONDS = 2.0
STALLED_SECONDS = 60.0
CAUGHT_UP = 100
"""A processor with at most this many records to commit has caught up. It commits once a second, so some are left."""


class Health(mode.Service):
    """Answers from before the app has started."""

    def __init__(self, processor: Processor, **kwargs: Any) -> None:  # noqa: ANN401
        super().__init__(**kwargs)
        self._processor = processor
        self._lag: int | None = None
        self._connected = self._was_connected = False
        self._done = -1
        self._moved = time.monotonic()
        self._runner: web.AppRunner | None = None

    async def on_start(self) -> None:
        """Opens the port."""
        application = web.Application()
        application.router.add_get("/healthz", self._alive)
        application.router.add_get("/readyz", self._ready)
        application.router.add_get("/metrics", self._metrics)
        self._runner = web.AppRunner(application, access_log=None)
        await self._runner.setup()
        settings = self._processor.settings
        await web.TCPSite(self._runner, settings.worker_host, settings.worker_port).start()

    async def on_stop(self) -> None:
        """Closes the port."""
        if self._runner is not None:
            await self._runner.cleanup()
        await self._processor.outbox.stop()

    @property
    def state(self) -> str:
        """`caught-up`, `alive` or `stalled`.

        It is alive with a backlog and while it starts. It is stalled when there is a backlog and nothing has moved for
        STALLED_SECONDS.
        """
        processor = self._processor
        if processor.app.crashed:
            return "stalled"
        if processor.ready() and self._connected and self._lag is not None and self._lag <= CAUGHT_UP:
            return "caught-up"
        stuck = self._connected and time.monotonic() - self._moved > STALLED_SECONDS and not processor.rebuilding
        return "stalled" if stuck and self._lag else "alive"

    async def _alive(self, _request: web.Request) -> web.Response:
        return self._answer(503 if self.state == "stalled" else 200)

    async def _ready(self, _request: web.Request) -> web.Response:
        return self._answer(200 if self.state == "caught-up" else 503)

    def _answer(self, status: int) -> web.Response:
        body = {
            "state": self.state,
            "lag_records": self._lag,
            "connected": self._connected,
            "rebuilding": self._processor.rebuilding,
            "name": self._processor.settings.worker_name,
            "version": version("touchline"),
            "policy": self._processor.engine.policies.versions[-1],
            "at": format_instant(now()),
            "broker_ahead_seconds": self._processor.outbox.broker_ahead_seconds,
        }
        return web.json_response(body, status=status)

    async def _metrics(self, _request: web.Request) -> web.Response:
        processor = self._processor
        processor.metrics.versions.show(processor.engine.policies.at(now()))
        body = generate_latest(processor.metrics.registry)
        return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE_LATEST})

    @mode.Service.task
    async def _measure_lag(self) -> None:
        while not self.should_stop:
            await self.sleep(LAG_SECONDS)
            app = self._processor.app
            if not self._processor.ready():
                continue
            partitions = [tp for tp in app.consumer.assignment() if app.topics.acks_enabled_for(tp.topic)]
            metrics = self._processor.metrics
            try:
                ends = await asyncio.wait_for(app.consumer.highwaters(*partitions), 10)
                oldest = await asyncio.to_thread(self._processor.parked.look_up)
            except Exception as error:  # noqa: BLE001 - the broker is away: the last figure stands
                self._say_connected(connected=False, why=type(error).__name__)
                continue
            self._say_connected(connected=True)
            metrics.parked_oldest.set(0 if oldest is None else oldest / MICROS_A_SECOND)
            lag: dict[str, int] = {}
            done = 0
            for tp in partitions:
                committed = app.consumer._committed_offset[tp] or 0  # noqa: SLF001
                done += committed
                lag[tp.topic] = lag.get(tp.topic, 0) + max(0, (ends[tp] or 0) - committed)
            for topic, records in lag.items():
                metrics.lag.labels(self._processor.topics.short(topic)).set(records)
            self._lag = sum(lag.values())
            if done != self._done or not self._lag:
                self._done, self._moved = done, time.monotonic()

    def _say_connected(self, *, connected: bool, why: str = "") -> None:
        self._processor.metrics.connected.set(connected)
        if connected != self._connected:
            self._connected = connected
            if not connected:
                log.warning("kafka.gone", why=why)
            elif self._was_connected:
                log.info("kafka.back")
            self._was_connected = True
