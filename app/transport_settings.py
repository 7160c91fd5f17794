"""The settings of how mail leaves: by SES or by a server that speaks SMTP, and how fast."""

from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings


class TransportSettings(BaseSettings):
    """Those of `Settings` that the transports are made of."""

    transport: Literal["ses", "smtp"] = Field(default="ses", description="How mail leaves")
    aws_region: str = Field(
        default="eu-west-1",
        pattern=r"^[a-z]{2}(-[a-z]+)+-\d+$",
        description="The region of the SES account, as eu-west-1",
    )
    ses_configuration_set: str = Field(
        default="",
        pattern=r"^[A-Za-z0-9_-]{0,64}$",
        description="The SES configuration set that publishes events, by its name",
    )
    max_rate: float = Field(
        default=0.0,
        ge=0,
        allow_inf_nan=False,
        description="Recipients per second at most; 0 leaves it to the account",
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
