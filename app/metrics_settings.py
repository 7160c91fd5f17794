"""The settings of who watches: where Prometheus finds metrics, and which Sentry hears of errors."""

import re
from ipaddress import ip_address
from typing import Final, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings

_MIN_TOKEN: Final = 32
_DSN: Final = re.compile(r"(https?://[^\s/@:]+(:[^\s/@:]+)?@[\w.-]+(:\d+)?/([\w.-]+/)*\d+)?")
_LOOPBACK: Final = "127.0.0.1"


def place_of(listen: str) -> tuple[str, int]:
    """Return the address and the port of a text such as `127.0.0.1:9464` or `[::1]:9464`.

    Raises:
        ValueError: it is none.
    """
    parts = urlsplit(f"//{listen}")
    host = _LOOPBACK if parts.hostname == "localhost" else str(ip_address(parts.hostname or ""))
    if parts.port is None or parts.netloc != listen or "@" in listen:
        raise ValueError(listen)
    return host, parts.port


class MetricsSettings(BaseSettings):
    """Those of `Settings` that let others watch: `/metrics`, and a Sentry; by default nobody."""

    metrics_listen: str = Field(
        default="",
        description="Where serve answers /metrics beside its port, as 127.0.0.1:9464; empty: not",
    )
    metrics_token: SecretStr = Field(
        default=SecretStr(""),
        description="What Prometheus proves itself by; needed where others reach that address",
    )

    sentry_dsn: SecretStr = Field(
        default=SecretStr(""),
        description="The Sentry that hears of errors, as https://key@sentry.example/1; empty: none",
    )

    @field_validator("sentry_dsn")
    @classmethod
    def _project_of_a_sentry(cls, value: SecretStr) -> SecretStr:
        if not _DSN.fullmatch(value.get_secret_value()):
            raise ValueError("must be the DSN of a project, as https://key@sentry.example/1")
        return value

    @field_validator("metrics_listen")
    @classmethod
    def _address_and_port(cls, value: str) -> str:
        if not value:
            return value
        try:
            _, port = place_of(value)
        except ValueError:
            port = 0
        if not port:
            raise ValueError("must be an address and a port, as 127.0.0.1:9464")
        return value

    @model_validator(mode="after")
    def _closed_to_others(self) -> Self:
        """Refuse to tell everybody who reaches the address how many readers there are."""
        token = self.metrics_token.get_secret_value()
        if token and len(token) < _MIN_TOKEN:
            raise ValueError(f"metrics_token: it must have at least {_MIN_TOKEN} characters")
        if self.metrics_listen and not token:
            host, _ = place_of(self.metrics_listen)
            if not ip_address(host).is_loopback:
                raise ValueError(
                    "metrics_token: is missing, and other machines reach DEVOURED_METRICS_LISTEN"
                )
        return self
