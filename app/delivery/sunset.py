"""The mail of the sunset rule: what it says to a reader of whom there was no sign for months."""

from datetime import timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from app.delivery.compose import publication_facts
from app.delivery.leaving import leave_url
from app.delivery.letters import OpenLetter
from app.delivery.send import Sender
from app.delivery.welcome import leave_token, token_of
from app.in_words import long_date
from app.language import nearest, speaking
from app.models import Subscriber
from app.publication.publication import get_publication
from app.rendering.letter_facts import SunsetFacts
from app.tokens import Purpose


def sunset_facts(session: Session, sender: Sender, opened: OpenLetter) -> SunsetFacts:
    """Return what the mail says, with the day until which its reader may answer."""
    reader = session.get_one(Subscriber, opened.subscriber_id)
    publication = publication_facts(session, sender.base_url)
    spoken = nearest(reader.language, publication.language)
    zone = ZoneInfo(reader.time_zone or get_publication(session).time_zone)
    last = opened.opened_at + timedelta(days=opened.facts["days"])
    with speaking(spoken):
        until = long_date(last.astimezone(zone).date())
    preferences = token_of(sender, opened, Purpose.PREFERENCES)
    return SunsetFacts(
        publication=publication,
        until=until,
        stay_url=f"{sender.base_url}/stay/{token_of(sender, opened, Purpose.STAY)}",
        leave_url=leave_url(sender.base_url, leave_token(sender, opened)),
        preferences_url=f"{sender.base_url}/preferences/{preferences}",
        language=spoken,
    )
