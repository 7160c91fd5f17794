"""The settings of the pepper: the one of today, and those before it."""

from typing import Annotated

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode

from app.addresses import joined_peppers


class PepperSettings(BaseSettings):
    """Those of `Settings` that key the HMAC of addresses."""

    address_pepper: SecretStr = Field(
        description="Keys the HMAC of suppressed addresses; docs/settings.md says how to change it"
    )
    former_peppers: Annotated[list[SecretStr], NoDecode] = Field(
        default=[],
        description="The peppers before that one, newest first, divided by commas; kept for good",
    )

    @field_validator("former_peppers", mode="before")
    @classmethod
    def _split_peppers(cls, value: object) -> object:
        if isinstance(value, str):
            return [part.strip() for part in value.split(",") if part.strip()]
        return value

    @property
    def pepper(self) -> str:
        """Return what `address_hmac` takes: all of them, oldest first."""
        oldest_first = [*reversed(self.former_peppers), self.address_pepper]
        return joined_peppers(one.get_secret_value() for one in oldest_first)
