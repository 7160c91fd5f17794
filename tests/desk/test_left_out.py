"""Who would not get an issue: each line of its plan leads to them."""

import re
from datetime import datetime, timedelta
from html import unescape
from typing import Any

import pytest
from sqlalchemy.orm import Session

from app.actors import CLI
from app.delivery.receptions import WhyNot
from app.enums import SubscriberState, SuppressionReason
from app.issues.lifecycle import cancel
from app.models import Issue, Suppression
from tests.desk.browsing import Browsing, said_by
from tests.desk.planned import whole
from tests.factories import make_category, make_subscriber

DAY = timedelta(days=1)


@pytest.fixture
def left_out(session: Session, planned: Issue, now: datetime) -> Issue:
    """Leave out somebody for each reason."""
    make_category(session, "devops", name="DevOps")
    made: dict[str, dict[str, Any]] = {
        "gone": {"state": SubscriberState.LEFT, "left_at": now - DAY},
        "erased": {"state": SubscriberState.ERASED},
        "away": {"paused_until": now + 2 * DAY},
        "devops": {"follows": 2},
        "nothing": {"follows": 0},
    }
    for name, changes in made.items():
        make_subscriber(session, f"{name}@reader.example", **{"follows": 1, **changes})
    barred = make_subscriber(session, "barred@reader.example", follows=1)
    mark = {"reason": SuppressionReason.COMPLAINT, "note": "", "created_at": now}
    session.add(Suppression(address_hmac=barred.address_hmac, **mark))
    session.commit()
    return planned


def test_each_line_of_the_plan_leads_to_as_many_readers(
    sender: Browsing, left_out: Issue, path: str
) -> None:
    text = whole(sender, f"{path}/plan").text
    lines = re.findall(r'<td>(\d+)</td><th scope="row"><a href="([^"]+)">([^<]+)</a>', text)
    assert len(lines) == 6
    pages = {words: said_by(sender.get(unescape(link))) for _, link, words in lines}
    for n, link, words in lines:
        answer = sender.get(unescape(link))
        assert answer.text.count('class="grow name"') == int(n), words
        assert unescape(words)[1:] in said_by(answer)
    said = " ".join(pages.values())
    for sentence in (
        "away@reader.example until Wed 25 Nov 2026, 07:00",
        "gone@reader.example 1 day ago",
        "devops@reader.example DevOps",
        "nothing@reader.example follows nothing",
        "barred@reader.example they complained",
    ):
        assert sentence in said


def test_who_is_asked_about_at_another_time(sender: Browsing, left_out: Issue, path: str) -> None:
    plan = whole(sender, f"{path}/plan?at=2026-11-26T08:30")
    assert "why=paused" not in plan.text
    assert "left-out?why=left&amp;at=2026-11-26T08%3A30" in plan.text.replace("&at", "&amp;at")
    page = sender.get(f"{path}/left-out?why=paused&at=2026-11-26T08:30")
    assert "Nobody is left out so any more." in said_by(page)
    assert "away@reader.example" in said_by(sender.get(f"{path}/left-out?why=paused&at=never"))


def test_many_are_shown_a_page_at_a_time(
    sender: Browsing, session: Session, planned: Issue, path: str
) -> None:
    for _ in range(103):
        make_subscriber(session, follows=4)
    session.commit()
    first = sender.get(f"{path}/left-out?why=nothing_to_read")
    assert first.text.count('class="grow name"') == 100
    more = re.search(r'class="after" href="([^"]+)"', first.text)
    assert more is not None
    second = sender.get(unescape(more[1]))
    assert second.text.count('class="grow name"') == 4
    assert 'class="after"' not in second.text
    assert "To the first" in said_by(second)


def test_who_may_not_see_readers_sees_how_many_they_are(
    editor: Browsing, left_out: Issue, path: str
) -> None:
    text = whole(editor, f"{path}/plan").text
    assert "address not confirmed" in text
    assert "left-out" not in text
    assert editor.get(f"{path}/left-out?why=pending").status_code == 403


def test_after_launch_or_cancelling_there_is_nobody_to_show(
    sender: Browsing, session: Session, planned: Issue, path: str, now: datetime
) -> None:
    assert sender.get(f"{path}/left-out?why=tired").status_code == 422
    assert sender.get(f"{path}/left-out?why={WhyNot.NOT_WRONG}").status_code == 200
    cancel(session, CLI, planned.id, now)
    session.commit()
    answer = sender.get(f"{path}/left-out?why=pending")
    assert (answer.status_code, answer.headers["location"]) == (303, path)
