"""Where metrics are answered: on this machine alone, unless a token keeps others out."""

import pytest
from pydantic import SecretStr, ValidationError

from app.metrics_settings import MetricsSettings

TOKEN = SecretStr("a token that only Prometheus and we know")
FITS = ("127.0.0.1:9464", "localhost:9464", "[::1]:9464", "127.0.0.9:1", "127.0.0.1:65535")
OPEN = ("0.0.0.0:9464", "[::]:9464", "10.0.0.7:9464", "[2001:db8::7]:9464", "192.168.1.1:80")
NO_PLACE = (
    *("9464", ":9464", "127.0.0.1", "127.0.0.1:", "127.0.0.1:0", "127.0.0.1:65536", "::1:9464"),
    *("metrics.example:9464", "http://127.0.0.1:9464", "127.0.0.1:9464/metrics", "u@127.0.0.1:1"),
    *("127.0.0.1:9464?", "127.0.0.1:x", "[127.0.0.1]:9464", " 127.0.0.1:9464", "256.0.0.1:9464"),
)


@pytest.mark.parametrize("listen", FITS)
def test_address_of_this_machine_needs_no_token(listen: str) -> None:
    assert MetricsSettings(metrics_listen=listen).metrics_listen == listen


@pytest.mark.parametrize("listen", OPEN)
def test_address_that_others_reach_needs_a_token(listen: str) -> None:
    with pytest.raises(ValidationError, match="metrics_token: is missing"):
        MetricsSettings(metrics_listen=listen)
    assert MetricsSettings(metrics_listen=listen, metrics_token=TOKEN).metrics_listen == listen


@pytest.mark.parametrize("listen", NO_PLACE)
def test_what_is_no_address_and_port_is_refused(listen: str) -> None:
    with pytest.raises(ValidationError, match="must be an address and a port"):
        MetricsSettings(metrics_listen=listen, metrics_token=TOKEN)


def test_token_has_to_be_long() -> None:
    with pytest.raises(ValidationError, match="at least 32"):
        MetricsSettings(metrics_token=SecretStr("x" * 31))
