"""Everybody once, nobody else, and each their own: the inbox against subscribers and ledger."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

import httpx2
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db.session import transaction
from app.enums import SubscriberState
from app.errors import NotFound
from app.models import Category, Delivery, Edition, Issue, Story, Subscriber, Suppression
from app.public_ids import delivery_tag
from app.rendering.merge import fields_for, fill
from app.tokens import Purpose, Signer
from localdev.demo.editions import wrong_headlines
from localdev.demo.inbox import Mail, delivery_of, list_messages, read_mail
from localdev.demo.processes import Deployment
from localdev.demo.report import TAKEN

ONE_CLICK: Final = "List-Unsubscribe=One-Click"


@dataclass(frozen=True)
class Due:
    """A reader who must have got the issue, and the cut they must have got."""

    subscriber_id: int
    address: str
    edition: Edition
    public_id: int


@dataclass
class Findings:
    """What was looked at, and what was wrong; a delivery is named by its id, never an address."""

    checked: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    def note(self, what: str, failures: Iterable[str]) -> None:
        """Remember one check and what it found."""
        self.checked.append(what)
        self.failures += failures


def check_issue(deployment: Deployment, issue_id: int) -> Findings:
    """Compare what the inbox shows of one issue with the database; write nothing."""
    findings = Findings()
    with transaction(deployment.container.sessions) as session:
        due = due_readers(session, issue_id)
        issue = session.get_one(Issue, issue_id).public_id
        ledger = ledger_of(session, issue_id)
        editions, wrong = wrong_headlines(session, issue_id)
    findings.note(f"{editions} editions hold the headlines of their categories, no others", wrong)
    with httpx2.Client(base_url=deployment.place.ses_url, timeout=30, trust_env=False) as ses:
        listed = list_messages(ses, issue)
        expected = {delivery_tag(issue, reader.public_id): reader for reader in due}
        findings.note(
            f"{len(expected)} readers due, {len(listed)} messages: nobody missing, twice or extra",
            compare_inbox(expected.keys(), [delivery_of(one) for one in listed]),
        )
        findings.note(
            f"{len(ledger)} rows of the ledger say the same",
            compare_ledger(expected.keys(), ledger, listed),
        )
        mails = [read_mail(ses, one) for one in listed if delivery_of(one) in expected]
    base_url, now = deployment.place.base_url, deployment.container.clock()
    wrong_mails = [
        fault
        for mail in mails
        for fault in check_mail(
            mail, expected.get(mail.delivery), deployment.container.signer, base_url, now
        )
    ]
    findings.note(
        f"{len(mails)} messages read back: recipient, cut, headers, leave link, no field left",
        wrong_mails,
    )
    return findings


def due_readers(session: Session, issue_id: int) -> list[Due]:
    """Return who must have got the issue, worked out from the rows without the launch's query."""
    issue = session.get_one(Issue, issue_id)
    in_issue = select(Story.category_id).where(Story.issue_id == issue_id)
    mask = sum(c.mask for c in session.scalars(select(Category).where(Category.id.in_(in_issue))))
    # A bounce or a complaint about this very issue suppresses its reader for the next.
    before = Suppression.created_at <= issue.launched_at
    suppressed = set(session.scalars(select(Suppression.address_hmac).where(before)))
    editions = {
        (edition.follows, edition.depth): edition
        for edition in session.scalars(select(Edition).where(Edition.issue_id == issue_id))
    }
    return [
        Due(row.id, row.address or "", editions[row.follows & mask, row.depth], row.public_id)
        for row in session.scalars(select(Subscriber).order_by(Subscriber.id))
        if _was_active(row, issue)
        and row.follows & mask
        and row.address_hmac not in suppressed
        and not (row.paused_until and issue.launched_at and row.paused_until > issue.launched_at)
    ]


def _was_active(row: Subscriber, issue: Issue) -> bool:
    """Return whether they were a reader at the launch: a complaint about it makes them leave."""
    has_left_since = (
        row.state is SubscriberState.LEFT
        and row.left_at is not None
        and issue.launched_at is not None
        and row.left_at > issue.launched_at
    )
    return row.state is SubscriberState.ACTIVE or has_left_since


def ledger_of(session: Session, issue_id: int) -> dict[str, Delivery]:
    """Return the issue's rows of the ledger, by what their mails are tagged with."""
    rows = session.execute(
        select(Delivery, Issue.public_id, Subscriber.public_id)
        .join(Issue, Issue.id == Delivery.issue_id)
        .join(Subscriber, Subscriber.id == Delivery.subscriber_id)
        .where(Delivery.issue_id == issue_id)
    )
    return {delivery_tag(issue, reader): delivery for delivery, issue, reader in rows}


def compare_inbox(expected: Iterable[str], found: Sequence[str]) -> list[str]:
    """Deliveries that the inbox lacks, has more than once, or should not have."""
    wanted, counts = set(expected), Counter(found)
    missing = [f"delivery {name} is missing" for name in sorted(wanted - counts.keys())]
    twice = [f"delivery {name} is there {n} times" for name, n in counts.items() if n > 1]
    extra = [f"delivery {name} is for nobody due" for name in sorted(counts.keys() - wanted)]
    return missing + twice + extra


def compare_ledger(
    expected: Iterable[str], rows: Mapping[str, Delivery], listed: Sequence[Any]
) -> list[str]:
    """Return where the ledger's rows are not the readers due, accepted under the inbox's ids."""
    wrong = [
        f"delivery {name} is only in {where}"
        for where, names in (
            ("the ledger", rows.keys() - set(expected)),
            ("the audience", set(expected) - rows.keys()),
        )
        for name in sorted(names)
    ]
    ids = {delivery_of(one): one["message_id"] for one in listed}
    for name, row in rows.items():
        if row.state not in TAKEN:
            wrong.append(f"delivery {name} is {row.state}: {row.reason}")
        elif row.provider_id != ids.get(name):
            wrong.append(f"delivery {name} has another message id in the ledger than in the inbox")
    return wrong


def check_mail(
    mail: Mail, reader: Due | None, signer: Signer, base_url: str, now: datetime
) -> list[str]:
    """Return what is wrong with a message that this reader got."""
    if reader is None:
        return [f"message {mail.message_id} names a delivery that nobody is due"]
    leave_url = mail.leave_header.removeprefix("<").removesuffix(">")
    token = leave_url.removeprefix(f"{base_url}/leave/")
    preferences = _link_in(mail.text, f"{base_url}/preferences/")
    whole = token != leave_url and preferences
    fields = (
        fields_for(reader.address, leave_url, f"{base_url}/preferences/{preferences}")
        if whole
        else {}
    )
    right = {
        "another recipient": mail.to == reader.address,
        "another subject": mail.subject == reader.edition.subject,
        "no leave link of its reader": _names(signer, Purpose.LEAVE, token, reader, now),
        "no preferences link of its reader": _names(
            signer, Purpose.PREFERENCES, preferences, reader, now
        ),
        "its leave link not in the text": bool(token) and leave_url in mail.html + mail.text,
        "no one-click header": mail.one_click_header == ONE_CLICK,
        "another HTML than its edition": _is_filled(mail.html, reader.edition.html, fields),
        "another text than its edition": _is_filled(mail.text, reader.edition.text, fields),
        "a merge field left": "{{" not in mail.html + mail.text + mail.subject,
    }
    return [
        f"delivery {mail.delivery} has {fault}" for fault, is_right in right.items() if not is_right
    ]


def _is_filled(got: str, template: str | None, fields: Mapping[str, str]) -> bool:
    """Return whether this is the edition's part with the reader's own values in it."""
    return bool(fields) and got.rstrip("\n") == fill(template or "", fields).rstrip("\n")


def _link_in(text: str, before: str) -> str:
    """Return the text after the first `before`, up to the next white space; empty without one."""
    found = re.search(rf"{re.escape(before)}(\S+)", text)
    return found[1] if found else ""


def _names(signer: Signer, purpose: Purpose, token: str, reader: Due, now: datetime) -> bool:
    try:
        return signer.read(purpose, token, now=now).subject == reader.public_id
    except NotFound:
        return False
