"""Settings, from the environment (`TOUCHLINE_…`), read once."""

import re
from enum import StrEnum
from functools import cached_property
from pathlib import Path

from pydantic import Field, ValidationInfo, field_validator

from events.topics import Topics
from streams.kafka_settings import LOOPBACK, KafkaSettings

_LEVEL = r"[A-Za-z0-9_.]+=(DEBUG|INFO|WARNING|ERROR)"
ON_THIS_MACHINE = frozenset({LOOPBACK, "localhost", "::1"})


class SignIn(StrEnum):
    """How people sign in at the board."""

    NONE = "none"
    LOCAL = "local"
    OIDC = "oidc"
    DEMO = "demo"


class Settings(KafkaSettings):
    """Where things are. Every default fits one laptop."""

    state: Path = Path(".touchline")
    """Where the broker, the processors and the board keep their files."""
    policy: Path | None = None
    """The policy, a TOML file; the defaults of the rules without one."""
    prefix: str = ""
    """Keeps several services apart on one cluster."""
    partitions: int = Field(default=4, ge=1)
    """How many partitions the topics keyed by subject have; it is chosen once."""
    worker_name: str = "worker-1"
    """The processor's static member name. Each processor of a service has its own."""
    session_seconds: float = Field(default=10.0, ge=3)
    """When a processor gives no sign for this long, its partitions go to another."""
    cached_subjects: int = Field(default=20_000, ge=1)
    """How many subjects a processor keeps in memory; others are read from its table."""
    worker_host: str = LOOPBACK
    """Where the processor's metrics and health are served; 0.0.0.0 for every address of this machine."""
    worker_port: int = 8711
    """The port of the processor's metrics and health."""
    checker_host: str = LOOPBACK
    """Where the checker's metrics and health are served."""
    checker_port: int = 8712
    """The port of the checker's metrics and health."""
    board_port: int = 8710
    """The port of the board's pages."""
    signin: SignIn = SignIn.NONE
    """How people sign in at the board: not at all, with a password, at a provider, or by choosing (for a demo)."""
    board_url: str = ""
    """The address of the board for browsers, like https://touchline.example.org; empty on one machine."""
    oidc: Path | None = Field(default=None, validate_default=True)
    """The provider of sign-ins and what its groups may do, a TOML file."""
    identity_url: str = ""
    """The database of accounts and sessions; empty for an SQLite file in `state`."""
    identity_password_file: Path | None = None
    """The file that has the password for it, if it is PostgreSQL's."""
    readmodel_url: str = ""
    """The database of what the board shows, which boards share if it is PostgreSQL's; empty for a file in `state`."""
    readmodel_password_file: Path | None = None
    """The file that has the password for it, if it is PostgreSQL's."""
    host: str = LOOPBACK
    """Where the board's pages are served. Without a sign-in that is on this machine only."""
    metrics_host: str = LOOPBACK
    """Where the board's metrics and health are served for other machines, with TOUCHLINE_METRICS_PORT."""
    metrics_port: int = 0
    """A port of their own for the board's metrics and health; 0: only this machine reads them, at the pages'."""
    log_level: str = "INFO"
    """What is logged: DEBUG, INFO, WARNING or ERROR. With DEBUG a fault of ours shows its traceback."""
    log_levels: str = ""
    """The levels of parts that are to differ, like touchline.monitor=WARNING,kafka=ERROR."""
    log_key_file: Path | None = None
    """The file with the secret by which logs name events, one for all parts; without it `state` has one."""

    @field_validator("board_url")
    @classmethod
    def _address_for_browsers(cls, url: str) -> str:
        if url and not re.fullmatch(r"https?://([a-z0-9._-]+|\[[0-9a-f:.]+\])(:[0-9]{1,5})?/?", url, re.ASCII):
            raise ValueError("should be the board's address without a path, like https://touchline.example.org")
        scheme, _, rest = url.rstrip("/").partition("://")
        if scheme == "http" and re.sub(r":[0-9]+$", "", rest).strip("[]") not in ON_THIS_MACHINE:
            raise ValueError("should begin with https:// (browsers keep no sign-in over plain http)")
        return url.rstrip("/")

    @field_validator("oidc")
    @classmethod
    def _provider(cls, file: Path | None, info: ValidationInfo) -> Path | None:
        if file is None and info.data.get("signin") is SignIn.OIDC:
            raise ValueError("should name the TOML file of the provider, since TOUCHLINE_SIGNIN is oidc")
        return file

    @field_validator("host")
    @classmethod
    def _who_may_reach_it(cls, host: str, info: ValidationInfo) -> str:
        if host in ON_THIS_MACHINE:
            return host
        signin = info.data.get("signin", SignIn.NONE)
        if signin in {SignIn.NONE, SignIn.DEMO}:
            raise ValueError(
                f"with the sign-in {signin!s} everybody who reaches the board sees everything, so it is served on "
                f"{LOOPBACK} only; leave TOUCHLINE_HOST out, or set TOUCHLINE_SIGNIN to local or oidc"
            )
        if not info.data.get("board_url"):
            raise ValueError("needs TOUCHLINE_BOARD_URL too, the https address under which browsers reach the board")
        return host

    @field_validator("log_levels")
    @classmethod
    def _levels(cls, levels: str) -> str:
        if levels and not re.fullmatch(rf"{_LEVEL}(,{_LEVEL})*", levels, re.ASCII):
            raise ValueError("should be like touchline.monitor=WARNING,kafka=ERROR")
        return levels

    @property
    def levels(self) -> dict[str, str]:
        """By part the level of its log lines, where one is set."""
        return dict(each.split("=") for each in self.log_levels.split(",") if each)

    def host_of(self, port: int) -> str:
        """Where the part with a port is asked from this machine."""
        host = self.host if port == self.board_port else self.worker_host
        return LOOPBACK if host in {"0.0.0.0", "::"} else host  # noqa: S104 - everywhere is here too

    @property
    def identity_address(self) -> str:
        """The database of accounts and sessions."""
        file = self.state.absolute() / "identity" / f"{self.topics.app_id}.db"
        return self.identity_url or f"sqlite:///{file}"

    @property
    def readmodel_address(self) -> str:
        """The database of what the board shows."""
        return self.readmodel_url or f"sqlite:///{self.state.absolute() / 'board' / f'{self.topics.app_id}.db'}"

    @cached_property
    def topics(self) -> Topics:
        """The service's topics."""
        return Topics(self.prefix, self.partitions)
