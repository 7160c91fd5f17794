"""`python -m localdev.ses` as a process of its own: its one line, its end, its options."""

import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.localdev.ses.reading import told
from tests.localdev.ses.running import boto_client, refusal, simple, sqs_client


@contextmanager
def process(*options: str) -> Iterator[tuple["subprocess.Popen[str]", str]]:
    """Yield the running process and its address; it is gone after the block."""
    command = [sys.executable, "-m", "localdev.ses", *options]
    running = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)  # noqa: S603  # our own module
    try:
        assert running.stdout is not None
        yield running, running.stdout.readline().strip()
    finally:
        running.kill()
        running.communicate()


def test_process_ends_with_0_and_keeps_the_inbox_when_it_is_terminated(tmp_path: Path) -> None:
    for n_kept in (0, 1):
        with process("--store", str(tmp_path)) as (running, url):
            client = boto_client(url)
            assert client.get_account()["SendQuota"]["SentLast24Hours"] == n_kept
            client.send_email(**simple())
            client.close()
            running.send_signal(signal.SIGTERM)
            out, err = running.communicate(timeout=10)
        assert (running.returncode, out, err) == (0, "", "")


def test_process_ends_with_0_when_it_is_terminated_at_once() -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        with process() as (running, _):
            running.send_signal(number)
            _, err = running.communicate(timeout=10)
            assert (running.returncode, err) == (0, "")


def test_nothing_is_lost_when_the_process_is_killed(tmp_path: Path) -> None:
    with process("--store", str(tmp_path)) as (running, url):
        client = boto_client(url)
        ids = {client.send_email(**simple())["MessageId"] for _ in range(5)}
        client.close()
        running.kill()
        running.wait(10)
    log = (tmp_path / "messages.jsonl").read_text()
    assert all(message_id in log for message_id in ids)


def test_process_takes_its_quota_and_domains_when_they_are_options() -> None:
    options = ("--rate", "14", "--daily", "200", "--verified-domain", "devoured.example")
    with process(*options) as (_, url):
        client = boto_client(url)
        quota = client.get_account()["SendQuota"]
        assert (quota["MaxSendRate"], quota["Max24HourSend"]) == (14, 200)
        other = simple(FromEmailAddress="x@other.example")
        assert refusal(client, "send_email", other)[0] == "MessageRejected"
        client.close()


def test_process_fails_with_a_sentence_when_the_port_is_taken() -> None:
    with process() as (_, url), process("--port", url.rsplit(":", 1)[1]) as (second, line):
        _, err = second.communicate(timeout=10)
        assert line == ""
        assert second.returncode == 1
        assert err.startswith("The local SES cannot start: ")


def test_process_tells_events_and_has_its_faults_when_they_are_options(tmp_path: Path) -> None:
    faults = tmp_path / "faults.json"
    faults.write_text('{"script": ["throttle"]}')
    options = ("--faults", str(faults), "--events", "--event-knobs", '{"repeat": 1}')
    with process(*options, "--event-shape", "notification", "--event-headers") as (_, url):
        client, sqs = boto_client(url), sqs_client(url)
        assert refusal(client, "send_email", simple())[0] == "TooManyRequestsException"
        client.send_email(**simple())
        queue = sqs.get_queue_url(QueueName="devoured-events")["QueueUrl"]
        assert queue.startswith(url)
        messages = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10)["Messages"]
        assert [told(message).kind for message in messages] == ["Delivery"] * 2
        assert "headers" in told(messages[0]).event["mail"]
        client.close()
        sqs.close()


def test_process_ends_with_0_when_it_pushes_and_is_terminated() -> None:
    with process("--webhook", "http://127.0.0.1:9/nobody") as (running, url):
        client = boto_client(url)
        client.send_email(**simple())
        client.close()
        running.send_signal(signal.SIGTERM)
        _, err = running.communicate(timeout=10)
        assert (running.returncode, err) == (0, "")


def test_waiting_reader_is_answered_when_the_process_is_terminated() -> None:
    with process("--events") as (running, url):
        sqs = sqs_client(url)
        queue = sqs.get_queue_url(QueueName="devoured-events")["QueueUrl"]
        end = threading.Timer(0.3, running.send_signal, (signal.SIGTERM,))
        end.start()
        assert "Messages" not in sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=20)
        sqs.close()
        _, err = running.communicate(timeout=10)
        assert (running.returncode, err) == (0, "")


@pytest.mark.parametrize(
    "options",
    [
        ("--faults", '{"chances": {"nothing": 1}}'),
        ("--faults", "no-such-file.json"),
        ("--event-knobs", '{"repeat": 2}'),
        ("--webhook", "127.0.0.1"),
        ("--events", "some"),
    ],
)
def test_process_ends_with_2_when_an_option_makes_no_sense(options: tuple[str, str]) -> None:
    with process(*options) as (running, line):
        _, err = running.communicate(timeout=10)
        assert (running.returncode, line) == (2, "")
        assert options[0] in err
