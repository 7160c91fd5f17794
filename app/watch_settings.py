"""The settings of who is told that something is wrong: a webhook, mail of its own, a ping."""

from typing import Annotated, Final, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode

from app.addresses import NoAddress, parse_address
from app.setting_sources import variable_of
from app.web_addresses import is_web_address
from app.weekdays import read_time_and_days

_OF_MAIL: Final = ("watch_mail_to", "watch_mail_from", "watch_smtp_url")
_ALL_OF_MAIL: Final = " and ".join(variable_of(name) for name in _OF_MAIL)


class WatchSettings(BaseSettings):
    """Those of `Settings` that say who hears of it when something is wrong; by default nobody."""

    watch_webhook: SecretStr = Field(
        default=SecretStr(""),
        description="Where notices are posted as JSON, as a chat's incoming webhook; empty: not",
    )
    watch_mail_to: Annotated[list[str], NoDecode] = Field(
        default=[], description="Who gets notices by mail, divided by commas; empty: nobody"
    )
    watch_mail_from: str = Field(default="", description="The address that these mails come from")
    watch_smtp_url: SecretStr = Field(
        default=SecretStr(""),
        description="The server for these mails alone, as smtp_url; another than the readers'",
    )
    watch_launched_by: str = Field(
        default="",
        description="When an issue must be launched, as 07:15 or 07:15 mon,tue; empty: whenever",
    )
    watch_ping: SecretStr = Field(
        default=SecretStr(""),
        description="An address asked each minute while nothing critical is wrong; empty: none",
    )

    @field_validator("watch_webhook", "watch_ping")
    @classmethod
    def _web_address(cls, value: SecretStr) -> SecretStr:
        address = value.get_secret_value()
        try:
            is_one = is_web_address(address) and urlsplit(address).port != 0
        except ValueError:
            is_one = False
        if address and not (is_one and address.isascii()):
            raise ValueError("must be an address that begins with https:// or http://")
        return value

    @field_validator("watch_launched_by")
    @classmethod
    def _time_and_days(cls, value: str) -> str:
        try:
            if value:
                read_time_and_days(value)
        except ValueError:
            raise ValueError("must be a time with or without days, as 07:15 mon,tue") from None
        return value

    @field_validator("watch_mail_to", mode="before")
    @classmethod
    def _split_addresses(cls, value: object) -> object:
        if isinstance(value, str):
            return [part.strip() for part in value.split(",") if part.strip()]
        return value

    @field_validator("watch_mail_to")
    @classmethod
    def _only_addresses(cls, value: list[str]) -> list[str]:
        return [_address(one) for one in value]

    @field_validator("watch_mail_from")
    @classmethod
    def _one_address(cls, value: str) -> str:
        return value and _address(value)

    @model_validator(mode="after")
    def _whole_way_of_mail(self) -> Self:
        """Refuse a way that is half set."""
        smtp = self.watch_smtp_url.get_secret_value()
        given = dict(zip(_OF_MAIL, (self.watch_mail_to, self.watch_mail_from, smtp), strict=True))
        if any(given.values()):
            for name, value in given.items():
                if not value:
                    raise ValueError(f"{name}: is missing; notices by mail need {_ALL_OF_MAIL}")
        return self


def _address(text: str) -> str:
    """Return an address as mail is written to it; raise ValueError for what is none."""
    try:
        return parse_address(text, allow_reserved=True).text
    except NoAddress:
        raise ValueError("must be addresses such as anna@example.com, without names") from None
