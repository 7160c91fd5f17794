"""Frozen: hash everything that the mails of an Issue are made of, so that a change is found.

A person approves an Issue as it is then. What its mails say comes from many places: its stories,
its categories, the publication, settings, templates on disk. Each of these is a part here, with a
mark that changes when it does. A rendering of other parts than were approved is not mailed.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from app.delivery.compose import NO_EDITION, WholeIssue, browser_url, whole_issue
from app.delivery.pausing import pause_issue
from app.enums import Depth, IssueState
from app.models import CategoryState, Issue, Publication
from app.publication.categories import mask_of
from app.publication.publication import get_publication
from app.rendering.inputs import EditionFacts, PublicationFacts, Section
from app.rendering.templates import Templates
from app.rendering.views import template_of

Parts = Mapping[str, str]
"""The mark of each part, by what people call the part."""

_STORY: Final = "story "
_REVISION: Final = "revision"
_ELSEWHERE: Final = frozenset({"publication", "sections", "lines", "depth", "browser_url"})
"""The fields of `EditionFacts` that are taken apart, or differ from edition to edition."""

_PAUSABLE: Final = (IssueState.SENDING, IssueState.PAUSED)


def parts_of(session: Session, issue: Issue, templates: Templates, base_url: str) -> dict[str, str]:
    """Return the parts of an Issue as they are now; reads only, about 3 ms."""
    whole = whole_issue(session, issue, base_url, browser_url(base_url, NO_EDITION))
    return parts_of_whole(whole, issue.revision, templates)


def parts_of_whole(whole: WholeIssue, revision: int, templates: Templates) -> dict[str, str]:
    """Return the parts of what was read already, so that they are those of what is rendered."""
    found = {name: _mark(value) for name, value in _values(whole, templates)}
    return {**found, **sender_parts(whole.publication), _REVISION: str(revision)}


def sender_parts(publication: Publication) -> dict[str, str]:
    """Return the parts that are read anew for every Call: who sends, in the headers of a mail."""
    return {
        "publication: name": _mark(publication.name),
        "publication: from address": _mark(publication.from_address),
        "publication: reply to": _mark(publication.reply_to),
    }


def changed_parts(issue: Issue, present: Parts) -> list[str]:
    """Return the names of the parts that are not as they were approved, sorted; empty if none.

    `present` are all parts, or the sender's. An Issue of which nothing was frozen, because it was
    launched before that was done, has nothing to be held against.
    """
    changed: list[str] = []
    for approved in issue.approved_parts or []:
        changed = _difference(approved, present)
        if not changed:
            break
    return changed


def pause_if_sender_changed(session: Session, issue_id: int, now: datetime) -> bool:
    """Return whether this paused an Issue, because its sender is not the one that was approved."""
    present = sender_parts(get_publication(session))
    changed = changed_parts(session.get_one(Issue, issue_id), present)
    if changed:
        pause_for_changes(session, issue_id, changed, present, now)
    return bool(changed)


def pause_for_changes(
    session: Session, issue_id: int, changed: Sequence[str], present: Parts, now: datetime
) -> None:
    """Pause an Issue that is being sent, and keep the parts that whoever resumes it approves."""
    because = f"{describe_changes(changed)}; resumed, it goes out as it is now"
    issue = pause_issue(session, issue_id, because, now, _PAUSABLE)
    if issue is not None:
        issue.changed_parts = {**(issue.approved_parts or [{}])[-1], **present}


def describe_changes(changed: Sequence[str]) -> str:
    """Return the sentence that names what changed, without a full stop."""
    return f"changed since it was approved: {', '.join(changed)}"


def _difference(approved: Parts, present: Parts) -> list[str]:
    is_all = _REVISION in present
    names = {*present, *approved} if is_all else set(present)
    if is_all and present[_REVISION] != approved[_REVISION]:
        # After launch only a correction changes stories, and who makes it may send.
        names = {one for one in names if one != _REVISION and not one.startswith(_STORY)}
    return sorted(name for name in names if approved.get(name) != present.get(name))


def _values(whole: WholeIssue, templates: Templates) -> Iterator[tuple[str, object]]:
    facts = whole.facts
    for field in fields(EditionFacts):
        if field.name not in _ELSEWHERE:
            yield field.name.replace("_", " "), getattr(facts, field.name)
    for field in fields(PublicationFacts):
        yield _of("publication", field.name), getattr(facts.publication, field.name)
    yield "publication: shows articles", whole.publication.shows_articles
    yield "order of categories", [one.slug for one in facts.sections if not one.is_lead]
    yield from _states(whole)
    yield from _lines(whole)
    for section in facts.sections:
        yield from _of_section(section)
    names = templates.section_names()
    chosen = [template_of(section, names) for section in facts.sections]
    for name, mark in templates.marks_of(chosen).items():
        yield f"template {name}", mark


def _states(whole: WholeIssue) -> Iterator[tuple[str, object]]:
    """Return the categories that nothing may go out in: an open one has no part, and needs none."""
    slugs = {section.slug for section in whole.facts.sections}
    for category in whole.categories:
        if category.slug in slugs and category.state is not CategoryState.OPEN:
            yield _of(f"category {category.slug}", "state"), category.state.value


def _of_section(section: Section) -> Iterator[tuple[str, object]]:
    if section.is_lead:
        yield "lead story", section.stories[0].story_id
    for field in fields(Section):
        if field.name not in {"stories", "is_lead"}:
            yield _of(f"category {section.slug}", field.name), getattr(section, field.name)
    for story in section.stories:
        yield f"{_STORY}{story.story_id}", story


def _lines(whole: WholeIssue) -> Iterator[tuple[str, object]]:
    """Yield how subjects and preheaders are made: for each category alone, and for several."""
    slugs = {section.slug for section in whole.facts.sections}
    categories = [category for category in whole.categories if category.slug in slugs]
    cuts = {f"category {category.slug}": category.mask for category in categories}
    if len(categories) > 1:
        cuts["publication"] = mask_of(categories)
    for name, follows in cuts.items():
        lines = whole.cut(follows, Depth.DEEP).lines
        yield _of(name, "subject_template"), lines.subject
        yield _of(name, "preheader_template"), lines.preheader


def _of(owner: str, name: str) -> str:
    return f"{owner}: {name.replace('_', ' ')}"


def _mark(value: object) -> str:
    text = repr(value).encode(errors="surrogatepass")
    return hashlib.sha256(text).hexdigest()[:32]
