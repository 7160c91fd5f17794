"""The settings of the sunset rule: who shows no sign is asked once whether they still read."""

from pydantic import Field
from pydantic_settings import BaseSettings


class SunsetSettings(BaseSettings):
    """Those of `Settings` that are about readers who show no sign; `docs/deliverability.md`."""

    sunset_months: int = Field(
        default=0,
        ge=0,
        le=60,
        description="Months without a sign after which a reader is asked, then paused; 0: never",
    )
    sunset_days: int = Field(
        default=30, ge=7, le=180, description="Days that who was asked so has to answer"
    )
    sunset_daily: int = Field(
        default=1_000, ge=24, le=24_000, description="Readers who are asked so in a day, at most"
    )
