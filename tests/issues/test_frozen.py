"""What is approved is what is sent: a change makes a draft of an issue that waits."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path
from shutil import copytree

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.actors import CLI
from app.db.session import Sessions
from app.delivery.claim import lease_batch
from app.delivery.frozen import parts_of
from app.enums import IssueState
from app.errors import Conflict
from app.issues.approval import (
    approve_checked,
    reopen_if_changed,
    schedule_approved,
    waiting_issues,
)
from app.models import Edition, Issue
from app.rendering.templates import EMAILS, load_templates
from tests.factories import make_category, make_subscriber
from tests.issues.changes import (
    CHANGES,
    Change,
    of_category,
    of_publication,
    render_all,
    state_of,
    tick,
    why,
)
from tests.issues.conftest import BASE_URL, LOOKS, TEMPLATES


def test_what_nobody_changed_goes_out(
    sessions: Sessions, session: Session, approved: Issue, now: datetime
) -> None:
    tick(session, now.replace(hour=7))
    render_all(sessions, session, now)
    assert state_of(session, approved) is IssueState.SENDING
    assert approved.rendered_at is not None
    assert lease_batch(session, "one", now.replace(hour=7)) is not None


def test_another_time_changes_nothing_of_what_is_sent(
    session: Session, approved: Issue, now: datetime
) -> None:
    before = (approved.revision, approved.approved_parts)
    for hour in (6, 7):
        schedule_approved(session, CLI, approved.id, LOOKS, now, send_at=now.replace(hour=hour))
        session.commit()
    session.refresh(approved)
    assert (approved.revision, approved.approved_parts) == before
    assert approved.send_at == now.replace(hour=7)


@pytest.mark.parametrize("is_scheduled", [False, True], ids=["approved", "scheduled"])
@pytest.mark.parametrize("what", CHANGES)
def test_issue_is_a_draft_again_when_anything_that_reaches_its_mails_changes(
    session: Session,
    approved: Issue,
    now: datetime,
    what: str,
    is_scheduled: bool,  # noqa: FBT001 - a case of the table
) -> None:
    change, name = CHANGES[what]
    if is_scheduled:
        schedule_approved(session, CLI, approved.id, LOOKS, now, send_at=now)
        session.commit()
    change(session)
    session.commit()
    tick(session, now.replace(hour=7))
    assert state_of(session, approved) is IssueState.DRAFT
    assert approved.approved_at is approved.send_at is approved.launched_at is None
    assert why(approved).startswith("changed since it was approved: ")
    assert name in why(approved)
    assert session.scalars(select(Edition)).all() == []


def test_schedule_is_refused_when_something_changed(
    session: Session, approved: Issue, now: datetime
) -> None:
    of_category(accent="#111111")(session)
    session.commit()
    with pytest.raises(Conflict, match="category ai: accent"):
        schedule_approved(session, CLI, approved.id, LOOKS, now)


def test_issue_goes_out_once_it_is_approved_anew(
    session: Session, approved: Issue, now: datetime
) -> None:
    of_category(accent="#111111")(session)
    session.commit()
    tick(session, now.replace(hour=6))
    assert state_of(session, approved) is IssueState.DRAFT
    approve_checked(session, CLI, approved.id, LOOKS, now)
    session.commit()
    assert why(approved) == ""
    tick(session, now.replace(hour=7))
    assert state_of(session, approved) is IssueState.SENDING


@pytest.mark.parametrize(
    "change",
    [
        of_publication(brake_after=7, soft_bounce_days=3, sends_welcome=True),
        lambda session: make_category(session, "design"),
        make_subscriber,
    ],
    ids=["settings of sending", "a category that it has nothing of", "a reader"],
)
def test_what_reaches_no_mail_of_it_changes_nothing(
    session: Session, approved: Issue, now: datetime, change: Change
) -> None:
    change(session)
    session.commit()
    tick(session, now.replace(hour=7))
    assert state_of(session, approved) is IssueState.SENDING


@pytest.mark.parametrize(
    ("file", "is_of_it"),
    [
        ("edition.mjml.j2", True),
        ("layout.mjml.j2", True),
        ("parts/story.mjml.j2", True),
        ("sections/ai.mjml.j2", True),
        ("sections/ai.txt.j2", True),
        ("sections/default.mjml.j2", True),
        ("sections/security.mjml.j2", False),
        ("letters/welcome.mjml.j2", False),
    ],
)
def test_templates_on_disk_are_a_part_of_it(
    session: Session,
    approved: Issue,
    now: datetime,
    tmp_path: Path,
    file: str,
    is_of_it: bool,  # noqa: FBT001 - a case of the table
) -> None:
    own = tmp_path / file
    own.parent.mkdir(parents=True, exist_ok=True)
    own.write_text((EMAILS / file).read_text("utf-8") + "\n{# changed #}", encoding="utf-8")
    check_settings = replace(LOOKS, templates=load_templates(own=tmp_path))
    tick(session, now.replace(hour=7), check_settings)
    if not is_of_it:
        assert state_of(session, approved) is IssueState.SENDING
        return
    assert state_of(session, approved) is IssueState.DRAFT
    assert why(approved) == f"changed since it was approved: template {file}"


def test_template_that_one_of_its_own_extends_is_a_part_of_it(
    session: Session, approved: Issue, tmp_path: Path
) -> None:
    section, base = tmp_path / "sections/ai.mjml.j2", tmp_path / "sections/base.mjml.j2"
    section.parent.mkdir()
    section.write_text('{% extends "sections/base.mjml.j2" %}', encoding="utf-8")
    base.write_text('{% extends "sections/default.mjml.j2" %}', encoding="utf-8")
    first = parts_of(session, approved, load_templates(own=tmp_path), BASE_URL)
    assert "template sections/base.mjml.j2" in first
    base.write_text('{% extends "sections/default.mjml.j2" %}{# #}', encoding="utf-8")
    second = parts_of(session, approved, load_templates(own=tmp_path), BASE_URL)
    assert [name for name in first if first[name] != second[name]] == [
        "template sections/base.mjml.j2"
    ]


def test_template_counts_as_it_was_loaded_not_as_it_is_on_the_disk(
    session: Session, approved: Issue, tmp_path: Path
) -> None:
    emails = tmp_path / "emails"
    copytree(EMAILS, emails)
    loaded = load_templates(emails)
    before = parts_of(session, approved, loaded, BASE_URL)
    (emails / "edition.mjml.j2").write_text("changed", encoding="utf-8")
    assert parts_of(session, approved, loaded, BASE_URL) == before


def test_another_address_of_the_site_is_a_change(
    session: Session, approved: Issue, now: datetime
) -> None:
    check_settings = replace(LOOKS, base_url="https://scam.example")
    tick(session, now.replace(hour=7), check_settings)
    assert state_of(session, approved) is IssueState.DRAFT
    assert "publication: base url" in why(approved)


def test_issue_that_was_approved_before_anything_was_frozen_is_frozen_as_it_is_found(
    session: Session, approved: Issue, now: datetime
) -> None:
    approved.approved_parts = None
    session.commit()
    for issue_id in waiting_issues(session):
        assert not reopen_if_changed(session, issue_id, LOOKS, now)
    session.commit()
    assert session.scalar(select(Issue.approved_parts)) is not None
    of_category(accent="#111111")(session)
    session.commit()
    tick(session, now.replace(hour=7))
    assert state_of(session, approved) is IssueState.DRAFT


def test_every_value_that_an_edition_is_rendered_from_is_a_part(
    session: Session, approved: Issue
) -> None:
    """By construction: a field that is added to the facts is a part the same day."""
    parts = parts_of(session, approved, TEMPLATES, BASE_URL)
    assert {"issued on", "subject", "preheader", "issue url", "note", "sponsor", "tracking"} <= {
        *parts
    }
    session.expire_all()
    assert parts_of(session, approved, TEMPLATES, BASE_URL) == parts
