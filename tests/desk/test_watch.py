"""What is wrong, at the desk: on a page of its own, and on the first page."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from app.access.rights import Role
from app.metrics.families import PAUSED, UNREADABLE, Sample
from app.models import Installation
from app.watch.figures import figures_of
from app.watch.notices import begin_look, note_figures
from tests.desk.browsing import Browsing, said_by
from tests.desk.conftest import Add, Clock, SignIn

HERE = "/desk/watch"
UNREADABLE_SAID = "7 events cannot be read."
PAUSED_SAID = "Nobody is written to: the account is paused."


@pytest.fixture
def viewer(add: Add, sign_in: SignIn) -> Browsing:
    return sign_in(add(Role.VIEWER))


def _look(session: Session, at: datetime, *samples: Sample) -> None:
    begin_look(session, at)
    note_figures(session, figures_of(samples, at))
    session.commit()


def test_page_says_that_nobody_has_looked_before_anybody_has(viewer: Browsing) -> None:
    said = said_by(viewer.get(HERE))

    assert "Nobody has looked yet." in said
    assert "Nobody. An operator names who is" in said


def test_page_shows_what_is_wrong_with_its_page_and_then_what_was(
    viewer: Browsing, session: Session, clock: Clock
) -> None:
    now = clock()
    samples = [Sample(UNREADABLE, 7), Sample(PAUSED, 1, ("held",))]
    _look(session, now - timedelta(minutes=30), *samples)
    _look(session, now, *samples)
    wrong, first = said_by(viewer.get(HERE)), said_by(viewer.get("/desk"))

    assert wrong.index(PAUSED_SAID) < wrong.index(UNREADABLE_SAID)
    assert "docs/alerts.md#devouredaccountpaused" in wrong
    assert UNREADABLE_SAID in first
    assert PAUSED_SAID not in first
    assert "7 Ereignisse lassen sich nicht lesen." in said_by(viewer.get(f"{HERE}?lang=de"))


def test_page_says_that_nobody_looks_any_more(
    viewer: Browsing, session: Session, clock: Clock
) -> None:
    session.execute(update(Installation).values(watched_at=clock() - timedelta(minutes=6)))
    session.commit()

    assert "Nobody looks any more" in said_by(viewer.get(HERE))
