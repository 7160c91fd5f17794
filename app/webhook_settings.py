"""The settings of webhooks: where they may lead."""

from typing import Annotated

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, NoDecode

from app.setting_rules import refuse_wrong_networks
from app.setting_sources import split_list


class WebhookSettings(BaseSettings):
    """Those of `Settings` that say which networks beside the Internet webhooks may lead to."""

    webhook_networks: Annotated[list[str], NoDecode] = Field(
        default=[],
        description="Networks of yours that webhooks may lead to, as 10.1.2.0/24, by commas",
    )

    _split_networks = field_validator("webhook_networks", mode="before")(split_list)

    @field_validator("webhook_networks")
    @classmethod
    def _whole_networks(cls, value: list[str]) -> list[str]:
        refuse_wrong_networks(value, "must be networks, as 10.1.2.0/24 or fd00:1::/64")
        return value
