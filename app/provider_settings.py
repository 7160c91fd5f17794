"""The settings of an OpenID Connect provider by which people sign in at the desk."""

from typing import Annotated, Final, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode

from app.web_addresses import WEB_SCHEMES

_ALL_OF_ONE: Final = "DEVOURED_OIDC_ISSUER, _CLIENT_ID and _CLIENT_SECRET"
_OWN_MACHINE: Final = frozenset({"localhost", "127.0.0.1", "::1"})


class ProviderSettings(BaseSettings):
    """Those of `Settings` that name a provider; all are empty where there is none."""

    oidc_issuer: str = Field(
        default="",
        description="The OpenID Connect provider that says who somebody is; empty: none",
    )
    oidc_client_id: str = Field(default="", description="What this desk is called at the provider")
    oidc_client_secret: SecretStr = Field(
        default=SecretStr(""), description="What this desk proves itself by to the provider"
    )
    oidc_new_role: Literal["", "viewer", "editor", "sender"] = Field(
        default="", description="The role of who first comes from the provider; empty: nobody new"
    )
    oidc_new_domains: Annotated[list[str], NoDecode] = Field(
        default=[], description="Mail domains whose people get that role, divided by commas"
    )

    @field_validator("oidc_issuer")
    @classmethod
    def _issuer_that_can_be_asked(cls, value: str) -> str:
        parts = urlsplit(value)
        is_safe = parts.scheme == "https" or parts.hostname in _OWN_MACHINE
        is_one = parts.scheme in WEB_SCHEMES and parts.hostname and not parts.query + parts.fragment
        if value and not (is_one and is_safe):
            raise ValueError("must be an https address without a query, as the provider writes it")
        return value

    @field_validator("oidc_new_domains", mode="before")
    @classmethod
    def _split_domains(cls, value: object) -> object:
        if isinstance(value, str):
            parts = (part.strip().lower().removeprefix("@") for part in value.split(","))
            return [part for part in parts if part]
        return value

    @model_validator(mode="after")
    def _whole_provider(self) -> Self:
        """Refuse a provider that is half set, and a role for people of whatever domain."""
        secret = self.oidc_client_secret.get_secret_value()
        parts = {
            "oidc_issuer": self.oidc_issuer,
            "oidc_client_id": self.oidc_client_id,
            "oidc_client_secret": secret,
        }
        if any(parts.values()) or self.oidc_new_role:
            for name, value in parts.items():
                if not value:
                    raise ValueError(f"{name}: is missing; a provider needs {_ALL_OF_ONE}")
        if bool(self.oidc_new_role) != bool(self.oidc_new_domains):
            name = "oidc_new_domains" if self.oidc_new_role else "oidc_new_role"
            raise ValueError(f"{name}: is missing; new people get a role by their domain")
        return self
