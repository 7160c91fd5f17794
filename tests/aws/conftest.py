"""An AWS of this machine: SES by the project's own, everything else by moto's server."""

from collections.abc import Iterator

import pytest

from tests.aws.moto import moto_server
from tests.localdev.ses.running import LocalSes, serving

ACCOUNT = "123456789012"
"""The account that moto answers for."""


@pytest.fixture(scope="session")
def moto_url() -> Iterator[str]:
    with moto_server() as url:
        yield url


@pytest.fixture
def local_ses() -> Iterator[LocalSes]:
    with serving() as running:
        yield running


@pytest.fixture
def aws(moto_url: str, local_ses: LocalSes, monkeypatch: pytest.MonkeyPatch) -> LocalSes:
    """Point boto3 at both, as an operator's environment would; moto is found empty."""
    import httpx2  # noqa: PLC0415  # of the tests alone

    httpx2.post(f"{moto_url}/moto-api/reset").raise_for_status()
    for name, value in environment(moto_url, local_ses.url).items():
        monkeypatch.setenv(name, value)
    return local_ses


def environment(moto_url: str, ses_url: str) -> dict[str, str]:
    services = ("SQS", "SNS", "IAM", "STS")
    return {
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_ENDPOINT_URL_SESV2": ses_url,
        **{f"AWS_ENDPOINT_URL_{one}": moto_url for one in services},
    }
