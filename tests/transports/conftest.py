"""An SES client that reaches a given port, and nothing of this machine's own set-up."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from datetime import datetime
from typing import Any

import boto3
import pytest

from app.transports.ses import SesTransport, make_client
from tests.transports.mails import NOW

SesAt = Callable[..., SesTransport]


@pytest.fixture(scope="session")
def aws() -> boto3.Session:
    """Made-up credentials; kept, because a session's first client takes 80 ms, others 3."""
    return boto3.Session(aws_access_key_id="AKIATESTS", aws_secret_access_key="tests")


@pytest.fixture
def ses_at(aws: boto3.Session) -> Iterator[SesAt]:
    """Yield a function that makes a transport for a server here.

    Its time-outs are short, and its clock stands still.
    """
    with ExitStack() as opened:

        def make(
            port: int, *, now: datetime = NOW, read_timeout: float = 0.3, **options: Any
        ) -> SesTransport:
            client = make_client(
                "eu-west-1",
                connect_timeout=0.3,
                read_timeout=read_timeout,
                endpoint_url=f"http://127.0.0.1:{port}",
                session=aws,
            )
            transport = SesTransport(
                client, clock=lambda: now, configuration_set="events", **options
            )
            return opened.enter_context(closing(transport))

        yield make
