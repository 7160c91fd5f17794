import subprocess
import sys
from typing import Any, Literal

import pytest
from pydantic import SecretStr, ValidationError

from app.settings import Settings
from app.transports.make import make_transport
from app.transports.ses import SesTransport, make_client
from app.transports.smtp import SmtpTransport


def _settings(transport: Literal["ses", "smtp"], smtp_url: str = "smtp://localhost") -> Settings:
    return Settings(
        database_url="postgresql://",
        redis_url="redis://localhost",
        secret_keys=[SecretStr("x")],
        address_pepper=SecretStr("x"),
        base_url="http://127.0.0.1:8000",
        environment="local",
        transport=transport,
        smtp_url=SecretStr(smtp_url),
    )


def test_transport_is_the_one_that_the_settings_name() -> None:
    ses, smtp = make_transport(_settings("ses")), make_transport(_settings("smtp"))
    assert isinstance(ses, SesTransport)
    assert isinstance(smtp, SmtpTransport)
    assert (ses.name, smtp.name) == ("ses", "smtp")
    ses.close()
    smtp.close()


def test_process_does_not_start_when_the_smtp_url_is_wrong() -> None:
    with pytest.raises(ValidationError, match="smtp_url"):
        _settings("smtp", "smtp://")


def test_boto3_is_not_loaded_when_mail_leaves_by_smtp() -> None:
    code = "import sys, app.transports.make; sys.exit('boto3' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0  # noqa: S603  # ours


def test_client_makes_one_attempt_and_gives_up_in_time() -> None:
    client = make_client("eu-central-1")
    config: Any = client.meta.config  # its stubs leave out what its constructor takes
    assert config.retries["total_max_attempts"] == 1
    assert (config.connect_timeout, config.read_timeout) == (5, 30)
    assert client.meta.region_name == "eu-central-1"
    client.close()
