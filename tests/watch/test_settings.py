"""Who is told: never by the server of the readers' mail, which may be what has failed."""

import pytest
from pydantic import SecretStr, ValidationError

from app.settings import Settings

_MAIL = {"watch_mail_to": "anna@example.com", "watch_mail_from": "watch@example.com"}
_SMTP = "smtps://user:password@mail.example.com"


def _settings(settings: Settings, **given: object) -> Settings:
    return Settings.model_validate(settings.model_dump() | given)


def test_mail_of_notices_takes_no_server_of_the_readers(settings: Settings) -> None:
    ways = {**_MAIL, "watch_smtp_url": SecretStr(_SMTP), "smtp_url": SecretStr(_SMTP)}
    with pytest.raises(ValidationError, match="the server of smtp_url"):
        _settings(settings, transport="smtp", **ways)
    assert _settings(settings, transport="ses", **ways).watch_mail_to == ["anna@example.com"]


@pytest.mark.parametrize("name", ["watch_webhook", "watch_ping"])
@pytest.mark.parametrize(
    "address", ["ftp://a.example", "https://", "https://a.example:x", "https://é"]
)
def test_address_that_cannot_be_asked_is_refused(
    settings: Settings, name: str, address: str
) -> None:
    with pytest.raises(ValidationError, match="must be an address"):
        _settings(settings, **{name: SecretStr(address)})
