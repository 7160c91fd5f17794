"""Events of mails that only a newer state of this database can have sent hold the account."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.delivery.epoch import OLDER
from app.delivery.installation import installation_tag
from app.enums import EventState, IssueState
from app.events.ours import NEWER_DATABASE
from app.models import Account, Event, Installation, Issue
from app.public_ids import FIRST, delivery_tag, letter_tag
from tests.events.conftest import Tell, World
from tests.events.told import said, tagged

UNKNOWN = FIRST + 99


def _because(session: Session) -> str | None:
    session.rollback()
    return session.scalars(select(Account.paused_because)).one()


def _names(world: World) -> dict[str, str]:
    return {
        "letter": letter_tag(UNKNOWN),
        "issue": delivery_tag(UNKNOWN, world.readers[0].public_id),
        "reader": delivery_tag(world.issue.public_id, UNKNOWN),
    }


@pytest.mark.parametrize("what", ["letter", "issue", "reader"])
def test_account_is_held_when_our_own_mail_is_not_known(
    session: Session, world: World, tell: Tell, now: datetime, what: str
) -> None:
    message = said("Delivery", now, delivery_id=_names(world)[what])
    tell(tagged(message, installation_tag(session)))
    assert _because(session) == OLDER
    event = session.scalars(select(Event)).one()
    assert (event.state, event.error) == (EventState.FOREIGN, NEWER_DATABASE)
    assert session.scalars(select(Installation.held_at)).one() is not None


def test_event_of_an_issue_that_is_not_launched_here_waits_for_its_row(
    session: Session, world: World, tell: Tell, now: datetime
) -> None:
    session.execute(update(Issue).values(launched_at=None, state=IssueState.SCHEDULED))
    session.commit()
    tell(tagged(said("Delivery", now, delivery_id=world.tag()), installation_tag(session)))
    assert _because(session) == OLDER
    assert session.scalars(select(Event.state)).one() is EventState.WAITING


def test_account_is_not_held_by_what_is_not_beyond_doubt(
    session: Session, world: World, tell: Tell, now: datetime
) -> None:
    unknown = said("Delivery", now, delivery_id=_names(world)["issue"])
    own = installation_tag(session)
    tell(unknown, tagged(unknown, "0" * 32), tagged(said("Delivery", now, delivery_id="7"), own))
    tell(tagged(said("Delivery", now, delivery_id=world.tag()), own))
    assert _because(session) is None


def test_what_happened_before_the_restore_holds_nobody_again(
    session: Session, world: World, tell: Tell, now: datetime
) -> None:
    session.execute(update(Installation).values(restored_at=now))
    session.commit()
    own = installation_tag(session)
    for at, because in ((now - timedelta(hours=1), None), (now + timedelta(hours=1), OLDER)):
        tell(tagged(said("Delivery", at, delivery_id=_names(world)["issue"]), own))
        assert _because(session) == because
