"""The mail of the sunset rule as it goes out: its links are its reader's, and it can be left by."""

import re
from collections.abc import Callable

from sqlalchemy.orm import Session

from app.delivery.letters import queue_letter
from app.delivery.mails import list_headers
from app.delivery.post import send_letter
from app.delivery.send import Sender
from app.enums import LetterKind
from app.models import Publication
from app.rendering.templates import our_templates
from app.tokens import Purpose
from tests.delivery.conftest import BASE_URL
from tests.factories import SIGNER, make_subscriber
from tests.fakes import KeepingTransport


def test_the_mail_has_its_readers_own_button_day_and_ways_to_leave(
    session: Session, make_sender: Callable[..., Sender], transport: KeepingTransport
) -> None:
    reader = make_subscriber(session, time_zone="Asia/Tokyo")
    sender = make_sender(transport)
    facts, now = {"days": 30}, sender.clock()
    letter = queue_letter(session, LetterKind.SUNSET, subscriber_id=reader.id, now=now, facts=facts)
    session.commit()
    assert send_letter(sender, our_templates(), letter.id)
    mail, recipients = transport.calls[0]
    assert mail.subject.startswith("Do you still want to read")
    assert "until Wednesday 23 December 2026" in " ".join(mail.text.split())
    (token,) = re.findall(rf"{BASE_URL}/stay/(\S+)", mail.text)
    assert f"/stay/{token}" in mail.html
    assert SIGNER.read(Purpose.STAY, token, now=now).subject == reader.public_id
    assert mail.headers == {
        "Auto-Submitted": "auto-generated",
        **list_headers(session.get_one(Publication, 1), BASE_URL),
    }
    assert recipients[0].headers["List-Unsubscribe"].strip("<>") in mail.text
