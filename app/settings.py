"""The settings: one frozen class, read from DEVOURED_* variables, refused when they are wrong."""

import os
from collections.abc import Iterable
from difflib import get_close_matches
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import (
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_settings import NoDecode, SettingsConfigDict

from app.errors import ConfigError
from app.event_settings import EventSettings
from app.image_settings import ImageSettings
from app.provider_settings import ProviderSettings
from app.web_addresses import WEB_SCHEMES, origin_of, plain_base

_PLACEHOLDERS = ("changeme", "change-me", "secret", "placeholder", "example", "xxxx")
_MIN_SECRET = 32
_PREFIX = "DEVOURED_"
_CLIENT_KEY = f"{_PREFIX}KEY"  # where the API's own examples have people keep their key
_SCHEMES = {
    "database_url": ("postgresql", "postgresql+psycopg"),
    "redis_url": ("redis", "rediss", "unix"),
    "smtp_url": ("smtp", "smtp+starttls", "smtps"),
    "events_queue_url": ("https", "http"),
}


class Settings(ProviderSettings, EventSettings, ImageSettings):
    """Everything that differs between one deployment and another.

    AWS credentials and endpoints are boto3's own (`AWS_ACCESS_KEY_ID`, `AWS_ENDPOINT_URL_SESV2`…).
    """

    model_config = SettingsConfigDict(env_prefix="DEVOURED_", frozen=True, extra="ignore")

    database_url: str = Field(
        min_length=1, description="PostgreSQL, as postgresql://user:password@host/name"
    )
    redis_url: str = Field(min_length=1, description="Valkey or Redis, as redis://host:6379/0")
    secret_keys: Annotated[list[SecretStr], NoDecode] = Field(
        description="Signing keys, newest first, divided by commas; old ones still verify"
    )
    address_pepper: SecretStr = Field(
        description="Keys the HMAC of suppressed addresses; never change it"
    )
    base_url: str = Field(description="Where readers reach the pages, without a final slash")
    environment: Literal["production", "local"] = Field(
        default="production", description="local allows http and prints logs for people"
    )
    transport: Literal["ses", "smtp"] = Field(default="ses", description="How mail leaves")
    aws_region: str = Field(default="eu-west-1", description="The region of the SES account")
    ses_configuration_set: str = Field(
        default="", description="The SES configuration set that publishes events"
    )
    max_rate: float = Field(
        default=0.0, ge=0, description="Recipients per second at most; 0 leaves it to the account"
    )
    send_mode: Literal["auto", "bulk", "single"] = Field(
        default="auto", description="SES calls: 50 recipients, one, or bulk until SES throttles it"
    )
    smtp_url: SecretStr = Field(
        default=SecretStr("smtp://localhost:25"),
        description="smtp://, smtp+starttls:// or smtps://, with user and password",
    )
    smtp_connections: int = Field(
        default=4, ge=1, le=20, description="Connections of each worker process to that server"
    )
    check_links: bool = Field(
        default=True, description="Whether the links of stories are looked at before sending"
    )
    templates: str = Field(
        default="", description="A folder of your own section templates; empty for none"
    )
    state_folder: str = Field(
        default="",
        description="A folder for the few small files that must outlive the database; empty: none",
    )
    state_bucket: str = Field(
        default="",
        pattern=r"^(s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[A-Za-z0-9/_.-]*)?)?$",
        description="An S3 bucket that keeps the same, as s3://bucket/folder; empty: none",
    )
    allowed_origins: Annotated[list[str], NoDecode] = Field(
        default=[],
        description="Sites whose scripts may sign readers up, as https://blog.example, by commas",
    )
    trusted_proxies: Annotated[list[str], NoDecode] = Field(
        default=[],
        description="Addresses or networks of proxies whose X-Forwarded-For is true, by commas",
    )
    signups_per_address: int = Field(
        default=10,
        ge=0,
        description="Sign-ups an hour for one mailbox, however it is spelt; 0 does not limit",
    )
    signups_per_network: int = Field(
        default=60, ge=0, description="Sign-ups an hour from one /24 or /64; 0 does not limit"
    )
    signups_per_site: int = Field(
        default=120, ge=0, description="Sign-ups an hour from one IPv6 /48; 0 does not limit"
    )
    signups_per_domain: int = Field(
        default=300, ge=0, description="Sign-ups an hour to one mail domain; 0 does not limit"
    )
    refuse_disposable: bool = Field(
        default=True, description="Refuse addresses of domains that hand out mailboxes for minutes"
    )
    refuse_roles: bool = Field(
        default=False, description="Refuse addresses such as info@ and sales@, which several read"
    )
    proof_rounds: int = Field(
        default=0,
        ge=0,
        le=100_000,
        description="PBKDF2 rounds of the proof of work that a sign-up needs; 0 asks for none",
    )
    session_idle_hours: int = Field(
        default=72, ge=1, description="Hours without a request after which a person is signed out"
    )
    session_days: int = Field(default=30, ge=1, le=400, description="Days until one signs in anew")
    approve_needs_plan: bool = Field(default=False, description="Approvals must name a plan")
    four_eyes: bool = Field(default=False, description="Who changed it last may not approve it")
    audience_drift_percent: int = Field(
        default=30, ge=0, description="More pauses a launch; 0: any"
    )
    ledger_days: int = Field(
        default=400, ge=35, description="Days after which an issue's ledger is only kept as counts"
    )
    click_days: int = Field(
        default=90, ge=1, description="Days after which who clicked what is forgotten; counts stay"
    )
    outbox_days: int = Field(
        default=30, ge=1, description="Days after which what the outbox tells is forgotten"
    )
    tick_seconds: float = Field(
        default=5.0, ge=0.2, le=60, description="How often beat looks for work that is due"
    )
    time_scale: float = Field(
        default=1.0,
        gt=0,
        le=1,
        description="For drills only: shortens the sending protocol's waits",
    )
    chromium: str = Field(
        default="", description="Chromium for pictures of previews; empty looks on the PATH"
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        default="INFO", description="What is logged"
    )

    @property
    def sends_probes(self) -> bool:
        """Return whether a mail to SES's simulator may measure the stream of events."""
        has_events = bool(self.events_queue_url or self.sns_topics) and self.ses_configuration_set
        if self.doubt_probe == "auto":
            return self.transport == "ses" and bool(has_events)
        return self.doubt_probe == "on"

    @field_validator(
        "secret_keys", "sns_topics", "allowed_origins", "trusted_proxies", mode="before"
    )
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            return [part.strip() for part in value.split(",") if part.strip()]
        return value

    @field_validator("base_url")
    @classmethod
    def _plain_base_url(cls, value: str) -> str:
        return plain_base(value)

    @field_validator(*_SCHEMES)
    @classmethod
    def _known_scheme(cls, value: str | SecretStr, info: ValidationInfo) -> str | SecretStr:
        """Refuse addresses of other kinds of servers, without showing a password in them."""
        address = value.get_secret_value() if isinstance(value, SecretStr) else value
        known = _SCHEMES[str(info.field_name)]
        if address and address.partition("://")[0] not in known:
            raise ValueError(f"must begin with {' or '.join(f'{one}://' for one in known)}")
        return value

    @field_validator("templates")
    @classmethod
    def _folder_that_is_there(cls, value: str) -> str:
        if value and not Path(value).is_dir():
            raise ValueError("there is no folder at this path")
        return value

    @field_validator("state_folder")
    @classmethod
    def _whole_path(cls, value: str) -> str:
        if value and not Path(value).is_absolute():
            raise ValueError("must be a whole path, from / on, so that each process finds it")
        return value

    @field_validator("allowed_origins")
    @classmethod
    def _only_origins(cls, value: list[str]) -> list[str]:
        for origin in value:
            parts = urlsplit(origin)
            if parts.scheme not in WEB_SCHEMES or origin != f"{parts.scheme}://{parts.netloc}":
                raise ValueError("must be origins, as https://blog.example, without a path")
        return [origin_of(origin) for origin in value]

    @field_validator("trusted_proxies")
    @classmethod
    def _only_networks(cls, value: list[str]) -> list[str]:
        for network in value:
            ip_network(network)
        return value

    @model_validator(mode="after")
    def _fit_for_production(self) -> Self:
        if not self.secret_keys:
            raise ValueError("secret_keys: at least one is needed")
        if self.environment == "production":
            for place, secret in enumerate(self.secret_keys, start=1):
                _refuse_weak(f"secret_keys: key {place}", secret)
            _refuse_weak("address_pepper: it", self.address_pepper)
            if not self.base_url.startswith("https://"):
                raise ValueError("base_url: must be https in production (RFC 8058 needs it)")
            if self.time_scale != 1:
                raise ValueError("time_scale: must be 1 in production, it is for drills")
        return self


def _refuse_weak(name: str, secret: SecretStr) -> None:
    """Raise ValueError for a secret that is short or was meant to be replaced."""
    if len(secret.get_secret_value()) < _MIN_SECRET:
        raise ValueError(f"{name} must have at least {_MIN_SECRET} characters")
    if any(word in secret.get_secret_value().lower() for word in _PLACEHOLDERS):
        raise ValueError(f"{name} is still a placeholder")


def _unknown_settings() -> list[str]:
    """Return a sentence for each variable of ours that is no setting: it would do nothing."""
    known = {f"{_PREFIX}{name.upper()}" for name in Settings.model_fields} | {_CLIENT_KEY}
    wrong = sorted(name for name in os.environ if name.startswith(_PREFIX) and name not in known)
    return [f"{name}: is no setting{_did_you_mean(name, known)}" for name in wrong]


def _did_you_mean(name: str, known: Iterable[str]) -> str:
    close = get_close_matches(name, known, n=1)
    return f"; did you mean {close[0]}?" if close else ""


def load_settings() -> Settings:
    """Return the settings from the environment.

    Raises:
        ConfigError: naming each setting at fault and each that does not exist, never a value.
    """
    unknown = _unknown_settings()
    try:
        settings = Settings()
    except ValidationError as error:
        unknown += [_say(problem) for problem in error.errors()]
        raise ConfigError("; ".join(unknown)) from None
    if unknown:
        raise ConfigError("; ".join(unknown))
    return settings


def _say(problem: object) -> str:
    """Return a fault as `DEVOURED_BASE_URL: Field required`, without the value."""
    assert isinstance(problem, dict)  # noqa: S101  # pydantic's ErrorDetails is a TypedDict
    message = str(problem["msg"]).removeprefix("Value error, ")
    name = "_".join(str(part) for part in problem["loc"][:1])
    if not name:  # a rule about several names the one at fault itself
        name, _, message = message.partition(": ")
    return f"{_PREFIX}{name.upper()}: {message}"
