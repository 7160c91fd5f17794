from kombu import Connection

from app.bells import TASK_PREFIX, broker_url, make_bells


def test_whatever_people_wait_for_goes_before_sending(valkey_url: str) -> None:
    ring_now = make_bells(valkey_url)
    ring_now(
        [("send_batches", ()), ("send_batches", ()), ("send_letter", (1,)), ("launch_due", ())]
    )
    with Connection(broker_url(valkey_url)) as broker, broker.SimpleQueue("celery") as queue:
        taken = [queue.get(timeout=5) for _ in range(4)]
        names = [message.headers["task"].removeprefix(TASK_PREFIX) for message in taken]
        for message in taken:
            message.ack()
    assert names == ["send_letter", "launch_due", "send_batches", "send_batches"]
