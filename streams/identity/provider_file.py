"""The provider of sign-ins, and what its groups are granted here: a TOML file for people, read and checked."""

import tomllib
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from streams.identity.addresses import is_loopback
from streams.identity.person import ALL_SITES, Grant, NotAPerson, Role


class ProviderFileError(ValueError):
    """The file cannot be used; the message says where and what to mend."""


class GroupGrant(BaseModel):
    """What a group of the provider is granted here."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    group: str = Field(min_length=1)
    role: Role
    sites: tuple[str, ...] | Literal["all"]
    agency: str | None = None
    worker_claim: str | None = None
    """For a key worker: the claim that has the worker id."""

    @model_validator(mode="after")
    def _belongs_together(self) -> "GroupGrant":
        if (self.worker_claim is not None) is not (self.role is Role.KEY_WORKER):
            raise ValueError("worker_claim belongs to the role key_worker, and to no other")
        try:
            self.grant("w" if self.worker_claim else None)
        except NotAPerson as error:
            raise ValueError(str(error)) from None
        return self

    def grant(self, worker: str | None = None) -> Grant:
        """The grant; a key worker's with the worker id. Raises NotAPerson."""
        sites = None if self.sites == ALL_SITES else self.sites
        return Grant.of(self.role, sites, worker if self.role is Role.KEY_WORKER else self.agency)


class ProviderSettings(BaseModel):
    """A provider as the file describes it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    issuer: str
    client_id: str = Field(min_length=1)
    client_secret_file: Path | None = None
    """The file that has the secret, from the TOML file's folder on; a public client has none."""
    scope: str = "openid profile"
    pseudonym: str = "sub"
    """The claim that is the pseudonym. It must never pass from one person to another."""
    name: str = "name"
    groups: str = "groups"
    """The claim that lists the groups; dots lead into objects, like `realm_access.roles`."""
    userinfo: bool = False
    """Whether the claims are asked for at the provider's userinfo endpoint, as well as read from the ID token."""
    grant: tuple[GroupGrant, ...] = Field(min_length=1)
    client_secret: str | None = None

    @field_validator("issuer")
    @classmethod
    def _over_https(cls, issuer: str) -> str:
        if not secure(issuer) or "?" in issuer or "#" in issuer:
            raise ValueError("should be an https address, exactly as the provider names itself")
        return issuer

    @field_validator("scope")
    @classmethod
    def _openid(cls, scope: str) -> str:
        if "openid" not in scope.split():
            raise ValueError("should contain openid")
        return scope


def secure(address: str) -> bool:
    """Whether what goes to an address can be read by nobody else: over https, or on this machine."""
    try:
        parts = urlsplit(address)
        return bool(parts.hostname) and (
            parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname or ""))
        )
    except ValueError:
        return False


def read_provider(path: Path) -> ProviderSettings:
    """The provider that a file describes, with its secret. Raises ProviderFileError or OSError."""
    try:
        document = tomllib.loads(path.read_text("utf-8"))
        if "client_secret" in document:
            raise ProviderFileError(
                f"{path}: client_secret: should be in a file of its own, as client_secret_file says"
            )
        settings = ProviderSettings.model_validate(document)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ProviderFileError(f"{path}: {error}") from None
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part + 1 if isinstance(part, int) else part) for part in first["loc"])
        raise ProviderFileError(f"{path}: {where}: {first['msg'].removeprefix('Value error, ')}") from None
    if settings.client_secret_file is None:
        return settings
    secret = (path.parent / settings.client_secret_file).read_text("utf-8").strip()
    return settings.model_copy(update={"client_secret": secret})
