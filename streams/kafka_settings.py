"""The settings of Kafka: where it is, how connections are protected, and as whom. Half a configuration is refused."""

import re
from pathlib import Path

from pydantic import ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from streams.connection import Connection, Sasl, Security

LOOPBACK = "127.0.0.1"
_ADDRESS = r"([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\]):[0-9]{1,5}"


class KafkaSettings(BaseSettings):
    """How Kafka is reached."""

    model_config = SettingsConfigDict(
        env_prefix="TOUCHLINE_", frozen=True, env_ignore_empty=True, use_attribute_docstrings=True
    )

    broker: str = ""
    """An existing cluster, host:port, or several with commas between; empty for the local broker."""
    kafka_port: int = 19092
    """The local broker's port; its controller has the next."""
    kafka_security: Security = Security.PLAINTEXT
    """How connections to Kafka are protected: plaintext, ssl (TLS), sasl_plaintext (an account) or sasl_ssl (both)."""
    kafka_sasl: Sasl = Sasl.SCRAM_SHA_512
    """How the account proves itself: SCRAM-SHA-512, SCRAM-SHA-256 or PLAIN."""
    kafka_user: str = ""
    """The account at Kafka."""
    kafka_password_file: Path | None = None
    """The file with the account's password."""
    kafka_ca: Path | None = None
    """The certificate, in PEM, of who signed the broker's; without it those that this machine trusts."""
    kafka_certificate: Path | None = None
    """The client's own certificate, in PEM, where the broker asks for one."""
    kafka_key: Path | None = None
    """The file with the certificate's private key, in PEM without a passphrase."""

    @field_validator("broker")
    @classmethod
    def _addresses(cls, broker: str) -> str:
        if broker and not re.fullmatch(rf"{_ADDRESS}(,{_ADDRESS})*", broker, re.ASCII):
            raise ValueError("should be host:port, or several with commas between, like 127.0.0.1:9092")
        return broker

    @field_validator("kafka_sasl")
    @classmethod
    def _needs_an_account(cls, sasl: Sasl, info: ValidationInfo) -> Sasl:
        if sasl is not Sasl.SCRAM_SHA_512 and not _security(info).accounts:
            raise ValueError(_only_with("an account", "sasl_ssl (or sasl_plaintext)", _security(info)))
        return sasl

    @field_validator("kafka_user", "kafka_password_file")
    @classmethod
    def _whole_account(cls, value: str | Path | None, info: ValidationInfo) -> str | Path | None:
        accounts = _security(info).accounts
        if value and not accounts:
            raise ValueError(_only_with("an account", "sasl_ssl (or sasl_plaintext)", _security(info)))
        if accounts and not value:
            what = "name the account" if info.field_name == "kafka_user" else "name the file with the password"
            raise ValueError(f"should {what}, since TOUCHLINE_KAFKA_SECURITY is {_security(info)}")
        return value

    @field_validator("kafka_ca", "kafka_certificate")
    @classmethod
    def _needs_tls(cls, file: Path | None, info: ValidationInfo) -> Path | None:
        if file and not _security(info).tls:
            raise ValueError(_only_with("TLS", "sasl_ssl or ssl", _security(info)))
        return file

    @field_validator("kafka_key")
    @classmethod
    def _pair(cls, key: Path | None, info: ValidationInfo) -> Path | None:
        certificate = info.data.get("kafka_certificate")
        if certificate and not key:
            raise ValueError("should name the private key of the certificate in TOUCHLINE_KAFKA_CERTIFICATE")
        if key and not certificate:
            raise ValueError("belongs to a certificate: set TOUCHLINE_KAFKA_CERTIFICATE too, or leave this out")
        return key

    @property
    def address(self) -> str:
        """Where Kafka is reached."""
        return self.broker or f"{LOOPBACK}:{self.kafka_port}"

    @property
    def kafka(self) -> Connection:
        """What every client of Kafka is made with."""
        return Connection(
            self.address,
            self.kafka_security,
            self.kafka_sasl,
            self.kafka_user,
            self.kafka_password_file,
            self.kafka_ca,
            self.kafka_certificate,
            self.kafka_key,
        )


def _security(info: ValidationInfo) -> Security:
    """The setting before; where that is wrong itself it is reported first."""
    security: Security = info.data.get("kafka_security", Security.PLAINTEXT)
    return security


def _only_with(what: str, needed: str, security: Security) -> str:
    return (
        f"is for connections with {what}, and TOUCHLINE_KAFKA_SECURITY is {security}; "
        f"set that to {needed}, or leave this out"
    )
