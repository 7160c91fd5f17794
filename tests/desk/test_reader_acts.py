"""What is done for a reader at the desk: paused, changed, unsubscribed, erased."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.rights import Role
from app.enums import ConsentSource, ConsentStep, Depth, SubscriberState
from app.models import AuditEntry, Category, Consent, Subscriber, User
from tests.desk.browsing import Browsing, said_by, text_of
from tests.factories import make_category

DAY = timedelta(days=1)
CHOICES = {
    "categories": ["ai"],
    "depth": "deep",
    "hour": "6",
    "time_zone": "Asia/Tokyo",
    "asks_language": "1",
    "language": "he",
}


@pytest.fixture
def admin(add: Callable[..., User], sign_in: Callable[[User], Browsing]) -> Browsing:
    browsing = sign_in(add(Role.ADMIN, name="Grace"))
    browsing.form_token()
    return browsing


def _mark(browsing: Browsing, reader: Subscriber) -> str:
    text = browsing.get(f"/desk/readers/{reader.id}").text
    found = re.search(r'name="mark" value="(\w+)"', text)
    assert found is not None
    return found[1]


def _now(session: Session, reader: Subscriber) -> Subscriber:
    session.expire_all()
    return session.get_one(Subscriber, reader.id)


def _last_entry(session: Session) -> AuditEntry:
    return session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1)).one()


def _choose(browsing: Browsing, reader: Subscriber, **typed: Any) -> Any:
    sent = CHOICES | {"mark": _mark(browsing, reader)} | typed
    return browsing.post(f"/desk/readers/{reader.id}/choices", sent)


def test_choices_are_saved_as_said_by_somebody_here(
    admin: Browsing, session: Session, reader: Subscriber
) -> None:
    answer = _choose(admin, reader)
    assert answer.status_code == 303
    assert "Saved." in text_of(admin.get(answer.headers["location"]))
    now = _now(session, reader)
    assert (now.depth, now.hour, now.time_zone) == (Depth.DEEP, 6, "Asia/Tokyo")
    assert now.language == "he"
    step = session.scalars(select(Consent).where(Consent.subscriber_id == reader.id)).one()
    assert (step.step, step.source) == (ConsentStep.CHANGED, ConsentSource.EDITOR)
    entry = _last_entry(session)
    assert (entry.who, entry.verb) == ("Grace", "change_reader")
    assert entry.after == {"fields": ["depth", "hour", "language", "time_zone"]}


def test_what_changed_meanwhile_is_not_overwritten(
    admin: Browsing, session: Session, reader: Subscriber
) -> None:
    mark = _mark(admin, reader)
    _now(session, reader).depth = Depth.HEADLINES
    session.commit()
    answer = _choose(admin, reader, mark=mark)
    assert answer.status_code == 412
    assert "changed this after you opened it" in said_by(answer)
    assert '<option value="deep" selected>' in answer.text
    assert _now(session, reader).depth is Depth.HEADLINES
    again = re.search(r'name="mark" value="(\w+)"', answer.text)
    assert again is not None
    assert _choose(admin, reader, mark=again[1]).status_code == 303


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"categories": []}, "Please choose at least one."),
        ({"depth": "endless"}, "Please choose one of these."),
        ({"hour": "25"}, "Please choose one of these."),
        ({"time_zone": "Europe/Atlantis"}, "Please choose one of these."),
        ({"language": "tlh"}, "Please choose one of these."),
    ],
)
def test_what_cannot_be_chosen_is_said_at_its_field(
    admin: Browsing, session: Session, reader: Subscriber, typed: dict[str, Any], said: str
) -> None:
    answer = _choose(admin, reader, **typed)
    assert answer.status_code == 422
    assert said in said_by(answer)
    assert _now(session, reader).depth is Depth.BRIEF


def test_choices_leave_a_pause_and_what_is_no_longer_offered_as_they_are(
    admin: Browsing, session: Session, ai: Category, reader: Subscriber, now: datetime
) -> None:
    old = make_category(session, "old", state="retired")
    until = now + 3 * DAY
    row = session.get_one(Subscriber, reader.id)
    row.paused_until, row.follows = until, ai.mask | old.mask
    session.commit()
    assert _choose(admin, reader).status_code == 303
    after = _now(session, reader)
    assert (after.paused_until, after.follows) == (until, ai.mask | old.mask)


def _pause(browsing: Browsing, reader: Subscriber, until: object, mark: str | None = None) -> Any:
    sent = {"until": str(until), "mark": _mark(browsing, reader) if mark is None else mark}
    return browsing.post(f"/desk/readers/{reader.id}/pause", sent)


def test_reader_is_paused_on_their_own_clocks_and_resumed(
    admin: Browsing, session: Session, reader: Subscriber, now: datetime
) -> None:
    session.get_one(Subscriber, reader.id).time_zone = "Asia/Tokyo"
    session.commit()
    day = (now + 3 * DAY).date()
    path = f"/desk/readers/{reader.id}"
    assert _pause(admin, reader, day).status_code == 303
    until = _now(session, reader).paused_until
    assert until == datetime.fromisoformat(f"{day}T00:00+09:00")
    assert "active, paused until" in said_by(admin.get(path))
    for _ in range(2):  # of two presses the second has nothing to do
        mark = _mark(admin, reader)
        assert admin.post(f"{path}/resume", {"mark": mark}).status_code == 303
        assert _now(session, reader).paused_until is None


def test_form_that_is_older_than_a_change_pauses_and_resumes_nobody(
    admin: Browsing, session: Session, reader: Subscriber, now: datetime
) -> None:
    old = _mark(admin, reader)
    until = now + 9 * DAY
    _now(session, reader).paused_until = until
    session.commit()
    answers = [_pause(admin, reader, (now + 3 * DAY).date(), mark) for mark in (old, "")]
    answers.append(admin.post(f"/desk/readers/{reader.id}/resume", {"mark": old}))
    for answer in answers:
        assert answer.status_code == 412
        assert "Nothing was done: they, or somebody here, changed something" in said_by(answer)
        assert _now(session, reader).paused_until == until
    assert f'value="{(now + 3 * DAY).date()}"' in answers[0].text


@pytest.mark.parametrize("until", ["", "soon", "2001-01-01", "9999-12-31"])
def test_day_that_no_pause_can_end_on_is_said_at_its_field(
    admin: Browsing, session: Session, reader: Subscriber, until: str
) -> None:
    answer = _pause(admin, reader, until)
    assert answer.status_code == 422
    assert "Please choose a day from tomorrow on, at most a year away." in said_by(answer)
    assert _now(session, reader).paused_until is None


def test_reader_is_unsubscribed_once_by_name(
    admin: Browsing, session: Session, reader: Subscriber, now: datetime
) -> None:
    path = f"/desk/readers/{reader.id}"
    for _ in range(2):
        assert admin.post(f"{path}/unsubscribe").status_code == 303
    assert _now(session, reader).state is SubscriberState.LEFT
    entries = session.scalars(select(AuditEntry).where(AuditEntry.verb == "unsubscribe")).all()
    assert [(one.who, one.target_id) for one in entries] == [("Grace", reader.public_id)]
    said = said_by(admin.get(path))
    assert "Left by somebody here" in said
    assert "Unsubscribe them" not in said
    assert _pause(admin, reader, (now + DAY).date()).status_code == 409


def test_reader_is_erased_after_one_question(
    admin: Browsing, session: Session, reader: Subscriber
) -> None:
    path = f"/desk/readers/{reader.id}"
    assert f'{path}/erase">Erase …</a>' in admin.get(path).text
    asked = admin.get(f"{path}/erase")
    assert "ada@reader.example · active" in said_by(asked)
    assert _now(session, reader).state is SubscriberState.ACTIVE
    sent = {"mark": _mark(admin, reader)}
    for _ in range(2):
        answer = admin.post(f"{path}/erase", sent)
        assert answer.headers["location"].endswith("/desk/readers?done=erased")
    assert admin.get(f"{path}/erase").headers["location"].endswith("/desk/readers?done=erased")
    assert "Erased: nothing here names them any more." in said_by(
        admin.get(answer.headers["location"])
    )
    assert _now(session, reader).state is SubscriberState.ERASED
    entries = session.scalars(select(AuditEntry).where(AuditEntry.verb == "erase_reader")).all()
    assert [one.who for one in entries] == ["Grace"]
    assert "Erase" not in said_by(admin.get(path)).replace("Erased", "")
    for act in ("choices", "pause", "resume", "unsubscribe"):
        assert admin.post(f"{path}/{act}", CHOICES).status_code == 409


def test_question_that_is_older_than_a_change_erases_nobody(
    admin: Browsing, session: Session, reader: Subscriber
) -> None:
    path = f"/desk/readers/{reader.id}/erase"
    old = _mark(admin, reader)
    row = _now(session, reader)
    row.address = row.address_key = "grace@reader.example"
    session.commit()
    for mark in (old, ""):
        answer = admin.post(path, {"mark": mark})
        assert answer.status_code == 412
        assert "Nothing was done: they, or somebody here, changed something" in said_by(answer)
        assert "grace@reader.example" in said_by(answer)
        assert _now(session, reader).state is SubscriberState.ACTIVE


def test_who_may_only_see_readers_gets_no_forms(sender: Browsing, reader: Subscriber) -> None:
    assert "Erase" not in said_by(sender.get(f"/desk/readers/{reader.id}"))
    assert sender.get(f"/desk/readers/{reader.id}/erase").status_code == 403
    assert sender.post(f"/desk/readers/{reader.id}/erase").status_code == 403
