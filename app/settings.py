"""The settings: one frozen class, read from DEVOURED_* variables, refused when they are wrong."""

import os
from dataclasses import dataclass
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
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict

from app.errors import ConfigError
from app.event_settings import EventSettings
from app.image_settings import ImageSettings
from app.metrics_settings import MetricsSettings
from app.pepper_settings import PepperSettings
from app.provider_settings import ProviderSettings
from app.server_addresses import SCHEMES, refuse_wrong_server, region_of_queue
from app.setting_faults import NOTHING_GIVEN, fault_of, variable_in
from app.setting_rules import MAX_DAYS, refuse_file, refuse_wrong_networks
from app.setting_sources import Given, gather, split_list
from app.signup_settings import SignupSettings
from app.sunset_settings import SunsetSettings
from app.trace_settings import TraceSettings, trace_faults
from app.transport_settings import TransportSettings
from app.watch_settings import WatchSettings
from app.web_addresses import WEB_SCHEMES, origin_of, plain_base
from app.webhook_settings import WebhookSettings

_PLACEHOLDERS = ("changeme", "change-me", "secret", "placeholder", "example", "xxxx")
_MIN_SECRET = 32


class Settings(
    PepperSettings,
    ProviderSettings,
    TransportSettings,
    EventSettings,
    MetricsSettings,
    TraceSettings,
    WatchSettings,
    ImageSettings,
    SignupSettings,
    SunsetSettings,
    WebhookSettings,
):
    """Everything that differs between one deployment and another.

    AWS credentials and endpoints are boto3's own (`AWS_ACCESS_KEY_ID`, `AWS_ENDPOINT_URL_SESV2`…).
    The class holds what it is given; `load_settings` reads.
    """

    model_config = SettingsConfigDict(frozen=True, extra="ignore")

    database_url: str = Field(
        min_length=1,
        repr=False,
        description="PostgreSQL, as postgresql://user:password@host/name",
    )
    redis_url: str = Field(
        min_length=1, repr=False, description="Valkey or Redis, as redis://host:6379/0"
    )
    secret_keys: Annotated[list[SecretStr], NoDecode] = Field(
        description="Signing keys, newest first, divided by commas; old ones still verify"
    )
    base_url: str = Field(description="Where readers reach the pages, without a final slash")
    environment: Literal["production", "local"] = Field(
        default="production", description="local allows http and prints logs for people"
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
    health_folder: str = Field(
        default="",
        description="A folder in which worker, beat and listener renew a file while they work",
    )
    allowed_origins: Annotated[list[str], NoDecode] = Field(
        default=[],
        description="Sites whose scripts may sign readers up, as https://blog.example, by commas",
    )
    trusted_proxies: Annotated[list[str], NoDecode] = Field(
        default=[],
        description="Addresses or networks of proxies whose X-Forwarded-For is true, by commas",
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
        default=400,
        ge=35,
        le=MAX_DAYS,
        description="Days after which an issue's ledger is only kept as counts",
    )
    click_days: int = Field(
        default=90,
        ge=1,
        le=MAX_DAYS,
        description="Days after which who clicked what is forgotten; counts stay",
    )
    outbox_days: int = Field(
        default=30,
        ge=1,
        le=MAX_DAYS,
        description="Days after which what the outbox tells is forgotten",
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

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003  # as the base class hands them over
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Take nothing but what is handed over: `gather` knows where each value came from."""
        return (init_settings,)

    @property
    def sends_probes(self) -> bool:
        """Return whether a mail to SES's simulator may measure the stream of events."""
        has_events = bool(self.events_queue_url or self.sns_topics) and self.ses_configuration_set
        if self.doubt_probe == "auto":
            return self.transport == "ses" and bool(has_events)
        return self.doubt_probe == "on"

    _split = field_validator(
        "secret_keys", "sns_topics", "allowed_origins", "trusted_proxies", mode="before"
    )(split_list)

    @field_validator("base_url")
    @classmethod
    def _plain_base_url(cls, value: str) -> str:
        return plain_base(value)

    @field_validator(*SCHEMES)
    @classmethod
    def _known_scheme(cls, value: str | SecretStr, info: ValidationInfo) -> str | SecretStr:
        """Refuse addresses of other kinds of servers, without showing a password in them."""
        address = value.get_secret_value() if isinstance(value, SecretStr) else value
        if address:
            refuse_wrong_server(str(info.field_name), address)
        return value

    @field_validator("templates")
    @classmethod
    def _folder_that_is_there(cls, value: str) -> str:
        if value and not Path(value).is_dir():
            raise ValueError("there is no folder at this path")
        return value

    @field_validator("state_folder", "health_folder")
    @classmethod
    def _whole_path(cls, value: str) -> str:
        if value and not Path(value).is_absolute():
            raise ValueError("must be a whole path, from / on, so that each process finds it")
        return refuse_file(value)

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
        refuse_wrong_networks(value, "must be addresses or networks, as 10.0.0.0/8")
        return value

    @model_validator(mode="after")
    def _mail_of_notices_goes_another_way(self) -> Self:
        if self.transport == "smtp" and self.watch_smtp_url == self.smtp_url:
            raise ValueError("watch_smtp_url: is the server of smtp_url, which may be what fails")
        return self

    @model_validator(mode="after")
    def _queue_of_the_same_region(self) -> Self:
        """Refuse a queue elsewhere: the listener asks SQS in the region of `aws_region`."""
        region = region_of_queue(self.events_queue_url)
        if region and region != self.aws_region:
            raise ValueError(
                f"events_queue_url: is a queue in {region}, and DEVOURED_AWS_REGION is"
                f" {self.aws_region}; the queue has to be in the region of the account"
            )
        return self

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


@dataclass(frozen=True)
class Read:
    """What was read: by whom each setting was given, and the settings or what is wrong.

    `settings` is None as long as there are `faults`, a sentence for each that names the setting.
    """

    given: dict[str, Given]
    settings: Settings | None
    faults: list[str]


def descriptions() -> dict[str, str]:
    """Return what each setting is, in one line, by its name and in the order of the class."""
    return {name: one.description or "" for name, one in Settings.model_fields.items()}


def read_settings() -> Read:
    """Return what is given for each setting and all that is wrong with it, never a value."""
    gathered = gather(Settings.model_fields)
    if not gathered.values and not gathered.faults:
        return Read({}, None, [NOTHING_GIVEN])
    values = {name: one.value for name, one in gathered.values.items()}
    told = {variable_in(fault) for fault in gathered.faults}
    try:
        settings = Settings.model_validate(values)
    except ValidationError as error:
        wrong = [fault_of(dict(one), descriptions()) for one in error.errors()]
        further = [one for one in wrong if one.partition(":")[0] not in told]
        return Read(gathered.values, None, [*gathered.faults, *further])
    faults = [*gathered.faults, *(trace_faults(os.environ) if settings.traces else [])]
    return Read(gathered.values, None if faults else settings, faults)


def load_settings() -> Settings:
    """Return the settings from where they are given (`setting_sources`).

    Raises:
        ConfigError: naming each setting at fault and each that does not exist, never a value.
    """
    read = read_settings()
    if read.settings is None:
        raise ConfigError("; ".join(read.faults))
    return read.settings
