"""What every transport does alike: the same suite over `ses` and `smtp`, each with real servers."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.utils import parseaddr

import boto3
import pytest

from app.transports.base import Accepted, Mail, Outcome, Recipient, Refused
from tests.transports.mails import MAIL, NOW, recipient
from tests.transports.worlds import Sink, World, local_ses, ses_world, smtp_world


@pytest.fixture(scope="module")
def ses_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with local_ses(tmp_path_factory.mktemp("ses")) as url:
        yield url


@pytest.fixture(params=["ses", "smtp"])
def world(request: pytest.FixtureRequest, aws: boto3.Session) -> Iterator[World]:
    if request.param == "smtp":
        with smtp_world(lambda: NOW, Sink()) as world:
            yield world
    else:
        with ses_world(lambda: NOW, request.getfixturevalue("ses_url"), aws) as world:
            yield world


def _send(world: World, people: list[Recipient], mail: Mail = MAIL) -> list[Outcome]:
    return world.transport.send(mail, people, attempt=1, opened_at=NOW)


def _body(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    assert part is not None
    data = part.get_payload(decode=True)
    assert isinstance(data, bytes)
    return data.decode().replace("\r\n", "\n")


def _sender(message: EmailMessage) -> tuple[str, str]:
    """Name and address; the new parser puts a space between two encoded words, this one not."""
    raw = dict(message.raw_items())["From"]
    name, address = parseaddr(raw.replace("\r\n", ""))
    return str(make_header(decode_header(name))), address


def _filled(template: str, one: Recipient) -> str:
    for key, value in one.fields.items():
        template = template.replace(f"{{{{{key}}}}}", value)
    return template


def _assert_arrived(message: EmailMessage, mail: Mail, one: Recipient) -> None:
    assert message["To"] == one.address
    assert message["Subject"] == _filled(mail.subject, one)
    assert _body(message, "html") == _filled(mail.html, one)
    assert _body(message, "plain") == _filled(mail.text, one)
    assert message["X-Devoured-Delivery"] == one.delivery_id
    assert message["Reply-To"] == mail.reply_to
    for name, value in {**mail.headers, **one.headers}.items():
        assert message.get_all(name) == [value]


@pytest.mark.parametrize("n_people", [1, 2, 50])
def test_everybody_gets_their_own_message_when_all_is_well(world: World, n_people: int) -> None:
    people = [recipient(number) for number in range(n_people)]
    outcomes = _send(world, people)
    assert all(isinstance(outcome, Accepted) for outcome in outcomes)
    assert len({outcome.message_id for outcome in outcomes if isinstance(outcome, Accepted)}) == (
        n_people
    )
    by_address = {message["To"]: message for message in world.inbox()}
    assert len(by_address) == len(world.inbox()) == n_people
    for one in people:
        _assert_arrived(by_address[one.address], MAIL, one)


def test_tracked_links_are_filled_for_each_reader_when_a_mail_has_many(world: World) -> None:
    link = '<a href="https://devoured.example/c/BwBQ-_q0{{reader}}">x</a>\n'
    mail = replace(MAIL, html=f"<p>{{{{leave}}}}</p>{link * 50}")
    people = [
        replace(one, fields={**one.fields, "reader": f"/reader-{number}" if number else ""})
        for number, one in enumerate(map(recipient, range(3)))
    ]
    assert all(isinstance(one, Accepted) for one in _send(world, people, mail))
    by_address = {message["To"]: message for message in world.inbox()}
    for one in people:
        _assert_arrived(by_address[one.address], mail, one)
        assert _body(by_address[one.address], "html").count(f'q0{one.fields["reader"]}"') == 50


def test_outcomes_keep_the_order_when_some_cannot_be_written_to(world: World) -> None:
    people = [recipient(number) for number in range(6)]
    people[1] = replace(people[1], address="réader1@readers.example")
    people[4] = replace(people[4], fields={})
    outcomes = _send(world, people)
    assert [type(outcome) for outcome in outcomes] == [
        Refused if number in {1, 4} else Accepted for number in range(6)
    ]
    assert {one.kind for one in outcomes if isinstance(one, Refused)} == {"never"}
    arrived = sorted(message["X-Devoured-Delivery"] for message in world.inbox())
    assert arrived == ["7-0", "7-2", "7-3", "7-5"]


@pytest.mark.parametrize(
    "mail",
    [
        replace(MAIL, from_address="Дайджест, и всё «прочее» <digest@devoured.example>"),
        replace(MAIL, subject="Сегодня: 22 истории — и {{name}} среди первых читателей 🎉" * 2),
        replace(MAIL, subject="Plain, without merge fields, and quite a bit longer than one line"),
        replace(MAIL, html="<p>{{leave}}</p>" + "длинная строка " * 500 + "{{name_h}}"),
        replace(
            MAIL, text=".\n..\n. {{name}}\n.\n\n  spaces  \t\n= =3D\nFrom here on\n.{{leave}}."
        ),
    ],
    ids=["from", "subject", "long subject", "long line", "dots and spaces"],
)
@pytest.mark.parametrize("n_people", [1, 2])
def test_texts_arrive_intact_when_they_are_awkward(world: World, mail: Mail, n_people: int) -> None:
    people = [recipient(number) for number in range(n_people)]
    assert all(isinstance(outcome, Accepted) for outcome in _send(world, people, mail))
    for message, one in zip(world.inbox(), people, strict=True):
        _assert_arrived(message, mail, one)
        assert _sender(message) == tuple(mail.from_address[:-1].split(" <"))


@pytest.mark.parametrize(
    "mail",
    [
        replace(MAIL, subject="a\nBcc: x@y.example"),
        replace(MAIL, text="{{nobody}}"),
        replace(MAIL, headers={"X-A": "ü"}),
    ],
)
def test_nothing_is_sent_when_the_mail_is_wrong(world: World, mail: Mail) -> None:
    outcomes = _send(world, [recipient(1), recipient(2)], mail)
    assert [one.kind for one in outcomes if isinstance(one, Refused)] == ["stop", "stop"]
    assert world.inbox() == []


@pytest.mark.parametrize("age", [timedelta(seconds=31), timedelta(seconds=-2)])
def test_nothing_is_sent_when_the_intent_is_stale(world: World, age: timedelta) -> None:
    people = [recipient(1), recipient(2)]
    outcomes = world.transport.send(MAIL, people, attempt=1, opened_at=NOW - age)
    assert [(one.kind, one.code) for one in outcomes if isinstance(one, Refused)] == [
        ("later", "stale_intent")
    ] * 2
    assert world.inbox() == []


def test_nothing_comes_back_when_nobody_is_given(world: World) -> None:
    assert _send(world, []) == []


def test_too_many_recipients_are_refused_when_they_do_not_fit_a_call(world: World) -> None:
    people = [recipient(number) for number in range(world.transport.max_recipients + 1)]
    outcomes = _send(world, people)
    assert len(outcomes) == len(people)
    assert {one.kind for one in outcomes if isinstance(one, Refused)} == {"stop"}
    assert world.inbox() == []


def test_second_mail_is_itself_when_it_follows_another(world: World) -> None:
    _send(world, [recipient(1)])
    other = replace(MAIL, subject="Another", html="<p>Other</p>", text="Other")
    _send(world, [recipient(2)], other)
    first, second = world.inbox()
    _assert_arrived(first, MAIL, recipient(1))
    _assert_arrived(second, other, recipient(2))
