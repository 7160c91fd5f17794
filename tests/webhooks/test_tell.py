"""Webhooks are told by real requests: signed, in order, again and again, and at last no more."""

import os
import signal
import subprocess
import sys
import threading
from collections import defaultdict
from datetime import timedelta

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session
from standardwebhooks import Webhook as Signature

from app.actors import CLI
from app.models import (
    AttemptOutcome,
    AuditEntry,
    MessageState,
    OutboxKind,
    Webhook,
    WebhookAttempt,
    WebhookMessage,
)
from app.webhooks.deliver import lease, tell
from app.webhooks.endpoints import rotate_secret
from app.webhooks.messages import send_sample
from app.webhooks.retries import LEASED_FOR, TRIED_FOR
from tests.webhooks.conftest import KEYS, RULES, Telling, states
from tests.webhooks.receiver import HANG, Got, Receiver


def test_what_is_told_is_signed_and_as_the_catalogue_says(
    telling: Telling, session: Session, receiver: Receiver
) -> None:
    _, secret = telling.add()
    (name,) = telling.write(2**61)
    telling.tell()
    (got,) = receiver.got
    told = Signature(secret).verify(got.body, got.headers)
    assert told["type"] == "reader.left"
    assert told["data"] == {"reader_id": str(2**61), "source": "page"}
    assert told["timestamp"].endswith("Z")
    assert (got.name, got.path) == (name, "/hook")
    assert got.headers["content-type"] == "application/json"
    (attempt,) = session.scalars(select(WebhookAttempt)).all()
    assert (attempt.outcome, attempt.status) == (AttemptOutcome.ACCEPTED, 204)
    assert states(session) == [MessageState.DELIVERED]


def test_both_secrets_sign_for_a_day_after_a_rotation(
    telling: Telling, session: Session, receiver: Receiver
) -> None:
    webhook, former = telling.add()
    _, new = rotate_secret(session, CLI, webhook.id, RULES, telling.at)
    telling.write(1)
    telling.tell()
    for secret in (former, new):
        assert Signature(secret).verify(receiver.got[0].body, receiver.got[0].headers)
    telling.later(hours=24)
    telling.write(1)
    telling.tell()
    assert receiver.got[1].headers["webhook-signature"].count("v1,") == 1


def test_messages_of_one_reader_come_in_order_when_one_fails_and_others_go_on(
    telling: Telling, receiver: Receiver
) -> None:
    telling.add()
    names = telling.write(1, 1, 2, 1, 3)
    receiver.answer = lambda got: 500 if got.name == names[0] else 200
    telling.tell()
    assert sorted(receiver.names) == sorted([names[0], names[2], names[4]])
    receiver.answer = lambda _got: 200
    receiver.got.clear()
    telling.later(minutes=1)
    telling.tell()
    assert receiver.names == [names[0], names[1], names[3]]


def test_two_processes_at_once_keep_the_order_and_tell_each_once(
    telling: Telling, receiver: Receiver
) -> None:
    telling.add()
    telling.add(path="/other")
    names = telling.write(*[number % 5 for number in range(40)])
    telling.hand_on()

    def work() -> None:
        tell(telling.sessions, KEYS, telling.network, telling.clock, lambda: False)

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    telling.tell()
    for path in ("/hook", "/other"):
        came = defaultdict(list)
        for got in receiver.got:
            if got.path == path:
                came[got.told["data"]["reader_id"]].append(got.name)
        assert came == {str(one): names[one::5] for one in range(5)}


def test_message_is_told_again_by_the_same_id_and_bytes_for_three_days(
    telling: Telling, session: Session, receiver: Receiver
) -> None:
    telling.add()
    first, second = telling.write(1, 1)
    receiver.answer = lambda _got: 503
    telling.tell()
    begun, waits = telling.at, []
    while states(session)[0] is MessageState.WAITING:
        due = session.scalars(select(WebhookMessage.due_at).order_by(WebhookMessage.id)).first()
        assert due is not None
        webhook = session.scalars(select(Webhook)).one()
        waits.append(due - telling.at)
        telling.at = max(due, webhook.rests_until or due)
        telling.tell()
    assert telling.at - begun >= TRIED_FOR
    assert telling.at - begun < TRIED_FOR + timedelta(hours=1)
    assert waits[0] < timedelta(seconds=6)
    assert max(waits) < timedelta(hours=14)
    of_first = [one for one in receiver.got if one.name == first]
    assert len(of_first) >= 10
    assert len({one.body for one in of_first}) == 1
    receiver.answer = lambda _got: 200
    telling.later(hours=1)
    telling.tell()
    assert receiver.names[-1] == second
    assert states(session) == [MessageState.FAILED, MessageState.DELIVERED]


def test_server_that_asks_for_time_is_given_it(telling: Telling, receiver: Receiver) -> None:
    telling.add()
    telling.write(1)
    receiver.headers, receiver.answer = {"Retry-After": "600"}, lambda _got: 429
    telling.tell()
    telling.write(2)
    telling.later(seconds=599)
    telling.tell()
    assert len(receiver.got) == 1
    telling.later(seconds=2)
    telling.tell()
    assert len(receiver.got) == 3


_KILLED = """
from app.db.session import make_engine, make_sessions
from app.clock import system_clock
from app.webhooks.deliver import tell
from app.webhooks.request import WebhookNetwork
import sys
sessions = make_sessions(make_engine(sys.argv[1]))
tell(sessions, [sys.argv[2]], WebhookNetwork(["127.0.0.0/8"]), system_clock, lambda: False)
"""


def test_worker_killed_while_it_asks_leaves_what_is_told_again_by_the_same_id(
    telling: Telling, receiver: Receiver, session: Session, engine: Engine
) -> None:
    telling.add()
    names = telling.write(1, 1)
    telling.hand_on()
    came = threading.Event()

    def hang(_got: Got) -> int:
        came.set()
        return HANG

    receiver.answer = hang
    url = engine.url.render_as_string(hide_password=False)
    command = [sys.executable, "-c", _KILLED, url, KEYS[0]]
    with subprocess.Popen(command) as worker:  # noqa: S603  # ours
        assert came.wait(60)
        os.kill(worker.pid, signal.SIGKILL)
    receiver.answer = lambda _got: 200
    telling.tell()
    assert receiver.names == names[:1], "its lease has not ended"
    telling.later(seconds=120)
    telling.tell()
    assert receiver.names == [names[0], *names]
    assert states(session) == [MessageState.DELIVERED] * 2


def test_worker_that_froze_beyond_its_lease_begins_no_request(
    telling: Telling, receiver: Receiver, session: Session
) -> None:
    telling.add()
    telling.write(1)
    telling.hand_on()
    with telling.sessions() as own:
        frozen = lease(own, KEYS, telling.at)
        own.commit()
    assert frozen is not None
    telling.later(seconds=LEASED_FOR.total_seconds())
    telling.tell()
    assert len(receiver.got) == 1
    assert states(session) == [MessageState.DELIVERED]


def test_webhook_whose_secret_no_key_opens_is_told_nothing_unsigned(
    telling: Telling, receiver: Receiver, session: Session
) -> None:
    webhook, _ = telling.add()
    telling.write(1)
    telling.hand_on()
    tell(telling.sessions, ["another key"], telling.network, telling.clock, lambda: False)
    assert receiver.got == []
    (attempt,) = session.scalars(select(WebhookAttempt)).all()
    assert attempt.outcome is AttemptOutcome.UNSIGNED
    rotate_secret(session, CLI, webhook.id, RULES, telling.at)
    session.commit()
    telling.later(minutes=1)
    telling.tell()
    assert len(receiver.got) == 1


def test_sample_says_that_it_is_one_and_comes_before_what_waits(
    telling: Telling, receiver: Receiver, session: Session
) -> None:
    webhook, secret = telling.add()
    telling.write(1)
    telling.hand_on()
    telling.later(seconds=1)
    send_sample(session, CLI, webhook.id, OutboxKind.ISSUE_LAUNCHED, telling.at)
    session.commit()
    telling.tell()
    (sample,) = [one for one in receiver.got if one.name.startswith("sample_")]
    assert Signature(secret).verify(sample.body, sample.headers)
    assert sample.told["type"] == "issue.launched"
    assert sample.told["data"]["sample"] is True
    assert len(receiver.got) == 2


def test_secret_is_in_no_row_and_no_log_as_it_is(telling: Telling, session: Session) -> None:
    webhook, secret = telling.add()
    assert secret.encode() not in webhook.secret
    for entry in session.scalars(select(AuditEntry)):
        assert secret not in str((entry.before, entry.after))
        assert entry.after["host"] == "127.0.0.1"
