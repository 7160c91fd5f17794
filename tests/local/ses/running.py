"""A local SES on a port of this machine, with the real boto3 client and what tests send."""

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import boto3
import httpx2
import uvicorn
from botocore.config import Config
from botocore.exceptions import ClientError
from mypy_boto3_sesv2 import SESV2Client

from app.local.ses import Store, close_store, make_app, open_store

FROM = "Devoured <digest@devoured.example>"
SUBJECT = "Fresh Devoured"
HTML = "<html><head></head><body><p>Hello {{name_h}}</p><a href='{{leave}}'>Leave</a></body></html>"
TEXT = "Hello {{name_t}}\nLeave: {{leave}}\n"


@dataclass(frozen=True)
class LocalSes:
    """Where it listens, clients for both of its sides, and what it keeps."""

    url: str
    client: SESV2Client
    web: httpx2.Client
    store: Store

    def messages(self, **query: str | int) -> list[dict[str, Any]]:
        """What /inbox.json says."""
        answer = self.web.get("/inbox.json", params=query).raise_for_status()
        return cast("list[dict[str, Any]]", answer.json()["messages"])

    def raw(self, id_: int) -> bytes:
        """A message as .eml."""
        return self.web.get(f"/inbox/{id_}/raw.eml").raise_for_status().content


@contextmanager
def serving(folder: Path | None = None, **options: Any) -> Iterator[LocalSes]:
    """A local SES that ends with the block; `options` are those of make_app."""
    store = open_store(folder)
    config = uvicorn.Config(
        make_app(store, **options),
        port=0,
        lifespan="off",
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=1,
    )
    server = uvicorn.Server(config)
    listener = config.bind_socket()
    listener.listen()
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    try:
        with ExitStack() as stack:
            web = stack.enter_context(httpx2.Client(base_url=url))
            client = boto_client(url)
            stack.callback(client.close)
            yield LocalSes(url, client, web, store)
    finally:
        server.should_exit = True
        thread.join()
        listener.close()
        close_store(store)


def boto_client(url: str) -> SESV2Client:
    """The real client, one attempt on the wire, with credentials that are nobody's."""
    return boto3.client(
        "sesv2",
        region_name="eu-west-1",
        endpoint_url=url,
        aws_access_key_id="AKIDEXAMPLE",
        aws_secret_access_key="not-a-secret",
        config=Config(retries={"total_max_attempts": 1}),
    )


def simple(**changes: Any) -> dict[str, Any]:
    """A SendEmail request that is accepted, with some members replaced."""
    body = {"Html": {"Data": "<p>Hello</p>"}, "Text": {"Data": "Hello\n"}}
    request = {
        "FromEmailAddress": FROM,
        "Destination": {"ToAddresses": ["reader@readers.example"]},
        "Content": {"Simple": {"Subject": {"Data": SUBJECT}, "Body": body}},
    }
    return request | changes


def simple_with(**changes: Any) -> dict[str, Any]:
    """A SendEmail request with members of its Simple content replaced."""
    request = simple()
    request["Content"]["Simple"] |= changes
    return request


def bulk(*entries: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """A SendBulkEmail request that is accepted, with some members replaced."""
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
    """A SendBulkEmail request with members of its template replaced."""
    request = bulk()
    request["DefaultContent"]["Template"] |= changes
    return request


def entry(number: int, *, to: str = "", data: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """An entry as the sender makes it: reader `number`, all fields, tags and headers."""
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
    """Tags as SES wants them."""
    return [{"Name": name, "Value": value} for name, value in values.items()]


def headers(values: Mapping[str, str]) -> list[dict[str, str]]:
    """Headers as SES wants them."""
    return [{"Name": name, "Value": value} for name, value in values.items()]


def refusal(client: SESV2Client, operation: str, request: Mapping[str, Any]) -> tuple[str, str]:
    """Code and message of the error that the operation raises."""
    try:
        getattr(client, operation)(**request)
    except ClientError as error:
        return error.response["Error"]["Code"], error.response["Error"]["Message"]
    raise AssertionError(f"{operation} was accepted")
