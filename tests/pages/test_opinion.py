"""Whether an issue was good, as its readers say by the links at the end of its mail."""

from datetime import datetime, timedelta

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from app.container import Container
from app.db.session import Sessions, transaction
from app.enums import ConsentSource
from app.models import Issue, Opinion, Subscriber
from app.pages.own import PREFERENCES_WITHIN
from app.readers.consent import Origin
from app.readers.erasure import erase
from app.readers.opinions import Opinions, opinions_of
from app.readers.own_data import own_data
from app.tokens import Purpose
from tests.factories import make_issue, make_subscriber
from tests.pages.markup import tree_of, words_of


@pytest.fixture
def reader(sessions: Sessions, published: Issue) -> Subscriber:
    with transaction(sessions) as session:
        return make_subscriber(session, follows=1)


def _path(container: Container, reader: Subscriber, issue_id: int, now: datetime) -> str:
    token = container.signer.sign(Purpose.PREFERENCES, reader.public_id, now=now)
    return f"/preferences/{token}/issues/{issue_id}"


@pytest.fixture
def path(container: Container, reader: Subscriber, published: Issue, now: datetime) -> str:
    return _path(container, reader, published.id, now)


def _counted(sessions: Sessions, issue: Issue) -> Opinions:
    with transaction(sessions) as session:
        return opinions_of(session, issue.id)


@pytest.mark.parametrize(
    ("said", "first"), [("yes", "Yes, it was good"), ("no", "No, it was not good")]
)
def test_link_opens_a_page_with_its_answer_and_counts_nothing(
    client: TestClient, sessions: Sessions, published: Issue, path: str, said: str, first: str
) -> None:
    root = tree_of(client.get(f"{path}/{said}").text)
    assert client.head(f"{path}/{said}").status_code == 200
    assert words_of(root, "h1") == ["Was this good?"]
    assert words_of(root, "button")[0] == first
    assert root.findall(".//form")[0].get("action") == f"{path}/{said}"
    assert _counted(sessions, published) == Opinions(0, 0)


def test_press_counts_once_and_another_changes_it(
    client: TestClient, sessions: Sessions, published: Issue, path: str
) -> None:
    for said, counted in (("yes", (1, 0)), ("yes", (1, 0)), ("no", (0, 1)), ("yes", (1, 0))):
        page = client.post(f"{path}/{said}").text
        assert words_of(tree_of(page), "h1") == ["Thank you"]
        assert ("You say that it was good." in page) is (said == "yes")
        assert _counted(sessions, published) == Opinions(*counted)
    assert "You say that it was good." in client.get(f"{path}/no").text


def test_answers_are_counted_by_issue(
    client: TestClient,
    container: Container,
    sessions: Sessions,
    published: Issue,
    path: str,
    now: datetime,
) -> None:
    with transaction(sessions) as session:
        other = make_subscriber(session, follows=1)
    client.post(f"{path}/yes")
    client.post(f"{_path(container, other, published.id, now)}/no")
    assert _counted(sessions, published) == Opinions(1, 1)


@pytest.mark.parametrize("method", ["get", "post"])
def test_nothing_is_said_of_what_did_not_come_out_or_in_other_words(
    client: TestClient,
    container: Container,
    sessions: Sessions,
    reader: Subscriber,
    path: str,
    method: str,
    now: datetime,
) -> None:
    with transaction(sessions) as session:
        draft = make_issue(session)
    for wrong in (
        f"{_path(container, reader, draft.id, now)}/yes",
        f"{_path(container, reader, draft.id + 99, now)}/yes",
        f"{path}/maybe",
    ):
        assert client.request(method, wrong).status_code in {404, 422}
    assert _counted(sessions, draft) == Opinions(0, 0)


@pytest.mark.parametrize("method", ["get", "post"])
def test_link_that_is_forged_or_too_old_says_nothing(
    client: TestClient,
    container: Container,
    sessions: Sessions,
    published: Issue,
    reader: Subscriber,
    method: str,
    now: datetime,
) -> None:
    old = _path(container, reader, published.id, now - PREFERENCES_WITHIN - timedelta(days=1))
    for wrong, status in ((old, 410), (f"/preferences/forged/issues/{published.id}", 404)):
        assert client.request(method, f"{wrong}/yes").status_code == status
    assert _counted(sessions, published) == Opinions(0, 0)


def test_answers_are_among_ones_own_data_and_go_with_it(
    client: TestClient,
    sessions: Sessions,
    published: Issue,
    reader: Subscriber,
    path: str,
    now: datetime,
) -> None:
    client.post(f"{path}/no")
    with transaction(sessions) as session:
        row = session.get_one(Subscriber, reader.id)
        (said,) = own_data(session, row, now)["opinions"]
        assert (said["issue"], said["was_good"]) == (published.id, False)
        erase(session, None, reader.id, now, Origin(ConsentSource.PAGE))
    with transaction(sessions) as session:
        assert session.scalars(select(Opinion)).all() == []
    assert client.post(f"{path}/yes").status_code == 410


def test_answers_of_a_preview_do_nothing_and_say_what_they_are(
    client: TestClient, published: Issue
) -> None:
    path = f"/preview/preferences/issues/{published.id}/yes"
    for answered in (client.get(path), client.post(path)):
        assert answered.status_code == 200
        assert "whether the issue was good" in answered.text
        assert "nothing is counted" in answered.text
    assert client.get(path.replace("preferences", "leave-me")).status_code == 404
