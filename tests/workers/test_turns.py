from datetime import datetime

from kombu import Connection
from sqlalchemy.orm import Session

from app.delivery.letters import queue_letter
from app.delivery.letters_waiting import enqueue_letters
from app.enums import LetterKind
from app.jobs import TASK_PREFIX, broker_url, make_enqueue
from tests.factories import make_subscriber


def test_whatever_people_wait_for_goes_before_sending(valkey_url: str) -> None:
    enqueue_now = make_enqueue(valkey_url)
    enqueue_now(
        [("send_batches", ()), ("send_batches", ()), ("send_letter", (1,)), ("launch_due", ())]
    )
    with Connection(broker_url(valkey_url)) as broker, broker.SimpleQueue("celery") as queue:
        taken = [queue.get(timeout=5) for _ in range(4)]
        names = [message.headers["task"].removeprefix(TASK_PREFIX) for message in taken]
        for message in taken:
            message.ack()
    assert names == ["send_letter", "launch_due", "send_batches", "send_batches"]


def test_waiting_letters_have_few_bells_so_that_an_issue_is_not_kept_waiting(
    session: Session, now: datetime
) -> None:
    reader = make_subscriber(session)
    for _ in range(45):
        queue_letter(session, LetterKind.CONFIRMATION, subscriber_id=reader.id, now=now)
    session.commit()
    session.info.clear()
    enqueue_letters(session, now)
    assert [len(ids) for _, ids in session.info["jobs"]] == [20, 20, 5]
