"""The local SES's inbox, read back as a mail program would."""

from collections.abc import Mapping
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import Message
from typing import Any, Final

import httpx2

_PAGE: Final = 1000


@dataclass(frozen=True)
class Mail:
    """One message of the inbox, from its raw form; `html` and `text` are decoded."""

    delivery: str
    message_id: str
    to: str
    subject: str
    html: str
    text: str
    leave_header: str
    one_click_header: str


def list_messages(ses: httpx2.Client, issue: int | None = None) -> list[dict[str, Any]]:
    """Return what the inbox says of every message, or of every one of an issue, oldest first.

    `issue` is the issue's public id.
    """
    found: list[dict[str, Any]] = []
    after: int | None = 0
    while after is not None:
        of_issue = {} if issue is None else {"issue_id": issue}
        query = {**of_issue, "after": after, "limit": _PAGE}
        page = ses.get("/inbox.json", params=query).raise_for_status().json()
        found += page["messages"]
        after = page["next_after"]
    return found


def read_mail(ses: httpx2.Client, listed: dict[str, Any]) -> Mail:
    """Read and parse the message as it went over the wire."""
    raw = ses.get(f"/inbox/{listed['id']}/raw.eml").raise_for_status().content
    message = message_from_bytes(raw, policy=policy.compat32)
    return Mail(
        delivery=str(message["X-Devoured-Delivery"] or ""),
        message_id=str(listed["message_id"]),
        to=str(message["To"] or ""),
        subject=str(listed["subject"]),
        html=_part(message, "text/html"),
        text=_part(message, "text/plain"),
        leave_header=str(message["List-Unsubscribe"] or ""),
        one_click_header=str(message["List-Unsubscribe-Post"] or ""),
    )


def delivery_of(listed: Mapping[str, Any]) -> str:
    """Return the delivery that a listed message names; empty when it names none."""
    return str(listed["tags"].get("delivery_id", ""))


def _part(message: Message, kind: str) -> str:
    """Return the decoded text of the first part of this kind, with plain newlines."""
    for part in message.walk():
        if part.get_content_type() == kind:
            payload = part.get_payload(decode=True)
            assert isinstance(payload, bytes)  # noqa: S101  # decode=True gives bytes for a leaf
            return payload.decode("utf-8").replace("\r\n", "\n")
    return ""
