"""After a backup was put back, numbers are given again: old links must open nothing of others."""

from datetime import datetime, timedelta
from typing import Final

import itsdangerous
import orjson
import pytest
from fastapi.testclient import TestClient
from itsdangerous.encoding import base64_encode
from sqlalchemy import delete, func, select

from app.container import Container
from app.db.session import Sessions, transaction
from app.delivery.letters import queue_letter
from app.delivery.tracking import keep_links
from app.enums import LetterKind, LinkKind, SubscriberState, Tracking
from app.link_tokens import LinkSigner, LinkTo
from app.models import Consent, Issue, Letter, Publication, ReaderClick, Subscriber
from app.tokens import Purpose
from tests.factories import make_issue, make_subscriber

ONE_CLICK: Final = {"List-Unsubscribe": "One-Click"}
STRANGER: Final = "stranger@reader.example"
REQUESTS: Final = [
    (Purpose.PREFERENCES, "GET", ""),
    (Purpose.PREFERENCES, "GET", "/data"),
    (Purpose.PREFERENCES, "GET", "/erase"),
    (Purpose.PREFERENCES, "POST", ""),
    (Purpose.PREFERENCES, "POST", "/pause"),
    (Purpose.PREFERENCES, "POST", "/back"),
    (Purpose.PREFERENCES, "POST", "/address"),
    (Purpose.PREFERENCES, "POST", "/erase"),
    (Purpose.ASKED, "GET", ""),
    (Purpose.ASKED, "POST", "/erase"),
    (Purpose.CONFIRM, "POST", ""),
    (Purpose.LEAVE, "POST", ""),
    (Purpose.LEAVE, "POST", "/pause"),
    (Purpose.LEAVE, "POST", "/depth"),
    (Purpose.LEAVE, "POST", "/back"),
    (Purpose.LEAVE, "POST", "/category/ai"),
]


def _path(purpose: Purpose, token: str, below: str) -> str:
    name = "preferences" if purpose is Purpose.ASKED else purpose.value
    return f"/{name}/{token}{below}"


def numbered(container: Container, purpose: Purpose, number: int, at: datetime) -> str:
    """Return a token as mails had it before there were public ids."""
    claim = base64_encode(orjson.dumps([number, int(at.timestamp())]))
    keys = list(reversed(container.signer.keys))
    signer = itsdangerous.Signer(keys, salt=f"devoured.{purpose}")
    return signer.sign(claim).decode()


@pytest.fixture
def lost(sessions: Sessions, now: datetime) -> Subscriber:
    """Make a reader whom the backup does not know."""
    with transaction(sessions) as session:
        return make_subscriber(session, created_at=now - timedelta(days=2))


@pytest.fixture
def stranger(sessions: Sessions, lost: Subscriber, now: datetime) -> Subscriber:
    """Make a reader with the number of the lost one, who has not confirmed yet."""
    with transaction(sessions) as session:
        session.execute(delete(Subscriber).where(Subscriber.id == lost.id))
        state = SubscriberState.PENDING
        made_at = now - timedelta(hours=1)
        return make_subscriber(
            session, STRANGER, id=lost.id, state=state, follows=1, created_at=made_at
        )


def _untouched(sessions: Sessions, stranger: Subscriber) -> bool:
    with transaction(sessions) as session:
        there = session.get_one(Subscriber, stranger.id)
        n_steps = session.scalar(select(func.count()).select_from(Consent))
        n_letters = session.scalar(select(func.count()).select_from(Letter))
        names = ("address", "state", "follows", "depth", "paused_until", "left_at")
        is_same = all(getattr(there, name) == getattr(stranger, name) for name in names)
        return is_same and (n_steps, n_letters) == (0, 0)


@pytest.mark.parametrize(("purpose", "method", "below"), REQUESTS)
@pytest.mark.parametrize("form", ["public id", "number", "number as a public id"])
def test_old_link_does_nothing_to_who_has_the_number_now(
    client: TestClient,
    container: Container,
    sessions: Sessions,
    lost: Subscriber,
    stranger: Subscriber,
    now: datetime,
    purpose: Purpose,
    method: str,
    below: str,
    form: str,
) -> None:
    made_at = now - timedelta(hours=2)
    sign = container.signer.sign
    token = {
        "public id": sign(purpose, lost.public_id, now=made_at),
        "number": numbered(container, purpose, lost.id, made_at),
        "number as a public id": sign(purpose, lost.id, now=made_at),
    }[form]
    assert stranger.id == lost.id
    answer = client.request(
        method, _path(purpose, token, below), data=ONE_CLICK if method == "POST" else None
    )
    assert answer.status_code in {404, 410}
    assert STRANGER not in answer.text
    assert _untouched(sessions, stranger)


def test_numbered_token_made_since_is_nobodys_either(
    client: TestClient,
    container: Container,
    sessions: Sessions,
    stranger: Subscriber,
    now: datetime,
) -> None:
    """Nobody who came after public ids answers to a number, whenever the token was made."""
    token = numbered(container, Purpose.LEAVE, stranger.id, now)
    assert client.post(f"/leave/{token}", data=ONE_CLICK).status_code == 404
    assert STRANGER not in client.get(f"/leave/{token}").text
    assert _untouched(sessions, stranger)


@pytest.mark.parametrize(("later", "status"), [(-1, 200), (0, 200), (1, 404)])
def test_numbered_token_works_for_who_was_there_when_it_was_made(
    client: TestClient,
    container: Container,
    sessions: Sessions,
    now: datetime,
    later: int,
    status: int,
) -> None:
    """Who is older than public ids has their number as theirs."""
    with transaction(sessions) as session:
        reader = make_subscriber(session, created_at=now + timedelta(seconds=later))
        reader.public_id = reader.id
    token = numbered(container, Purpose.LEAVE, reader.id, now)
    assert client.post(f"/leave/{token}", data=ONE_CLICK).status_code == status
    with transaction(sessions) as session:
        has_left = session.get_one(Subscriber, reader.id).state is SubscriberState.LEFT
    assert has_left is (status == 200)


def test_link_to_a_new_address_is_nothing_to_who_has_the_letters_number_now(
    client: TestClient,
    container: Container,
    sessions: Sessions,
    stranger: Subscriber,
    now: datetime,
) -> None:
    with transaction(sessions) as session:
        kind, address = LetterKind.NEW_ADDRESS, "new@reader.example"
        letter = queue_letter(session, kind, now=now, subscriber_id=stranger.id, address=address)
    for token in (
        numbered(container, Purpose.NEW_ADDRESS, letter.id, now),
        container.signer.sign(Purpose.NEW_ADDRESS, letter.public_id + 1, now=now),
    ):
        for method in ("GET", "POST"):
            assert client.request(method, f"/address/{token}").status_code == 410
    with transaction(sessions) as session:
        assert session.get_one(Subscriber, stranger.id).address == STRANGER


def test_click_in_an_old_mail_is_not_kept_with_who_has_the_number_now(
    client: TestClient,
    container: Container,
    sessions: Sessions,
    lost: Subscriber,
    stranger: Subscriber,
) -> None:
    signer = LinkSigner(container.signer.keys)
    with transaction(sessions) as session:
        session.get_one(Publication, 1).tracking = Tracking.PER_READER
        issue = make_issue(session)
        link = LinkTo(issue.id, LinkKind.ISSUE)
        keep_links(session, [(link, "https://example.com/now")])
    code = signer.sign(link, issue.public_id)
    theirs = signer.sign_reader(issue.public_id, lost.id, lost.public_id)
    assert client.get(f"/c/{code}/{theirs}").status_code == 404
    before = signer.sign(link, issue.public_id + 1)
    assert client.get(f"/c/{before}").status_code == 404, "of an issue that had the number"
    own = signer.sign_reader(issue.public_id, stranger.id, stranger.public_id)
    assert client.get(f"/c/{code}/{own}").status_code == 302
    with transaction(sessions) as session:
        assert session.scalars(select(ReaderClick.subscriber_id)).all() == [stranger.id]
        assert session.scalar(select(func.count()).select_from(Issue)) == 1
