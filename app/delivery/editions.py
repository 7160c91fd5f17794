"""Render the Editions of a launched Issue: once per cut, before anybody is written to."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Final

import structlog
from sqlalchemy import exists, or_, select, update
from sqlalchemy.orm import Session

from app.db.session import EnqueueNow, Sessions, enqueue_after_commit, transaction
from app.delivery.alone import Alone
from app.delivery.compose import browser_url, whole_issue
from app.delivery.frozen import (
    Parts,
    changed_parts,
    describe_changes,
    parts_of_whole,
    pause_for_changes,
)
from app.delivery.pausing import pause_issue
from app.delivery.tracking import keep_links
from app.enums import EditionState, IssueState
from app.models import Edition, Issue
from app.rendering.edition import render_edition
from app.rendering.inputs import EditionFacts, RenderedMail
from app.rendering.templates import Templates
from app.rendering.tracked import Sign

_IS_MAILED: Final = (IssueState.SENDING, IssueState.PAUSED)
"""Afterwards a rendering is only for the web: nobody is written to."""

_log = structlog.get_logger(__name__)


def render_pending(
    sessions: Sessions,
    edition_id: int,
    templates: Templates,
    base_url: str,
    now: datetime,
    enqueue_now: EnqueueNow | None = None,
    *,
    sign: Sign | None = None,
) -> None:
    """Render one pending Edition and store it; the last one of an Issue opens its Batches.

    Harmless when repeated or run twice at once: the same stories give the same bytes, and only a
    pending Edition is written. What goes wrong pauses the Issue, a template's error with file,
    line and field, and so does anything that changed since the Issue was approved: then nothing is
    rendered. `sign` makes the codes of tracked links; without it all links are straight.
    """
    revision: int | None = None

    def fail(reason: str) -> None:
        with transaction(sessions) as session:
            store_failure(session, edition_id, reason, now, revision)

    with Alone("render_edition", fail):
        with transaction(sessions) as session:
            found = _facts(session, edition_id, base_url, templates, now)
        if found is None:
            return
        facts, revision = found
        mail = render_edition(facts, templates, sign)
        with transaction(sessions, enqueue_now) as session:
            store_rendering(session, edition_id, mail, now, revision)


def store_rendering(
    session: Session,
    edition_id: int,
    mail: RenderedMail,
    now: datetime,
    revision: int | None = None,
) -> None:
    """Keep the finished mail, and open the Issue's Batches if it was the last one missing.

    Nothing is kept when the Edition is of another `revision` by now: it was corrected meanwhile,
    and somebody renders it anew.
    """
    edition = _lock_pending(session, edition_id, revision)
    if edition is None:
        return
    edition.subject, edition.html, edition.text = mail.subject, mail.html, mail.text
    edition.tracked_html = mail.tracked_html or None
    edition.content_hash = content_hash(mail)
    edition.trimmed = [{"what": step.what, "titles": list(step.titles)} for step in mail.trimmed]
    edition.rendered_at = now
    edition.state = EditionState.RENDERED
    session.flush()  # the next query must see this Edition as rendered
    if mail.tracked_html:
        keep_links(session, mail.links)
    open_batches(session, edition.issue_id, now)


def open_batches(session: Session, issue_id: int, now: datetime) -> None:
    """Let workers lease the Issue's Batches once every Edition is rendered, and enqueue them.

    After a correction they were open already, and only the cut of the new Edition waited.
    """
    # The lock makes the last two of an Issue's renderings see each other.
    issue = session.get_one(Issue, issue_id, with_for_update=True, populate_existing=True)
    missing = exists().where(Edition.issue_id == issue_id, Edition.state != EditionState.RENDERED)
    if issue.rendered_at is None and session.scalar(select(missing)):
        return
    issue.rendered_at = issue.rendered_at or now
    enqueue_after_commit(session, "send_batches")


def store_failure(
    session: Session, edition_id: int, reason: str, now: datetime, revision: int | None = None
) -> None:
    """Note why an Edition could not be made, and stop the Issue if nobody was written to yet.

    After a correction all other cuts go on; the readers of this one wait until it is mended.
    """
    edition = _lock_pending(session, edition_id, revision)
    if edition is None:
        return
    edition.state = EditionState.FAILED
    edition.error = reason
    issue = session.get_one(Issue, edition.issue_id, with_for_update=True, populate_existing=True)
    if issue.state == IssueState.SENDING and issue.rendered_at is None:
        session.flush()
        pause_issue(session, issue.id, reason, now)
    _log.error("edition_failed", issue_id=issue.id, edition_id=edition_id, error=reason)


def content_hash(mail: RenderedMail) -> str:
    """Return SHA-256 over subject, HTML and text, in hex: equal mails have equal hashes."""
    digest = hashlib.sha256()
    for part in (mail.subject, mail.html, mail.text):
        digest.update(part.encode())
        digest.update(b"\0")
    return digest.hexdigest()


def _facts(
    session: Session, edition_id: int, base_url: str, templates: Templates, now: datetime
) -> tuple[EditionFacts, int] | None:
    """Return what a pending Edition says, and its revision when that was read.

    Return None also for an Edition that is not what was approved; its Issue is paused then.
    """
    edition = session.get(Edition, edition_id)
    if edition is None or edition.state != EditionState.PENDING:
        return None
    issue = session.get_one(Issue, edition.issue_id)
    revision = edition.revision  # before the stories, so that they are never older
    whole = whole_issue(session, issue, base_url, browser_url(base_url, edition.public_id))
    parts = parts_of_whole(whole, issue.revision, templates)
    changed = changed_parts(issue, parts)
    if changed and issue.state in _IS_MAILED:
        _stop_changed(session, edition_id, revision, changed, parts, now)
        return None
    return whole.cut(edition.follows, edition.depth), revision


def _stop_changed(
    session: Session,
    edition_id: int,
    revision: int,
    changed: Sequence[str],
    parts: Parts,
    now: datetime,
) -> None:
    """Pause the Issue of an Edition that would not be what was approved."""
    edition = _lock_pending(session, edition_id, revision)
    if edition is None:
        return
    edition.state = EditionState.FAILED
    edition.error = describe_changes(changed)
    pause_for_changes(session, edition.issue_id, changed, parts, now)


def render_again(session: Session, issue_id: int) -> None:
    """Try the Editions of an Issue anew that could not be rendered, or have lost their mail."""
    no_mail = or_(Edition.subject.is_(None), Edition.html.is_(None), Edition.text.is_(None))
    session.execute(
        update(Edition)
        .where(Edition.issue_id == issue_id, or_(Edition.state == EditionState.FAILED, no_mail))
        .values(state=EditionState.PENDING, error=None)
    )


def _lock_pending(session: Session, edition_id: int, revision: int | None) -> Edition | None:
    """Lock the Edition after its Issue, which a correction locks first too, and return it."""
    issue_id = select(Edition.issue_id).where(Edition.id == edition_id).scalar_subquery()
    session.execute(select(Issue.id).where(Issue.id == issue_id).with_for_update())
    wanted = select(Edition).where(Edition.id == edition_id, Edition.state == EditionState.PENDING)
    if revision is not None:
        wanted = wanted.where(Edition.revision == revision)
    return session.scalar(wanted.with_for_update().execution_options(populate_existing=True))
