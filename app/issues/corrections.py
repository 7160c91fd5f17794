"""Corrections: a Story is changed after its Issue was launched, and everybody can see that it was.

Who was not written to yet gets the new text, the pages show it with a dated note, and the ledger
knows who got which revision (docs/adr/0012).
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.actors import Actor, Verb
from app.audit import fields_of, record
from app.characters import TEXT
from app.delivery.compose import edition_facts
from app.delivery.revisions import revise_editions
from app.enums import Depth
from app.errors import FieldError, InvalidInput, NotFound, WrongState
from app.issues.lifecycle import lock_issue, possible_steps
from app.issues.revisions import keep_revision, texts_of
from app.issues.stories import lock_story, set_fields
from app.models import Category, Correction, Issue, OutboxKind, Story
from app.outbox import publish_issue
from app.publication.issue_masks import issue_mask
from app.rendering.depths import depths_showing
from app.rendering.edition import render_edition
from app.rendering.templates import Templates
from app.sentences import Sentence
from app.story_fields import CORRECTABLE
from app.versions import Expected
from app.written import MAX_NOTE, check_written

_log = structlog.get_logger(__name__)


def correct(
    session: Session,
    actor: Actor,
    issue_id: int,
    story_id: int,
    changes: Mapping[str, Any],
    note: str,
    *,
    templates: Templates,
    base_url: str,
    now: datetime,
    expected: Expected = None,
) -> Correction:
    """Change a Story after launch: the Issue is at its next revision, new Editions on their way.

    `changes` are columns among `CORRECTABLE`, in normal form. Calls in flight finish with the old
    text and are recorded so. The longest new edition of each depth is rendered once before
    anything is written, so that a text that breaks a template changes nothing.

    Raises:
        NotFound: there is no such Issue or Story.
        Stale: the Issue is of another version than `expected`.
        WrongState: the Issue was not launched, so it can simply be edited.
        InvalidInput: nothing changes, the Story would lack something, or the note is too long.
        RenderError: the new text cannot be made into a mail.
    """
    check_written("note", note, most=MAX_NOTE, pattern=TEXT)
    issue = lock_issue(session, issue_id, expected)
    _refuse_unlaunched(issue)
    story = lock_story(session, issue_id, story_id)
    was, said = fields_of(story), texts_of(story)
    before = _set(story, changes)
    issue.revision += 1
    record(session, actor, Verb.CORRECT, story, now, before=was)
    keep_revision(session, actor, Verb.CORRECT, story, said, now)
    correction = Correction(
        issue_id=issue_id,
        story_id=story_id,
        revision=issue.revision,
        before=before,
        after={name: getattr(story, name) for name in before},
        note=note,
        corrected_at=now,
    )
    session.add(correction)
    session.flush()  # what is composed next must see the new text
    facts = {"revision": issue.revision, "fields": sorted(before)}
    publish_issue(session, actor, OutboxKind.ISSUE_CORRECTED, issue, now, facts)
    depths = depths_showing(before)
    _try_rendering(session, issue, depths, templates, base_url)
    category = session.get_one(Category, story.category_id)
    n_editions = revise_editions(session, issue, category.mask, depths)
    _log.info(
        "story_corrected",
        issue_id=issue_id,
        story_id=story_id,
        revision=issue.revision,
        fields=sorted(before),
        n_editions=n_editions,
    )
    return correction


def _try_rendering(
    session: Session, issue: Issue, depths: Iterable[Depth], templates: Templates, base_url: str
) -> None:
    """Render the longest edition of each depth; RenderError where the new text breaks it."""
    whole = issue_mask(session, issue.id)
    for depth in depths:
        facts = edition_facts(
            session, issue, follows=whole, depth=depth, base_url=base_url, browser_url=base_url
        )
        render_edition(facts, templates)


def corrections_of(session: Session, issue_id: int) -> Sequence[Correction]:
    """Return the Corrections of an Issue, oldest first."""
    return session.scalars(
        select(Correction).where(Correction.issue_id == issue_id).order_by(Correction.revision)
    ).all()


def get_correction(session: Session, issue_id: int, correction_id: int) -> Correction:
    """Return the Correction of this Issue, or raise NotFound."""
    correction = session.get(Correction, correction_id)
    if correction is None or correction.issue_id != issue_id:
        raise NotFound(
            Sentence(
                "Issue %(issue)s has no correction %(correction)s.",
                issue=issue_id,
                correction=correction_id,
            )
        )
    return correction


def _refuse_unlaunched(issue: Issue) -> None:
    if issue.launched_at is None:
        why = Sentence(
            "Issue %(issue)s is %(state)s: before launch a story is simply edited.",
            issue=issue.id,
            state=issue.state,
        )
        raise WrongState(why, possible_steps(issue.state))


def _set(story: Story, changes: Mapping[str, Any]) -> dict[str, Any]:
    """Set the changed fields and return what the Story said there before; at least one changes."""
    unknown = sorted(set(changes) - CORRECTABLE)
    if unknown:
        fault = Sentence("is fixed at launch")
        wrong = [FieldError(f"/changes/{name}", fault) for name in unknown]
        raise InvalidInput("That cannot be corrected after launch.", wrong)
    before = {name: getattr(story, name) for name in changes}
    set_fields(story, dict(changes))
    changed = {name: old for name, old in before.items() if getattr(story, name) != old}
    if not changed:
        raise InvalidInput("The story says just that already: there is nothing to correct.")
    if missing := story.missing:
        raise InvalidInput(
            Sentence(
                "“%(title)s” would lack: %(fields)s.",
                title=story.title,
                fields=[Sentence(one) for one in missing],
            )
        )
    return changed
