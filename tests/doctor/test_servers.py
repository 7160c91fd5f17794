"""PostgreSQL, Valkey, clock, disk and base address: the real ones, and each as it must not be."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from socket import socket

import pytest
from pydantic import SecretStr
from redis import Redis

from app.clock import system_clock
from app.db.session import make_engine, make_sessions
from app.doctor.broker import examine_broker
from app.doctor.database import examine_database, judge_version
from app.doctor.examine import examine, guarded, in_order
from app.doctor.findings import CODES, Finding, Level, as_json, is_well, ok, wrong
from app.doctor.machine import examine_machine
from app.doctor.site import examine_site
from app.doctor.subject import Subject
from app.main import create_app
from app.sentences import Sentence
from app.settings import Settings
from tests.at_hand import build_at_hand
from tests.aws.answering import answering
from tests.doctor.conftest import told
from tests.serving import served

PAGE = Path(__file__).parents[2] / "docs" / "doctor.md"


def test_a_database_of_this_version_is_told_part_by_part(subject: Subject) -> None:
    found = told(examine_database(subject))
    assert found["database"] is found["migrations"] is found["database_extensions"] is Level.OK


@pytest.mark.parametrize(
    ("number", "name", "level"), [(170006, "17.6", Level.WRONG), (180000, "18.0", Level.OK)]
)
def test_a_database_on_which_our_statements_fail_is_told(
    number: int, name: str, level: Level
) -> None:
    assert judge_version(number, name).level is level


def test_a_database_that_does_not_answer_is_one_finding(subject: Subject) -> None:
    engine = make_engine("postgresql+psycopg://nobody:horsebattery@127.0.0.1:1/none")
    found = list(examine_database(replace(subject, sessions=make_sessions(engine))))
    engine.dispose()
    assert told(found) == {"database": Level.WRONG}
    assert "horsebattery" not in str([as_json(one) for one in found])


def test_without_a_database_nothing_is_said_of_what_it_would_tell(subject: Subject) -> None:
    engine = make_engine("postgresql+psycopg://nobody@127.0.0.1:1/none")
    settings = subject.settings.model_copy(
        update={"transport": "smtp", "smtp_url": SecretStr("smtp://127.0.0.1:1")}
    )
    lost = replace(subject, sessions=make_sessions(engine), sender="", settings=settings)
    found = told(examine(lost))
    engine.dispose()
    assert found["database"] is Level.WRONG
    assert not {"sender", "migrations", "dns_dmarc"} & set(found)


def test_a_broker_that_throws_away_is_told(subject: Subject) -> None:
    subject.valkey.config_set("maxmemory-policy", "allkeys-lru")
    found = told(examine_broker(subject))
    subject.valkey.config_set("maxmemory-policy", "noeviction")
    assert found["broker_policy"] is Level.WRONG
    assert told(examine_broker(subject))["broker_policy"] is Level.OK


def test_a_broker_that_does_not_answer_is_one_finding(subject: Subject) -> None:
    with Redis(host="127.0.0.1", port=1, socket_connect_timeout=20) as nobody:
        assert told(examine_broker(replace(subject, valkey=nobody))) == {"broker": Level.WRONG}


@pytest.mark.parametrize(
    ("user", "sentence"),
    [
        ({}, "Valkey wants a password that DEVOURED_REDIS_URL does not give."),
        ({"username": "other", "password": "wrong"}, "Valkey wants a password that"),
        ({"username": "narrow", "password": "narrow"}, "Valkey does not let this user ask"),
    ],
)
def test_a_broker_that_refuses_says_why(
    subject: Subject, settings: Settings, user: dict[str, str], sentence: str
) -> None:
    subject.valkey.acl_setuser("narrow", enabled=True, passwords=["+narrow"], commands=["+ping"])
    subject.valkey.config_set("requirepass", "needed")
    try:
        with Redis.from_url(settings.redis_url, **user) as refused:
            (found,) = examine_broker(replace(subject, valkey=refused))
    finally:
        subject.valkey.config_set("requirepass", "")
        subject.valkey.acl_deluser("narrow")
    assert found.level is Level.WRONG
    assert str(found.sentence).startswith(sentence)


@pytest.mark.parametrize(
    ("off", "level"), [(0, Level.OK), (30, Level.WARNING), (-180, Level.WRONG)]
)
def test_a_clock_is_judged_beside_postgresqls(subject: Subject, off: int, level: Level) -> None:
    moved = replace(subject, clock=lambda: system_clock() + timedelta(seconds=off))
    assert told(examine_machine(moved))["clock"] is level


def test_a_folder_that_is_not_there_is_wrong(subject: Subject, tmp_path: Path) -> None:
    lost = replace(subject, folders={"DEVOURED_STATE_FOLDER": str(tmp_path / "none")})
    assert told(examine_machine(lost))["disk"] is Level.WRONG


@pytest.mark.parametrize("url", ["http://127.0.0.1:1", "https://127.0.0.1:1"])
def test_a_base_address_that_is_not_reached_is_wrong(subject: Subject, url: str) -> None:
    settings = subject.settings.model_copy(update={"base_url": url})
    assert list(examine_site(replace(subject, settings=settings)))[-1].level is Level.WRONG


def test_a_base_address_where_something_else_answers_is_wrong(subject: Subject) -> None:
    def another(_path: str, _form: object) -> tuple[int, dict[str, str], str]:
        return 200, {"Content-Type": "application/json"}, '{"status": "ok"}'

    with answering(another) as url:
        settings = subject.settings.model_copy(update={"base_url": url})
        found = list(examine_site(replace(subject, settings=settings)))
    assert found[-1].level is Level.WRONG
    assert "something else answers" in found[-1].sentence


def test_a_base_address_where_this_service_answers_is_well(
    subject: Subject, settings: Settings
) -> None:
    with socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    container = build_at_hand(settings)
    with served(create_app(container), port):
        here = subject.settings.model_copy(update={"base_url": f"http://127.0.0.1:{port}"})
        found = list(examine_site(replace(subject, settings=here)))
    container.engine.dispose()
    assert [one.level for one in found] == [Level.WARNING, Level.OK], "it is http, and answers"


def test_a_part_that_breaks_leaves_the_others_and_says_so() -> None:
    def breaks() -> Iterator[Finding]:
        yield ok("dns_spf", Sentence("It is well."))
        raise ZeroDivisionError

    assert told(guarded("dns", breaks)) == {"dns_spf": Level.OK, "dns": Level.UNKNOWN}


def test_findings_are_told_in_one_order_and_each_once() -> None:
    last, first = ok("dns_spf", Sentence("a")), wrong("database", Sentence("b"), Sentence("c"))
    assert in_order([last, first, last]) == [first, last]
    assert is_well([last])
    assert not is_well([last, first])


def test_the_page_explains_every_code_and_no_other() -> None:
    lines = PAGE.read_text().splitlines()
    assert [line[4:] for line in lines if line[:4] == "### "] == list(CODES)
