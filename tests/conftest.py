"""Fixtures: one real Kafka for the whole run, and a service with topics of its own for each test."""

import itertools
import os
import re
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from deploy.local.kafka import LocalKafka
from tests.databases import any_database
from tests.postgres import PostgreSQL
from tests.secured import SecuredKafka
from tests.service import Service, free_port

__all__ = ["any_database"]

settings.register_profile(
    "suite", deadline=None, max_examples=60, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("soak", parent=settings.get_profile("suite"), max_examples=1_000, derandomize=False)
settings.load_profile("suite")
# In the background of a script Ctrl-C is ignored, by every process that is started as well: some tests send it.
signal.signal(signal.SIGINT, signal.default_int_handler)
_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalKafka]:
    """A real Apache Kafka broker."""
    broker = LocalKafka(tmp_path_factory.mktemp("kafka") / "kafka", free_port(2))
    broker.start()
    yield broker
    broker.stop()


@pytest.fixture(scope="session")
def secured_kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SecuredKafka]:
    """A real broker with TLS, accounts and rights."""
    secured = SecuredKafka(tmp_path_factory.mktemp("secured") / "kafka")
    yield secured
    secured.broker.stop()


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgreSQL]:
    """A real PostgreSQL."""
    server = PostgreSQL()
    server.start()
    yield server
    server.remove()


@pytest.fixture
def make_service(kafka: LocalKafka, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Callable[..., Service]]:
    """Makes services on the run's broker; all their processes are stopped at the end."""
    made: list[Service] = []

    def make(**options: Any) -> Service:  # noqa: ANN401
        name = re.sub(r"[^a-z0-9]+", "-", request.node.name.lower())[:30]
        number = next(_numbers)
        broker = str(options.pop("broker", kafka.address))
        prefix = str(options.pop("prefix", f"{name}-{os.getpid()}-{number}-"))
        service = Service(broker, prefix, Path(options.pop("state", tmp_path / f"state{number}")), **options)
        made.append(service)
        return service

    yield make
    for service in made:
        service.stop()
        if hasattr(request.node, "failed") and service.log.exists():
            print(service.log.read_text()[-3000:])


@pytest.fixture
def service(make_service: Callable[..., Service]) -> Service:
    """A service with a worker that is ready."""
    made = make_service()
    made.worker()
    made.wait_ready()
    return made
