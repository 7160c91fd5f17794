"""The ways to leave that stand in a mail's headers."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from app.delivery.leaving import leave_address, leave_headers, token_in
from app.delivery.post import send_letter
from app.delivery.send import Sender, send_batch
from app.enums import ConsentSource, SubscriberState
from app.models import Issue, Letter, Publication
from app.readers.consent import Origin
from app.readers.signup import confirm
from app.rendering.templates import our_templates
from app.tokens import Purpose
from app.transports.base import Recipient
from tests.delivery.conftest import BASE_URL
from tests.factories import SIGNER, make_subscriber
from tests.fakes import KeepingTransport

INBOUND = "leave@in.example.com"
MakeSender = Callable[..., Sender]
Ready = Callable[[], Issue]
AddReaders = Callable[..., None]


def _ways(recipient: Recipient) -> list[str]:
    assert list(recipient.headers) == ["List-Unsubscribe"]
    return recipient.headers["List-Unsubscribe"].split(", ")


def test_mail_names_the_page_and_then_the_address_with_one_token(now: datetime) -> None:
    token = SIGNER.sign(Purpose.LEAVE, 7, now=now)
    address = leave_address(INBOUND, token)
    assert leave_headers(BASE_URL, INBOUND, token) == {
        "List-Unsubscribe": f"<{BASE_URL}/leave/{token}>, <mailto:{address}>"
    }
    assert address == address.lower()
    assert token_in(address) == token_in(address.upper()) == token
    assert token_in(INBOUND) is None


def test_mail_names_no_address_where_none_is_set(now: datetime) -> None:
    token = SIGNER.sign(Purpose.LEAVE, 7, now=now)
    assert leave_headers(BASE_URL, "", token) == {"List-Unsubscribe": f"<{BASE_URL}/leave/{token}>"}


def test_every_reader_of_an_issue_has_their_own_token_in_both_ways(
    ai: int,
    add_readers: AddReaders,
    ready: Ready,
    make_sender: MakeSender,
    transport: KeepingTransport,
    now: datetime,
) -> None:
    add_readers(2, ai)
    ready()
    send_batch(replace(make_sender(transport), inbound_address=INBOUND))
    _, recipients = transport.calls[0]
    subjects = set()
    for recipient in recipients:
        page, mail = _ways(recipient)
        token = token_in(mail.removeprefix("<mailto:").rstrip(">"))
        assert token is not None
        assert page == f"<{BASE_URL}/leave/{token}>" == f"<{recipient.fields['leave_url']}>"
        later = now + timedelta(days=4000)
        subjects.add(SIGNER.read(Purpose.LEAVE, token, now=later).subject)
    assert len(subjects) == 2


@pytest.mark.parametrize("inbound", ["", INBOUND])
def test_welcome_has_the_same_ways(
    session: Session,
    now: datetime,
    make_sender: MakeSender,
    transport: KeepingTransport,
    inbound: str,
) -> None:
    assert session.get_one(Publication, 1).sends_welcome, "it is on where nobody said otherwise"
    reader = make_subscriber(session, state=SubscriberState.PENDING, follows=1)
    confirm(session, reader.id, now, Origin(ConsentSource.PAGE))
    session.commit()
    letter = session.query(Letter).one()
    assert send_letter(
        replace(make_sender(transport), inbound_address=inbound), our_templates(), letter.id
    )
    mail, (recipient,) = transport.calls[0]
    page, *rest = _ways(recipient)
    token = page.strip("<>").rsplit("/", 1)[1]
    assert SIGNER.read(Purpose.LEAVE, token, now=now).subject == reader.public_id
    assert rest == ([f"<mailto:{leave_address(INBOUND, token)}>"] if inbound else [])
    assert mail.headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
