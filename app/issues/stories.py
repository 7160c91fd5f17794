"""Stories of a draft Issue, one by one: add and change; every change is a new revision.

`arranging` has those of several at once, `dropping` drops and restores.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.actors import Actor, Verb
from app.audit import fields_of, record
from app.content import limits
from app.content.drafts import StoryDraft, minutes_of
from app.content.limits import story_count_fault
from app.content.normal import normal
from app.db.session import enqueue_after_commit
from app.enums import IssueState
from app.errors import FieldError, InvalidInput, NotFound, WrongState
from app.issues.lifecycle import TRANSITIONS, Transition, lock_issue, possible_steps
from app.issues.links.within import stored_links
from app.issues.load import story_fields
from app.issues.revisions import keep_revision, texts_of
from app.models import Issue, Story
from app.publication.categories import all_categories
from app.publication.lanes import check_day
from app.sentences import N_, Sentence
from app.story_fields import STORY_FIELDS, from_columns, frozen
from app.versions import Expected, refuse_stale
from app.written import check_written

_REOPEN: Final = N_("Issue %(issue)s is %(state)s: only a draft can be edited. Reopen it first.")
_NEVER_LAUNCHED: Final = N_(
    "Issue %(issue)s is %(state)s: only a draft can be edited. Load it again as another one."
)
_AFTER_LAUNCH: Final = N_(
    "Issue %(issue)s is %(state)s: only a draft can be edited. Correct what went out."
)


def stories_of(session: Session, issue_id: int) -> Sequence[Story]:
    """Return the stories of an Issue, in the editor's order."""
    return session.scalars(
        select(Story).where(Story.issue_id == issue_id).order_by(Story.position)
    ).all()


def get_story(session: Session, issue_id: int, story_id: int) -> Story:
    """Return the story of this Issue, or NotFound."""
    return _of_issue(session.get(Story, story_id), issue_id, story_id)


def lock_story(session: Session, issue_id: int, story_id: int, expected: Expected = None) -> Story:
    """Return the story of this Issue, which the caller has locked, as it is now.

    Raises:
        NotFound: the Issue has no such story.
        Stale: it is of another version than `expected`.
    """
    found = session.get(Story, story_id, with_for_update=True, populate_existing=True)
    story = _of_issue(found, issue_id, story_id)
    refuse_stale(session, story, expected)
    return story


def _of_issue(story: Story | None, issue_id: int, story_id: int) -> Story:
    if story is None or story.issue_id != issue_id:
        raise NotFound(
            Sentence("Issue %(issue)s has no story %(story)s.", issue=issue_id, story=story_id)
        )
    return story


def add_story(
    session: Session,
    actor: Actor,
    issue_id: int,
    fields: dict[str, Any],
    now: datetime,
    expected: Expected = None,
) -> Story:
    """Add a story at the end of its Issue.

    Raises:
        InvalidInput: the Issue has as many stories as one may have.
        NotFound: there is no such Issue.
        Stale: the Issue is of another version than `expected`.
        WrongState: the Issue is no draft.
    """
    issue = lock_draft(session, issue_id, expected)
    story = Story(issue_id=issue_id, position=next_position(session, issue))
    set_fields(story, fields)
    session.add(story)
    issue.revision += 1
    record(session, actor, Verb.ADD_STORY, story, now)
    keep_revision(session, actor, Verb.ADD_STORY, story, None, now)
    enqueue_after_commit(session, "check_links")
    return story


def next_position(session: Session, issue: Issue, n_more: int = 1) -> int:
    """Return the place after the last story of an Issue that can take so many more.

    Raises:
        InvalidInput: the Issue would have more stories than one may have.
        WrongState: it tells of a correction.
    """
    if issue.corrects_id is not None:
        raise WrongState(
            Sentence(
                "Issue %(issue)s tells of one correction: it has no other story.", issue=issue.id
            )
        )
    n, last = session.execute(
        select(func.count(), func.max(Story.position)).where(Story.issue_id == issue.id)
    ).one()
    if fault := story_count_fault(n + n_more):
        raise InvalidInput(
            Sentence(
                "With %(n)s more, issue %(issue)s %(fault)s: drop one first.",
                n=n_more,
                issue=issue.id,
                fault=fault,
            ),
            [FieldError("", fault)],
        )
    return int(last or 0) + 1


def change_story(
    session: Session,
    actor: Actor,
    issue_id: int,
    story_id: int,
    changes: dict[str, Any],
    now: datetime,
    expected: Expected = None,
) -> Story:
    """Set these fields of a story of a draft; `expected` are versions of the story.

    Raises:
        NotFound: there is no such Issue or story.
        Stale: the story is of another version than `expected`.
        WrongState: the Issue is no draft.
    """
    issue = lock_draft(session, issue_id)
    story = lock_story(session, issue_id, story_id, expected)
    set_and_record(session, actor, Verb.CHANGE_STORY, issue, story, changes, now)
    return story


def set_and_record(
    session: Session,
    actor: Actor,
    verb: Verb,
    issue: Issue,
    story: Story,
    changes: Mapping[str, Any],
    now: datetime,
) -> None:
    """Set fields of a story of a draft, both locked by the caller: a new revision of both."""
    before, said, led = fields_of(story), texts_of(story), stored_links(story)
    set_fields(story, changes)
    issue.revision += 1
    record(session, actor, verb, story, now, before=before)
    keep_revision(session, actor, verb, story, said, now)
    if stored_links(story) - led:
        enqueue_after_commit(session, "check_links")


def change_issue(
    session: Session,
    actor: Actor,
    issue_id: int,
    changes: dict[str, Any],
    now: datetime,
    expected: Expected = None,
) -> Issue:
    """Give a draft another date, sponsor, lead story, or texts of its own (`limits.ISSUE_TEXTS`).

    Raises:
        NotFound: there is no such Issue.
        Stale: it is of another version than `expected`.
        WrongState: it is no draft.
        InvalidInput: the day is not of our time, the lead story is not of the Issue, or a text
            is too long or no line.
    """
    issue = lock_draft(session, issue_id, expected)
    for name, most in limits.ISSUE_TEXTS.items():
        check_written(name, changes.get(name, ""), most=most, least=0)
    if "issued_on" in changes:
        check_day(changes["issued_on"])
    if changes.get("lead_story_id") is not None:
        _check_lead(session, issue_id, changes["lead_story_id"])
    set_lines(session, actor, Verb.CHANGE_ISSUE, issue, changes, now)
    return issue


def _check_lead(session: Session, issue_id: int, story_id: int) -> None:
    story = session.get(Story, story_id)
    if story is None or story.issue_id != issue_id:
        fault = Sentence("is no story of issue %(issue)s", issue=issue_id)
        sentence = Sentence(
            "Issue %(issue)s has no story %(story)s.", issue=issue_id, story=story_id
        )
        raise InvalidInput(sentence, [FieldError("/lead_story_id", fault)])


def set_lines(
    session: Session,
    actor: Actor,
    verb: Verb,
    issue: Issue,
    changes: Mapping[str, Any],
    now: datetime,
) -> None:
    """Set columns of a draft, which the caller has locked: a new revision of it."""
    before, said = fields_of(issue), texts_of(issue)
    for name, value in changes.items():
        setattr(issue, name, value)
    issue.revision += 1
    record(session, actor, verb, issue, now, before=before)
    keep_revision(session, actor, verb, issue, said, now)


def drafts_of(session: Session, issue_id: int) -> tuple[StoryDraft, ...]:
    """Return the stories of an Issue as drafts, for writing them out again."""
    names = {category.id: category.name for category in all_categories(session)}
    return tuple(
        draft_of(story, names[story.category_id] if story.category_id else "")
        for story in stories_of(session, issue_id)
    )


def draft_of(story: Story, category: str = "") -> StoryDraft:
    """Return the story as a draft; only the caller knows its category's name."""
    return StoryDraft(**from_columns(story, StoryDraft), category=category)


def lock_draft(session: Session, issue_id: int, expected: Expected = None) -> Issue:
    """Return the Issue, locked until the transaction ends, if it can be edited.

    Raises:
        NotFound: there is no such Issue.
        Stale: it is of another version than `expected`.
        WrongState: it is no draft; says what to do instead.
    """
    issue = lock_issue(session, issue_id, expected)
    if issue.state != IssueState.DRAFT:
        raise WrongState(
            Sentence(_instead(issue), issue=issue_id, state=issue.state),
            possible_steps(issue.state),
        )
    return issue


def _instead(issue: Issue) -> str:
    """Return that an Issue cannot be edited, and what to do."""
    if Transition.REOPEN in TRANSITIONS[issue.state]:
        return _REOPEN
    return _NEVER_LAUNCHED if issue.launched_at is None else _AFTER_LAUNCH


def set_fields(story: Story, fields: Mapping[str, Any]) -> None:
    """Set these columns; the reading time follows the label."""
    for name, value in fields.items():
        setattr(story, name, value)
    if "label" in fields:
        story.minutes = minutes_of(fields["label"])


def story_columns(texts: Mapping[str, Any]) -> dict[str, Any]:
    """Return the columns that these fields of a Story fill, in normal form.

    `deep_dive` is a list of texts, `decoder` one of mappings with `term` and `definition`.

    Raises:
        InvalidInput: a field is out of bounds, which `errors` names.
    """
    draft = normal(_draft(texts))
    wrong = [FieldError(f"/{path}", detail) for path, detail in limits.faults(draft)]
    if wrong:
        raise InvalidInput("The story is out of bounds.", wrong)
    filled = story_fields(draft)
    return {name: filled[name] for name in texts}


def _draft(texts: Mapping[str, Any]) -> StoryDraft:
    """Return the texts as a draft; a title that is not to be changed is only stood in for."""
    given = {"title": "-", **texts}
    values = {one.name: frozen(one, given[one.name]) for one in STORY_FIELDS if one.name in given}
    return StoryDraft(**values)
