"""The worker's `/metrics`, `/healthz` (alive) and `/readyz` (caught up), also while it joins and recovers."""

import asyncio
from typing import Any

import mode
from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from streams.worker.app import WorkerApp

LAG_SECONDS = 2.0
CAUGHT_UP = 100
"""So many records not yet committed are still called caught up: commits come once a second."""


class Health(mode.Service):
    """Answers on the loopback from before the app has started."""

    def __init__(self, worker: WorkerApp, **kwargs: Any) -> None:  # noqa: ANN401
        super().__init__(**kwargs)
        self._worker = worker
        self._lag: int | None = None
        self._runner: web.AppRunner | None = None

    async def on_start(self) -> None:
        """Opens the port."""
        application = web.Application()
        application.router.add_get("/healthz", self._alive)
        application.router.add_get("/readyz", self._ready)
        application.router.add_get("/metrics", self._metrics)
        self._runner = web.AppRunner(application, access_log=None)
        await self._runner.setup()
        settings = self._worker.settings
        await web.TCPSite(self._runner, settings.host, settings.worker_port).start()

    async def on_stop(self) -> None:
        """Closes the port."""
        if self._runner is not None:
            await self._runner.cleanup()
        await self._worker.outbox.stop()

    async def _alive(self, _request: web.Request) -> web.Response:
        return web.Response(status=503 if self._worker.app.crashed else 200, text="alive")

    async def _ready(self, _request: web.Request) -> web.Response:
        ready = self._worker.ready() and self._lag is not None and self._lag <= CAUGHT_UP
        return web.json_response({"ready": ready, "lag_records": self._lag}, status=200 if ready else 503)

    async def _metrics(self, _request: web.Request) -> web.Response:
        body = generate_latest(self._worker.metrics.registry)
        return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE_LATEST})

    @mode.Service.task
    async def _measure_lag(self) -> None:
        while not self.should_stop:
            await self.sleep(LAG_SECONDS)
            app = self._worker.app
            if not self._worker.ready():
                continue
            partitions = [tp for tp in app.consumer.assignment() if app.topics.acks_enabled_for(tp.topic)]
            try:
                ends = await asyncio.wait_for(app.consumer.highwaters(*partitions), 10)
            except (TimeoutError, Exception):  # noqa: BLE001, S112 - the broker is away: the last figure stands
                continue
            lag: dict[str, int] = {}
            for tp in partitions:
                committed = app.consumer._committed_offset[tp] or 0  # noqa: SLF001
                lag[tp.topic] = lag.get(tp.topic, 0) + max(0, (ends[tp] or 0) - committed)
            for topic, records in lag.items():
                self._worker.metrics.lag.labels(self._worker.topics.short(topic)).set(records)
            self._lag = sum(lag.values())
