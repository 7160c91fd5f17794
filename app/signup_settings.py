"""The settings of what a sign-up may cost others, and of how long it is remembered."""

from pydantic import Field
from pydantic_settings import BaseSettings

from app.setting_rules import MAX_DAYS


class SignupSettings(BaseSettings):
    """Those of `Settings` that are about sign-ups; 0 is no limit."""

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
    pending_days: int = Field(
        default=30,
        ge=0,
        le=MAX_DAYS,
        description="Days after which who never confirmed is erased; 0: never",
    )
    left_days: int = Field(
        default=0,
        ge=0,
        le=MAX_DAYS,
        description="Days after which who left is erased; 0: never",
    )
    letter_days: int = Field(
        default=30,
        ge=7,
        le=MAX_DAYS,
        description="Days after which is forgotten where a letter went",
    )
