"""What a new reader is told while not everybody may be written to yet."""

from collections.abc import Callable
from datetime import datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.actors import CLI
from app.delivery.post import send_letter
from app.delivery.send import Sender
from app.delivery.warm_up import start_warm_up
from app.enums import ConsentSource, SubscriberState
from app.models import Letter, Publication
from app.readers.consent import Origin
from app.readers.signup import confirm
from app.rendering.templates import our_templates
from tests.factories import make_category, make_subscriber
from tests.fakes import KeepingTransport

MakeSender = Callable[..., Sender]


@pytest.mark.parametrize("is_warm", [False, True])
def test_welcome_promises_no_day_while_the_domain_is_warmed_up(
    session: Session,
    make_sender: MakeSender,
    transport: KeepingTransport,
    now: datetime,
    *,
    is_warm: bool,
) -> None:
    publication = session.get_one(Publication, 1)
    publication.sends_welcome, publication.weekdays = True, [1, 2, 3, 4, 5, 6, 7]
    ai = make_category(session, "ai")
    reader = make_subscriber(session, state=SubscriberState.PENDING, follows=ai.mask)
    confirm(session, reader.id, now, Origin(ConsentSource.PAGE))
    if is_warm:
        make_subscriber(session)
        make_subscriber(session)
        start_warm_up(session, CLI, now, first=1)
    session.commit()
    letter = session.scalars(select(Letter)).one()
    assert send_letter(make_sender(transport), our_templates(), letter.id)
    mail, _ = transport.calls[0]
    waits = "It may be some days until your first issue comes."
    for words in (" ".join(mail.text.split()), mail.html):
        assert (waits in words) is is_warm
        assert ("From now on you get" in words) is not is_warm
        assert ("The first one is due on" in words) is not is_warm
