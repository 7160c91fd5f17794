"""Signing up over the API: JSON or a form, and always the same answer."""

from datetime import datetime

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.container import Container
from app.db.session import Job
from app.enums import Depth, SubscriberState
from app.models import Letter, Subscriber
from tests.factories import make_category, make_subscriber

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.fixture(autouse=True)
def _categories(session: Session) -> None:
    make_category(session, "ai")
    make_category(session, "devops")
    session.commit()


def test_sign_up_makes_a_pending_subscriber_and_rings_for_the_letter(
    public: TestClient, session: Session, jobs: list[Job]
) -> None:
    answer = public.post(
        "/v1/signups",
        json={"address": "Reader@Example.COM", "categories": ["devops"], "depth": "deep"},
    )
    assert answer.status_code == 202
    row = session.scalars(select(Subscriber)).one()
    assert (row.address, row.state) == ("Reader@example.com", SubscriberState.PENDING)
    assert (row.follows, row.depth) == (2, Depth.DEEP)
    letter = session.scalars(select(Letter)).one()
    assert jobs == [("answer_asks", ()), ("send_letter", (letter.id,))]


@pytest.mark.parametrize(
    ("body", "follows", "depth"),
    [
        ("address=a%40example.com", 3, Depth.BRIEF),
        ("address=a%40example.com&categories=ai", 1, Depth.BRIEF),
        ("address=a%40example.com&categories=ai&categories=devops&depth=headlines", 3, "headlines"),
    ],
)
def test_sign_up_takes_a_form(
    public: TestClient, session: Session, body: str, follows: int, depth: str
) -> None:
    assert public.post("/v1/signups", content=body, headers=FORM).status_code == 202
    row = session.scalars(select(Subscriber)).one()
    assert (row.follows, row.depth) == (follows, depth)


@pytest.mark.parametrize(
    ("asked", "accepted", "kept"),
    [
        ({"language": "de-CH"}, "en", "de"),
        ({}, "fr, de;q=0.8, en;q=0.2", "de"),
        ({}, "*", ""),
        ({}, "", ""),
        ({"language": "tlh"}, "de", ""),
    ],
)
def test_sign_up_keeps_the_language_that_is_said_or_else_accepted(
    public: TestClient, session: Session, asked: dict[str, str], accepted: str, kept: str
) -> None:
    body = {"address": "a@example.com", **asked}
    answer = public.post("/v1/signups", json=body, headers={"Accept-Language": accepted})
    assert answer.status_code == 202
    assert session.scalars(select(Subscriber.language)).one() == kept


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ("", "/address"),
        ("address=nobody", "/address"),
        ("address=a%40example.com&address=b%40example.com", "/address"),
        ("address=a%40example.com&depth=", "/depth"),
        ("address=a%40example.com&categories=fishing", "/categories/0"),
        ("address=a%40example.com&admin=1", "/admin"),
        ("address=%00%40example.com", "/address"),
        ("address=%ff%40example.com", ""),
        ("&".join(f"a{n}=1" for n in range(101)), ""),
    ],
)
def test_sign_up_names_the_field_when_a_form_is_wrong(
    public: TestClient, body: str, pointer: str
) -> None:
    answer = public.post("/v1/signups", content=body, headers=FORM)
    assert answer.status_code == 422
    assert [place["pointer"] for place in answer.json()["errors"]][:1] == [pointer]


def test_sign_up_is_a_415_when_the_body_is_neither(public: TestClient) -> None:
    answer = public.post("/v1/signups", content="x", headers={"Content-Type": "text/plain"})
    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")


def test_answer_is_the_same_whether_or_not_the_address_is_known(
    public: TestClient,
    api: TestClient,
    session: Session,
    container: Container,
    now: datetime,
) -> None:
    for state in SubscriberState:
        make_subscriber(session, f"{state}@example.com", state=state)
    session.commit()
    api.post("/v1/suppressions", json={"address": "suppressed@example.com"})
    names = [*SubscriberState, "suppressed", "new", "new"]
    answers = [
        public.post("/v1/signups", json={"address": f"{name}@example.com"}) for name in names
    ]
    told = {
        (answer.status_code, answer.content, frozenset(answer.headers) - {"x-request-id"})
        for answer in answers
    }
    assert len(told) == 1
    known = session.scalar(select(func.count()).where(Letter.subscriber_id.is_not(None)))
    assert known is not None
    assert known < len(names)


def test_idempotency_key_of_one_stranger_says_nothing_to_another(public: TestClient) -> None:
    headers = {"Idempotency-Key": "1"}
    first = public.post("/v1/signups", json={"address": "a@example.com"}, headers=headers)
    again = public.post("/v1/signups", json={"address": "a@example.com"}, headers=headers)
    other = public.post("/v1/signups", json={"address": "b@example.com"}, headers=headers)
    assert (first.status_code, again.status_code, other.status_code) == (202, 202, 409)
    assert again.headers["Idempotency-Replayed"] == "true"
