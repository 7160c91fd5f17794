"""Past issues: posts of another service as issues of the archive, which nobody is sent."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import NAMESPACE_URL, UUID, uuid5

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.actors import Actor, Verb
from app.audit import record
from app.characters import cut
from app.content.drafts import StoryDraft
from app.content.limits import MAX_PREHEADER, MAX_SUBJECT, faults
from app.content.normal import normal
from app.enums import IssueState
from app.issues.load import story_fields
from app.models import Category, Issue, Story
from app.moving.posts import LeftOutError, Post, Row
from app.publication.lanes import check_day, local_day
from app.publication.publication import get_publication
from app.story_fields import MAX_PROSE, MAX_TITLE

_NOBODY: Final = {"label": "", "text": "", "url": ""}
"""The sponsor of an issue that has none, whatever the publication has now."""


@dataclass(frozen=True)
class LeftOut:
    """A post that was not taken: what it is called, and why."""

    title: str
    why: str


@dataclass(frozen=True)
class Added:
    """What became of the posts of an export; `n_known` are there since an earlier time."""

    issues: Sequence[Issue]
    n_known: int
    left_out: Sequence[LeftOut]


def add_past_issues(
    session: Session,
    actor: Actor,
    posts: Iterable[tuple[Row, Post | LeftOutError]],
    category: Category,
    now: datetime,
) -> Added:
    """Put each post into the archive as an issue of one story, sent on its day to nobody here.

    Again adds nothing twice. It is public at once, as all that was sent is; its story's article is
    what the post said. The caller's transaction has all of it or nothing.
    """
    zone = get_publication(session).time_zone
    known = set(session.scalars(select(Issue.key)))
    issues, left_out, n_known = [], [], 0
    for row, post in posts:
        if isinstance(post, LeftOutError):
            left_out.append(LeftOut(_name_of(row), str(post)))
            continue
        key = uuid5(NAMESPACE_URL, f"devoured:{post.key}")
        if key in known:
            n_known += 1
            continue
        known.add(key)
        try:
            draft = _draft(post, category, now)
        except LeftOutError as error:
            left_out.append(LeftOut(post.title, str(error)))
            continue
        issues.append(_add(session, actor, post, draft, key, category, zone, now))
    return Added(issues, n_known, left_out)


def _draft(post: Post, category: Category, now: datetime) -> StoryDraft:
    if post.at > now:
        raise LeftOutError("its day lies ahead")
    draft = normal(
        StoryDraft(
            title=cut(post.title, MAX_TITLE),
            category=category.name,
            summary=cut(post.summary, MAX_PROSE),
            article=post.article,
        )
    )
    for field, fault in faults(draft):
        raise LeftOutError(f"its {field} {fault}")
    return draft


def _add(
    session: Session,
    actor: Actor,
    post: Post,
    draft: StoryDraft,
    key: UUID,
    category: Category,
    zone: str,
    now: datetime,
) -> Issue:
    day = local_day(zone, post.at)
    check_day(day)
    issue = Issue(
        issued_on=day,
        subject=cut(draft.title, MAX_SUBJECT),
        preheader=cut(draft.summary, MAX_PREHEADER),
        sponsor=dict(_NOBODY),
        state=IssueState.SENT,
        revision=1,
        created_at=now,
        approved_at=post.at,
        launched_at=post.at,
        rendered_at=post.at,
        public_at=post.at,
        sent_at=post.at,
        n_due=0,
        n_skipped=0,
        key=key,
    )
    session.add(issue)
    session.flush()  # the story refers to it
    session.add(
        Story(issue_id=issue.id, category_id=category.id, position=1, **story_fields(draft))
    )
    record(session, actor, Verb.ADD_PAST_ISSUE, issue, now)
    return issue


def _name_of(row: Row) -> str:
    return row.get("title") or row.get("web_title") or row.get("subject") or "without a title"
