"""The engine and the `ses` transport together, before a local SES that limits bulk calls."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Literal

import boto3
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.delivery.send import Sender, send_batch
from app.enums import DeliveryState
from app.models import Category, Delivery, Issue
from app.transports.ses import SesTransport, make_client
from tests.fakes import KeepingTransport
from tests.localdev.ses.running import serving

N_READERS = 70


@pytest.mark.parametrize("mode", ["auto", "single"])
def test_everybody_gets_one_mail_when_bulk_calls_are_limited_below_the_rate(
    session: Session,
    categories: dict[str, Category],
    add_readers: Callable[..., None],
    ready: Callable[[], Issue],
    make_sender: Callable[..., Sender],
    now: datetime,
    mode: Literal["auto", "single"],
) -> None:
    add_readers(N_READERS, categories["ai"].mask)
    ready()
    known, instants = make_sender(KeepingTransport()), [now]
    aws = boto3.Session(aws_access_key_id="AKIATESTS", aws_secret_access_key="tests")
    with serving(rate=10_000, bulk_calls_per_second=0.5) as ses:
        client = make_client("eu-west-1", endpoint_url=ses.url, session=aws)
        transport = SesTransport(client, clock=lambda: instants[-1])
        sender = replace(known, transport=transport, send_mode=mode, clock=lambda: instants[-1])
        for _ in range(3):  # what was throttled waits for some seconds
            while send_batch(sender):
                pass
            instants.append(instants[-1] + timedelta(minutes=1))
        transport.close()
        to = Counter(str(one["to"]) for one in ses.messages(limit=1000))
    assert (len(to), set(to.values())) == (N_READERS, {1})
    assert set(session.scalars(select(Delivery.state))) == {DeliveryState.ACCEPTED}
