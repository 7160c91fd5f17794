"""The mails that people send to themselves before an issue leaves."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.actors import CLI
from app.addresses import parse_address
from app.delivery.letters import queue_letter
from app.delivery.mails import list_headers
from app.delivery.post import send_letter
from app.delivery.send import Sender
from app.enums import Depth, LetterKind
from app.issues.preview import SAMPLE_ADDRESS, preview
from app.issues.samples import Seen, queue_samples
from app.models import Category, Issue, Story
from app.publication.issue_masks import issue_mask
from app.publication.publication import get_publication
from app.rendering.budget import CLIP_BYTES
from app.rendering.merge import fill
from app.rendering.templates import Templates, our_templates
from tests.delivery.conftest import BASE_URL
from tests.fakes import KeepingTransport

MakeSender = Callable[..., Sender]


@pytest.fixture(scope="module")
def templates() -> Templates:
    return our_templates()


def test_test_mail_is_marked_and_holds_the_cut_that_was_asked_for(
    session: Session,
    issue: Issue,
    categories: dict[str, Category],
    make_sender: MakeSender,
    transport: KeepingTransport,
    templates: Templates,
    now: datetime,
) -> None:
    with_facts = {
        "issue_id": issue.id,
        "follows": categories["devops"].mask,
        "depth": "headlines",
    }
    letter = queue_letter(
        session, LetterKind.TEST, address="editor@example.com", facts=with_facts, now=now
    )
    session.commit()
    assert send_letter(make_sender(transport), templates, letter.id)
    ((mail, (recipient,)),) = transport.calls
    assert recipient.address == "editor@example.com"
    assert mail.subject.startswith("[Test] ")
    assert "Story number 3" in mail.text
    assert "Story number 1" not in mail.text


@pytest.mark.parametrize("inbound", ["", "leave@in.example.com"])
def test_test_mail_has_the_headers_of_an_issue_and_nobody_leaves_by_it(
    session: Session,
    issue: Issue,
    make_sender: MakeSender,
    transport: KeepingTransport,
    templates: Templates,
    now: datetime,
    inbound: str,
) -> None:
    facts = {"issue_id": issue.id, "follows": 3, "depth": "brief"}
    letter = queue_letter(session, LetterKind.TEST, address="a@b.example", facts=facts, now=now)
    session.commit()
    sender = replace(make_sender(transport), inbound_address=inbound)
    assert send_letter(sender, templates, letter.id)
    ((mail, (recipient,)),) = transport.calls
    assert list_headers(get_publication(session), BASE_URL).items() <= mail.headers.items()
    by_mail = ", <mailto:leave+preview@in.example.com>" if inbound else ""
    assert recipient.headers == {"List-Unsubscribe": f"<{BASE_URL}/preview/leave>{by_mail}"}


def test_test_mail_is_shortened_as_its_preview_is_when_it_is_barely_too_long(
    session: Session,
    issue: Issue,
    make_sender: MakeSender,
    transport: KeepingTransport,
    templates: Templates,
    now: datetime,
) -> None:
    cut: dict[str, Any] = {"follows": issue_mask(session, issue.id), "depth": Depth.DEEP}
    told = session.scalars(select(Story).where(Story.issue_id == issue.id)).first()
    assert told
    told.takeaway = "x"
    was = preview(session, issue, templates, base_url=BASE_URL, **cut)
    told.takeaway += "x" * (CLIP_BYTES + 10 - was.n_bytes)
    facts = {"issue_id": issue.id, **cut}
    queued = queue_letter(session, LetterKind.TEST, address="a@b.example", facts=facts, now=now)
    session.commit()
    shown = preview(session, issue, templates, base_url=BASE_URL, **cut)
    assert shown.trimmed
    assert send_letter(make_sender(transport), templates, queued.id)
    ((mail, (recipient,)),) = transport.calls
    assert fill(mail.html, {**recipient.fields, "address_h": SAMPLE_ADDRESS}) == shown.html
    assert fill(mail.text, {**recipient.fields, "address_t": SAMPLE_ADDRESS}) == shown.text


def test_test_mail_that_somebody_saw_says_just_that_whatever_changed_since(
    session: Session,
    issue: Issue,
    make_sender: MakeSender,
    transport: KeepingTransport,
    templates: Templates,
    now: datetime,
) -> None:
    cut: dict[str, Any] = {"follows": issue_mask(session, issue.id), "depth": Depth.DEEP}
    shown = preview(session, issue, templates, base_url=BASE_URL, **cut)
    queued = queue_samples(
        session,
        CLI,
        issue.id,
        [parse_address("editor@desk.example", allow_reserved=True)],
        **cut,
        pepper="pepper",
        now=now,
        seen=Seen(issue.revision, templates, BASE_URL),
    )
    (letter,) = queued.letters
    session.execute(update(Story).values(title="Another title"))
    session.commit()
    assert send_letter(make_sender(transport), templates, letter.id)
    ((mail, (recipient,)),) = transport.calls
    assert mail.subject == f"[Test] {shown.subject}"
    assert fill(mail.html, {**recipient.fields, "address_h": SAMPLE_ADDRESS}) == shown.html
