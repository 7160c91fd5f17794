"""One reader at the desk: their whole story, what they got of each issue, and why not."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from app.access.rights import Role
from app.actors import Actor, ActorKind
from app.container import Container
from app.enums import (
    ConsentSource,
    ConsentStep,
    DeliveryState,
    Depth,
    EditionState,
    IssueState,
    LetterKind,
    SuppressionReason,
)
from app.models import Category, Edition, Issue, Letter, Lift, Subscriber, Suppression, User
from app.readers.consent import Origin, record_consent
from app.readers.erasure import erase
from app.readers.subscribers import change_preferences
from tests.desk.browsing import Browsing, story_of
from tests.factories import make_issue, make_story
from tests.ledger import write_down
from tests.statements import statements

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


def _sent(session: Session, ai: Category, at: datetime) -> Issue:
    issue = make_issue(
        session, state=IssueState.SENT, issued_on=at.date(), launched_at=at, sent_at=at
    )
    make_story(session, issue, ai)
    return issue


def test_time_line_has_each_issue_with_its_cut_or_why_not(
    sender: Browsing, session: Session, ai: Category, reader: Subscriber, now: datetime
) -> None:
    got, other = _sent(session, ai, now - 3 * DAY), _sent(session, ai, now - 2 * DAY)
    lost = _sent(session, ai, now - DAY)
    write_down(session, got, DeliveryState.DELIVERED, now - 3 * DAY, reader)
    edition = session.query(Edition).filter_by(issue_id=got.id).one()
    edition.follows, edition.depth, edition.revision = ai.mask, Depth.BRIEF, 3
    write_down(session, lost, DeliveryState.BOUNCED, now - DAY, reader, reason="no such user")
    row = session.get_one(Subscriber, reader.id)
    row.paused_until = now + DAY
    session.commit()
    said = story_of(sender, reader)
    assert "AI, Brief · revision 3 · delivered" in said
    assert "nothing: on pause, until" in said
    assert "came back" in said
    assert ": no such user" in said
    days = [f"{one.issued_on:%A %-d %B}" for one in (lost, other, got)]
    assert [said.index(f"Issue of {day}") for day in days] == sorted(
        said.index(f"Issue of {day}") for day in days
    )


def test_time_line_has_steps_letters_changes_and_suppressions(
    add: Callable[..., User],
    sign_in: Callable[[User], Browsing],
    sender: Browsing,
    session: Session,
    reader: Subscriber,
    now: datetime,
) -> None:
    row = session.get_one(Subscriber, reader.id)
    page = Origin(ConsentSource.PAGE)
    record_consent(session, row, ConsentStep.SIGNED_UP, page, now - 8 * DAY)
    record_consent(session, row, ConsentStep.CONFIRMED, page, now - 7 * DAY)
    letter = {"kind": LetterKind.CONFIRMATION, "subscriber_id": row.id, "facts": {}, "attempt": 1}
    times = {"created_at": now - 8 * DAY, "not_before": now - 8 * DAY, "settled_at": now - 8 * DAY}
    session.add(Letter(state=DeliveryState.DELIVERED, **letter, **times))
    actor = Actor(ActorKind.PERSON, "Grace", 7)
    changes = {"depth": Depth.DEEP}
    change_preferences(session, actor, row.id, changes, now - DAY, Origin(ConsentSource.EDITOR))
    of = {"address_hmac": row.address_hmac, "reason": SuppressionReason.MANUAL}
    session.add(Suppression(note="asked by phone", created_at=now - HOUR, **of))
    session.add(Lift(because="a mistake", lifted_at=now - 2 * HOUR, **of))
    session.commit()
    assert "Grace" not in story_of(sender, reader)  # the audit is for admins
    said = story_of(sign_in(add(Role.ADMIN)), reader)
    for sentence in (
        "Signed up on our pages · AI, Brief",
        "Confirmed the address on our pages",
        "Mail to confirm the address delivered",
        "Chose anew by somebody here · AI, Deep",
        "Grace changed a reader depth",
        "The address was suppressed by hand · asked by phone",
        "The suppression was lifted by hand · a mistake",
        "suppressed: by hand",
    ):
        assert sentence in said


def test_time_line_goes_on_page_by_page_and_loses_nothing(
    sender: Browsing, session: Session, ai: Category, reader: Subscriber, now: datetime
) -> None:
    row = session.get_one(Subscriber, reader.id)
    for n in range(15):
        _sent(session, ai, now - n * HOUR)
        # Two things of one instant are on one page.
        for _ in range(2):
            origin = Origin(ConsentSource.PAGE)
            record_consent(session, row, ConsentStep.CHANGED, origin, now - n * HOUR)
    session.commit()
    counted, path = 0, f"/desk/readers/{reader.id}"
    for _ in range(9):
        text = sender.get(path).text
        counted += text.count('class="title"')
        if ">Older<" not in text:
            break
        path = text.rpartition('class="after" href="')[2].partition('"')[0].partition("#")[0]
    assert counted == 45


def test_any_issue_of_any_day_is_answered(
    sender: Browsing, session: Session, ai: Category, reader: Subscriber, now: datetime
) -> None:
    before = _sent(session, ai, now - 20 * DAY)
    session.commit()
    said = story_of(sender, reader, f"?day={before.issued_on}")
    assert "joined after it was launched" in said
    assert "There is no issue of that day." in story_of(sender, reader, "?day=2001-01-01")
    assert "Did they get it?" in story_of(sender, reader, "?day=nonsense&before=nonsense")


def test_next_issue_is_shown_as_they_would_get_it(
    sender: Browsing, session: Session, ai: Category, reader: Subscriber, now: datetime
) -> None:
    draft = make_issue(session, issued_on=now.date() + DAY)
    make_story(session, draft, ai, title="What comes tomorrow")
    session.commit()
    assert "AI, Brief · it is a draft" in story_of(sender, reader)
    mail = sender.get(f"/desk/readers/{reader.id}/issues/{draft.id}/mail")
    assert "What comes tomorrow" in mail.text
    assert mail.headers["content-security-policy"].startswith("sandbox; default-src 'none'")
    assert mail.headers["cache-control"] == "no-store"
    assert mail.headers["content-security-policy"].endswith("; img-src http://127.0.0.1:8000")
    assert "script-src" not in mail.headers["content-security-policy"]


def test_mail_that_they_got_is_that_very_revision(
    sender: Browsing, session: Session, ai: Category, reader: Subscriber, now: datetime
) -> None:
    issue = _sent(session, ai, now - DAY)
    write_down(session, issue, DeliveryState.DELIVERED, now - DAY, reader)
    edition = session.query(Edition).filter_by(issue_id=issue.id).one()
    edition.html = "<p>The first revision</p>"
    later = {"follows": edition.follows, "depth": edition.depth, "n_readers": 0}
    session.add(
        Edition(
            issue_id=issue.id,
            public_id=edition.public_id,
            revision=edition.revision + 1,
            state=EditionState.RENDERED,
            html="<p>The second revision</p>",
            **later,
        )
    )
    session.commit()
    mail = sender.get(f"/desk/readers/{reader.id}/issues/{issue.id}/mail")
    assert mail.text == "<p>The first revision</p>"


def test_who_follows_nothing_of_an_issue_has_no_mail_of_it(
    sender: Browsing, session: Session, ai: Category, reader: Subscriber
) -> None:
    draft = make_issue(session)
    make_story(session, draft, ai)
    session.get_one(Subscriber, reader.id).follows = 1 << 9
    session.commit()
    assert sender.get(f"/desk/readers/{reader.id}/issues/{draft.id}/mail").status_code == 422


def test_erased_reader_is_a_number_with_their_issues(
    add: Callable[..., User],
    sign_in: Callable[[User], Browsing],
    session: Session,
    ai: Category,
    reader: Subscriber,
    now: datetime,
    container: Container,
) -> None:
    issue = _sent(session, ai, now - DAY)
    write_down(session, issue, DeliveryState.DELIVERED, now - DAY, reader)
    erase(session, None, reader.id, now, Origin(ConsentSource.PAGE))
    session.commit()
    said = story_of(sign_in(add(Role.ADMIN)), reader)
    assert "Nobody’s address any more · erased" in said
    assert "delivered" in said
    assert "ada@reader.example" not in said


MOST: Final = 25
"""So many statements make a reader's page, who is signed in included."""


def test_page_asks_the_database_no_more_often_for_more_issues(
    sender: Browsing,
    session: Session,
    ai: Category,
    reader: Subscriber,
    now: datetime,
    container: Container,
) -> None:
    """Of each kind one, then several: got, missed, of the day that is asked about, to come."""
    counts = []
    for n_each in (1, 4):
        for n in range(n_each):
            at = now - n * HOUR - n_each * DAY
            write_down(session, _sent(session, ai, at), DeliveryState.DELIVERED, at, reader)
            _sent(session, ai, at - timedelta(minutes=1))
            make_story(session, make_issue(session, issued_on=now.date() + DAY), ai)
        session.commit()
        with statements(container.engine) as asked:
            said = story_of(sender, reader, f"?day={now.date() - n_each * DAY}")
        assert said.count("· it is a draft") == min(n_each, 3)
        counts.append(len(asked))
    assert counts[0] == counts[1] <= MOST
