"""A local SES on a port of this machine, with the real boto3 client and what tests send."""

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import boto3
import httpx2
import uvicorn
from botocore.config import Config
from botocore.exceptions import ClientError
from mypy_boto3_sesv2 import SESV2Client
from mypy_boto3_sqs import SQSClient

from localdev.ses import Store, close_store, make_app, open_store
from localdev.ses.app import Publishing
from localdev.ses.connections import OpenProtocol, TellingServer

FROM = "Devoured <digest@devoured.example>"
SUBJECT = "Fresh Devoured"
HTML = "<html><head></head><body><p>Hello {{name_h}}</p><a href='{{leave}}'>Leave</a></body></html>"
TEXT = "Hello {{name_t}}\nLeave: {{leave}}\n"


@dataclass(frozen=True)
class LocalSes:
    """Where it listens, clients for all of its sides, and what it keeps."""

    url: str
    client: SESV2Client
    sqs: SQSClient
    web: httpx2.Client
    store: Store

    @property
    def queue_url(self) -> str:
        """Return the URL of the queue of events."""
        return f"{self.url}/000000000000/devoured-events"

    def messages(self, **query: str | int) -> list[dict[str, Any]]:
        """Return the messages of /inbox.json."""
        answer = self.web.get("/inbox.json", params=query).raise_for_status()
        return cast("list[dict[str, Any]]", answer.json()["messages"])

    def raw(self, id_: int) -> bytes:
        """Return a message as .eml."""
        return self.web.get(f"/inbox/{id_}/raw.eml").raise_for_status().content


@dataclass
class Clock:
    """The machine's clock, put on by as much as a test says."""

    ahead: timedelta = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def pass_by(self, seconds: float) -> None:
        """Let time go by."""
        self.ahead += timedelta(seconds=seconds)


@contextmanager
def serving(
    folder: Path | None = None, *, publishing: Publishing | None = None, **options: Any
) -> Iterator[LocalSes]:
    """Run a local SES that ends with the block; `options` are those of make_app.

    `publishing` is given its address here.
    """
    store = open_store(folder)
    config = uvicorn.Config(
        "",
        port=0,
        http=OpenProtocol,
        lifespan="auto",
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=1,
    )
    listener = config.bind_socket()
    listener.listen()
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    known = publishing and replace(publishing, base_url=url)
    config.app = make_app(store, publishing=known, **options)
    server = TellingServer(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        with ExitStack() as stack:
            web = stack.enter_context(httpx2.Client(base_url=url))
            client, sqs = boto_client(url), sqs_client(url)
            stack.callback(client.close)
            stack.callback(sqs.close)
            yield LocalSes(url, client, sqs, web, store)
    finally:
        server.should_exit = True
        thread.join()
        listener.close()
        close_store(store)


def boto_client(url: str, **options: Any) -> SESV2Client:
    """Return the real client, one attempt on the wire, with credentials that are nobody's."""
    return boto3.client("sesv2", endpoint_url=url, config=_once(options), **NOBODY)


def sqs_client(url: str, **options: Any) -> SQSClient:
    """Return the real client of the queue, with one attempt and credentials that are nobody's."""
    return boto3.client("sqs", endpoint_url=url, config=_once(options), **NOBODY)


NOBODY: Any = {
    "region_name": "eu-west-1",
    "aws_access_key_id": "AKIDEXAMPLE",
    "aws_secret_access_key": "not-a-secret",
}


def _once(options: Mapping[str, Any]) -> Config:
    return Config(retries={"total_max_attempts": 1}, **options)


def simple(**changes: Any) -> dict[str, Any]:
    """Build a SendEmail request that is accepted, with some members replaced."""
    body = {"Html": {"Data": "<p>Hello</p>"}, "Text": {"Data": "Hello\n"}}
    request = {
        "FromEmailAddress": FROM,
        "Destination": {"ToAddresses": ["reader@readers.example"]},
        "Content": {"Simple": {"Subject": {"Data": SUBJECT}, "Body": body}},
    }
    return request | changes


def simple_with(**changes: Any) -> dict[str, Any]:
    """Build a SendEmail request with members of its Simple content replaced."""
    request = simple()
    request["Content"]["Simple"] |= changes
    return request


def bulk(*entries: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """Build a SendBulkEmail request that is accepted, with some members replaced."""
    template = {
        "TemplateContent": {"Subject": SUBJECT, "Html": HTML, "Text": TEXT},
        "TemplateData": "{}",
        "Headers": [
            {"Name": "List-Unsubscribe-Post", "Value": "List-Unsubscribe=One-Click"},
            {"Name": "List-Id", "Value": "Devoured <digest.devoured.example>"},
        ],
    }
    request = {
        "FromEmailAddress": FROM,
        "DefaultContent": {"Template": template},
        "DefaultEmailTags": [{"Name": "issue_id", "Value": "issue-1"}],
        "BulkEmailEntries": list(entries or [entry(1)]),
    }
    return request | changes


def template_with(**changes: Any) -> dict[str, Any]:
    """Build a SendBulkEmail request with members of its template replaced."""
    request = bulk()
    request["DefaultContent"]["Template"] |= changes
    return request


def entry(number: int, *, to: str = "", data: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Build an entry as the sender makes it: reader `number`, all fields, tags and headers."""
    values = {
        "name_h": "Ann &amp; Bo",
        "name_t": "Ann & Bo",
        "leave": f"https://d.example/{number}",
    }
    filled = json.dumps(values if data is None else data)
    return {
        "Destination": {"ToAddresses": [to or f"reader-{number}@readers.example"]},
        "ReplacementTags": tags(delivery_id=f"delivery-{number}", attempt="1"),
        "ReplacementHeaders": headers({"List-Unsubscribe": f"<https://d.example/{number}>"}),
        "ReplacementEmailContent": {"ReplacementTemplate": {"ReplacementTemplateData": filled}},
    }


def tags(**values: str) -> list[dict[str, str]]:
    """Return tags as SES wants them."""
    return [{"Name": name, "Value": value} for name, value in values.items()]


def headers(values: Mapping[str, str]) -> list[dict[str, str]]:
    """Return headers as SES wants them."""
    return [{"Name": name, "Value": value} for name, value in values.items()]


def refusal(client: SESV2Client, operation: str, request: Mapping[str, Any]) -> tuple[str, str]:
    """Code and message of the error that the operation raises."""
    try:
        getattr(client, operation)(**request)
    except ClientError as error:
        return error.response["Error"]["Code"], error.response["Error"]["Message"]
    raise AssertionError(f"{operation} was accepted")
