"""What comes back from somebody who was erased counts for their address, which nobody keeps."""

from datetime import datetime

import pytest
from sqlalchemy.orm import Session

from app.addresses import address_hmac, parse_address
from app.delivery.suppression import get_suppression
from app.enums import ConsentSource, SubscriberState, SuppressionReason
from app.models import Subscriber
from app.readers.consent import Origin
from app.readers.erasure import erase
from tests.events.conftest import Tell, World
from tests.events.told import bounce, complaint, said
from tests.factories import PEPPER
from tests.readers.whole_database import places_of, spellings


@pytest.mark.parametrize(
    ("kind", "part", "expected"),
    [
        ("Complaint", complaint(), (SuppressionReason.COMPLAINT, "abuse")),
        ("Bounce", bounce(), (SuppressionReason.HARD_BOUNCE, "Permanent/General")),
    ],
)
@pytest.mark.parametrize("is_written", [True, False])
def test_erased_reader_stays_erased_and_their_address_is_suppressed_all_the_same(
    session: Session,
    world: World,
    tell: Tell,
    now: datetime,
    kind: str,
    part: dict[str, object],
    expected: tuple[SuppressionReason, str],
    is_written: bool,  # noqa: FBT001  # what the parameter is about
) -> None:
    reader = world.readers[0]
    address = parse_address("Some.Reader@bücher.example")
    reader.address, reader.address_key = address.text, address.key
    reader.address_hmac = address_hmac(address.key, PEPPER)
    if is_written:
        session.add(world.written(0, now))
    session.commit()
    erase(session, None, reader.id, now, Origin(ConsentSource.PAGE))
    session.commit()
    named = "bouncedRecipients" if kind == "Bounce" else "complainedRecipients"
    redacted = {named: [{"emailAddress": "redacted@example.net"}]}
    told = said(kind, now, delivery_id=world.tag(), address=address.text, part=part | redacted)
    tell(told)
    assert session.get_one(Subscriber, reader.id).state == SubscriberState.ERASED
    suppressed = get_suppression(session, address, PEPPER)
    assert (suppressed.reason, suppressed.note) == expected
    assert places_of(session, spellings(address.text)) == set()
