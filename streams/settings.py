"""Settings, from the environment (`TOUCHLINE_…`), read once."""

import re
from functools import cached_property
from pathlib import Path

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from events.topics import Topics

LOOPBACK = "127.0.0.1"
_ADDRESS = r"([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\]):[0-9]{1,5}"


class Settings(BaseSettings):
    """Where things are. Every default fits one laptop."""

    model_config = SettingsConfigDict(env_prefix="TOUCHLINE_", frozen=True)

    broker: str = ""
    """An existing cluster, host:port; empty for the local broker."""
    kafka_port: int = 19092
    """The local broker's port; its controller has the next."""
    state: Path = Path(".touchline")
    """Where the broker, the processors and the board keep their files."""
    policy: Path | None = None
    """The policy, a TOML file; the defaults of the rules without one."""
    prefix: str = ""
    """Keeps several services apart on one cluster."""
    partitions: int = Field(default=4, ge=1)
    worker_name: str = "worker-1"
    """The processor's static member name. Each processor of a service has its own."""
    session_seconds: float = Field(default=10.0, ge=3)
    """When a processor gives no sign for this long, its partitions go to another."""
    cached_subjects: int = Field(default=20_000, ge=1)
    """How many subjects a processor keeps in memory; others are read from its table."""
    worker_port: int = 8711
    """The port of the processor's metrics and health."""
    board_port: int = 8710
    host: str = LOOPBACK
    log_level: str = "INFO"

    @field_validator("broker")
    @classmethod
    def _addresses(cls, broker: str) -> str:
        if broker and not re.fullmatch(rf"{_ADDRESS}(,{_ADDRESS})*", broker, re.ASCII):
            raise ValueError("should be host:port, or several with commas between, like 127.0.0.1:9092")
        return broker

    @field_validator("host")
    @classmethod
    def _loopback_only(cls, host: str) -> str:
        if host not in {LOOPBACK, "localhost", "::1"}:
            raise ValueError(
                f"there is no sign-in yet, so pages and metrics are served on {LOOPBACK} only; leave TOUCHLINE_HOST out"
            )
        return host

    @property
    def address(self) -> str:
        """Where Kafka is reached."""
        return self.broker or f"{LOOPBACK}:{self.kafka_port}"

    @cached_property
    def topics(self) -> Topics:
        """The service's topics."""
        return Topics(self.prefix, self.partitions)
