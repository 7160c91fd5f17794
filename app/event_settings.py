"""The settings of what others tell us: events of our mails, mails to us, and Google's figures."""

import json
import re
from typing import Annotated, Final, Literal, Self

from email_validator import EmailNotValidError, validate_email
from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode

MAX_LOCAL: Final = 19
"""How long the part before the @ may be: a + and a token of 44 characters follow it, and all of it
has at most 64. Source: RFC 5321 section 4.5.3.1.1."""

_TOPIC: Final = re.compile(r"arn:aws[a-z-]*:sns:[a-z0-9-]+:\d+:[A-Za-z0-9_-]{1,256}(\.fifo)?")


KEY_PARTS: Final = ("client_email", "private_key", "token_uri")
"""What the key of a service account of Google's has among others."""


class EventSettings(BaseSettings):
    """Those of `Settings` that say by which way SES tells us; all are empty where it does not."""

    events_queue_url: str = Field(
        default="",
        repr=False,
        description="The SQS queue that SES events arrive in; empty for none",
    )
    doubt_probe: Literal["auto", "on", "off"] = Field(
        default="auto",
        description="Whether a probe settles a lost call that stands alone; auto: with events",
    )
    sns_topics: Annotated[list[str], NoDecode] = Field(
        default=[], description="ARNs whose signed messages the webhook takes, divided by commas"
    )
    sns_allow_v1: bool = Field(
        default=False,
        description="Whether the webhook takes SHA-1 signatures of SNS (version 1) too",
    )
    inbound_address: str = Field(
        default="",
        description="Where a mail lets its reader leave, as leave@in.example.com; empty: nowhere",
    )

    postmaster_key: SecretStr = Field(
        default=SecretStr(""),
        description="The JSON key of a service account that sees your domain in Postmaster Tools",
    )
    postmaster_person: str = Field(
        default="", description="The person in whose place it sees it, by delegation; empty: itself"
    )

    @field_validator("postmaster_key")
    @classmethod
    def _key_of_a_service_account(cls, value: SecretStr) -> SecretStr:
        text = value.get_secret_value()
        if text:
            try:
                found = json.loads(text)
                is_one = all(found.get(name) for name in KEY_PARTS)
            except (ValueError, AttributeError):
                is_one = False
            if not is_one:
                raise ValueError("must be the JSON key that Google gives for a service account")
        return value

    @field_validator("sns_topics", mode="after")
    @classmethod
    def _only_topics(cls, value: list[str]) -> list[str]:
        if not all(_TOPIC.fullmatch(one) for one in value):
            raise ValueError("must be ARNs of topics, as arn:aws:sns:eu-west-1:123456789012:events")
        return value

    @field_validator("inbound_address")
    @classmethod
    def _address_with_room(cls, value: str) -> str:
        """Refuse an address that a leave token cannot be added to, or that has one already."""
        if not value:
            return value
        try:
            found = validate_email(
                value, check_deliverability=False, allow_smtputf8=False, test_environment=True
            )
        except EmailNotValidError:
            raise ValueError("must be a mail address, as leave@in.example.com") from None
        local, domain = found.local_part.casefold(), found.ascii_domain
        if "+" in local or len(local) > MAX_LOCAL:
            raise ValueError(f"must have at most {MAX_LOCAL} characters and no + before the @")
        return f"{local}@{domain}"

    @model_validator(mode="after")
    def _is_heard(self) -> Self:
        """Refuse an address that mails would name and nobody would listen at."""
        if self.inbound_address and not (self.events_queue_url or self.sns_topics):
            raise ValueError(
                "inbound_address: nobody listens there without DEVOURED_EVENTS_QUEUE_URL or"
                " DEVOURED_SNS_TOPICS"
            )
        return self
