"""Readers at the desk: one found by their address, how many there are, what one chose."""

import logging
from datetime import datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from app.delivery.receptions import ListedState, WhyNot
from app.desk.reader_words import (
    LETTERS,
    MAILS,
    SOURCES,
    STATES,
    STEPS,
    SUPPRESSED,
    WHY_NOT,
)
from app.enums import (
    ConsentSource,
    ConsentStep,
    LetterKind,
    SubscriberState,
    SuppressionReason,
)
from app.models import Subscriber
from tests.desk.browsing import Browsing, said_by, story_of
from tests.factories import make_subscriber

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


def test_every_word_of_a_reader_is_there_to_be_said() -> None:
    for words, kinds in (
        (STATES, SubscriberState),
        (STEPS, ConsentStep),
        (SOURCES, ConsentSource),
        (LETTERS, LetterKind),
        (MAILS, ListedState),
        (SUPPRESSED, SuppressionReason),
        (WHY_NOT, WhyNot),
    ):
        assert set(words) == set(kinds)


def test_reader_is_found_by_address_which_stands_in_no_url_and_no_log(
    sender: Browsing, reader: Subscriber, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        answer = sender.post("/desk/readers", {"address": " ADA@Reader.example"})
        assert answer.status_code == 303
        assert answer.headers["location"].endswith(f"/desk/readers/{reader.id}")
        assert "ada@reader.example · active" in story_of(sender, reader)
    assert "reader.example" not in caplog.text.lower()


@pytest.mark.parametrize(
    ("typed", "status", "said"),
    [
        ("nobody@reader.example", 404, "Nobody here has this address"),
        ("ada", 422, "A mail address has an @ in it"),
        (" ", 422, "Please type an address."),
    ],
)
def test_what_finds_nobody_is_said_at_the_field(
    sender: Browsing, reader: Subscriber, typed: str, status: int, said: str
) -> None:
    answer = sender.post("/desk/readers", {"address": typed})
    assert answer.status_code == status
    assert said in said_by(answer)
    assert f'value="{typed}"' in answer.text


def test_states_are_counted_and_who_came_and_went_last_stands_first(
    sender: Browsing, session: Session, reader: Subscriber, now: datetime
) -> None:
    late = {"state": "pending", "confirmed_at": None, "language": "de"}
    make_subscriber(session, "late@reader.example", **late)
    make_subscriber(session, "away@reader.example", paused_until=now + DAY)
    for n, name in enumerate(("first", "second")):
        gone = {"state": "left", "left_at": now - n * HOUR}
        make_subscriber(session, f"{name}@reader.example", **gone)
    session.commit()
    said = said_by(sender.get("/desk/readers?whole=1"))
    assert "active 2 of them paused 1 not confirmed 1 left 2 erased 0" in said
    assert said.index("first@reader.example") < said.index("second@reader.example")
    assert said.index("away@reader.example") < said.index("late@reader.example")
    assert said.index("late@reader.example") < said.index("ada@reader.example")
    assert "not confirmed · German" in said
    assert "Counting …" in said_by(sender.get("/desk/readers"))
    assert "of them paused 1" in said_by(sender.get("/desk/readers/counted"))


def test_desk_without_readers_says_how_they_come(sender: Browsing) -> None:
    assert "Nobody reads yet." in said_by(sender.get("/desk/readers"))
    assert "Nobody has left." in said_by(sender.get("/desk/readers/counted"))


def test_who_may_not_see_readers_has_no_way_there(
    editor: Browsing, sender: Browsing, reader: Subscriber
) -> None:
    assert editor.get(f"/desk/readers/{reader.id}").status_code == 403
    assert "/desk/readers" not in editor.get("/desk").text
    assert "/desk/readers" in sender.get("/desk").text


def test_page_says_what_they_chose(
    sender: Browsing, session: Session, reader: Subscriber, now: datetime
) -> None:
    assert "Categories AI Depth Brief Hour as issues come out" in story_of(sender, reader)
    assert "Europe/Vienna, the publication’s" in story_of(sender, reader)
    chosen = session.get_one(Subscriber, reader.id)
    chosen.hour, chosen.time_zone, chosen.paused_until = 6, "Asia/Tokyo", now + DAY
    session.commit()
    said = story_of(sender, reader)
    assert "Hour 06:00 Time zone Asia/Tokyo Language English, the publication’s" in said
    assert "active, paused until" in said
    assert "Sprache Englisch, wie bei allen" in story_of(sender, reader, "?lang=de")
