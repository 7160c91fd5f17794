"""Stories of a draft Issue, one by one: add, change, drop; every change is a new revision."""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.content.drafts import StoryDraft, Term, minutes_of
from app.content.limits import story_count_fault
from app.db.session import ring
from app.errors import FieldError, InvalidInput, NotFound, WrongState
from app.issues.lifecycle import STEPS, Step, lock_issue, possible_steps
from app.models import Issue, Story
from app.publication.categories import all_categories
from app.words import IssueState

_NEVER_LAUNCHED: Final = "Load it again as another one."
_AFTER_LAUNCH: Final = "What went out is corrected: devoured correct, POST …/corrections."


def stories_of(session: Session, issue_id: int) -> Sequence[Story]:
    """The stories of an Issue, in the editor's order."""
    return session.scalars(
        select(Story).where(Story.issue_id == issue_id).order_by(Story.position)
    ).all()


def get_story(session: Session, issue_id: int, story_id: int) -> Story:
    """The story of this Issue, or NotFound."""
    story = session.get(Story, story_id)
    if story is None or story.issue_id != issue_id:
        raise NotFound(f"Issue {issue_id} has no story {story_id}.")
    return story


def add_story(session: Session, issue_id: int, fields: dict[str, Any]) -> Story:
    """Add a story at the end of its Issue.

    Raises:
        InvalidInput: the Issue has as many stories as one may have.
        NotFound: there is no such Issue.
        WrongState: the Issue is no draft.
    """
    issue = lock_draft(session, issue_id)
    if issue.corrects_id is not None:
        raise WrongState(f"Issue {issue_id} tells of one correction: it has no other story.")
    n, last = session.execute(
        select(func.count(), func.max(Story.position)).where(Story.issue_id == issue_id)
    ).one()
    if fault := story_count_fault(n + 1):
        raise InvalidInput(
            f"With one more, issue {issue_id} {fault}: drop one first.", [FieldError("", fault)]
        )
    story = Story(issue_id=issue_id, position=(last or 0) + 1)
    set_fields(story, fields)
    session.add(story)
    issue.revision += 1
    session.flush()  # the answer names its id
    ring(session, "check_links")
    return story


def change_story(session: Session, issue_id: int, story_id: int, changes: dict[str, Any]) -> Story:
    """The story with these fields set; the Issue must be a draft."""
    issue = lock_draft(session, issue_id)
    story = get_story(session, issue_id, story_id)
    set_fields(story, changes)
    issue.revision += 1
    if "url" in changes:
        ring(session, "check_links")
    return story


def drop_story(session: Session, issue_id: int, story_id: int) -> None:
    """Take a story out of a draft Issue; the others keep their positions."""
    issue = lock_draft(session, issue_id)
    session.delete(get_story(session, issue_id, story_id))
    issue.revision += 1


def change_issue(session: Session, issue_id: int, changes: dict[str, Any]) -> Issue:
    """The draft Issue with another date, subject or preheader."""
    issue = lock_draft(session, issue_id)
    for name, value in changes.items():
        setattr(issue, name, value)
    issue.revision += 1
    return issue


def drafts_of(session: Session, issue_id: int) -> tuple[StoryDraft, ...]:
    """The stories of an Issue as drafts, for writing them out again."""
    names = {category.id: category.name for category in all_categories(session)}
    return tuple(
        draft_of(story, names[story.category_id] if story.category_id else "")
        for story in stories_of(session, issue_id)
    )


def draft_of(story: Story, category: str = "") -> StoryDraft:
    """Return the story as a draft; only the caller knows its category's name."""
    return StoryDraft(
        title=story.title,
        label=story.label,
        category=category,
        url=story.url,
        summary=story.summary,
        what=story.what,
        why_it_matters=story.why_it_matters,
        takeaway=story.takeaway,
        deep_dive=tuple(story.deep_dive),
        decoder=tuple(Term(entry["term"], entry["definition"]) for entry in story.decoder),
        article=story.article,
    )


def lock_draft(session: Session, issue_id: int) -> Issue:
    """Return the Issue, locked until the transaction ends.

    Raises:
        NotFound: there is no such Issue.
        WrongState: it is no draft; the error says what can be done instead.
    """
    issue = lock_issue(session, issue_id)
    if issue.state != IssueState.DRAFT:
        raise WrongState(
            f"Issue {issue_id} is {issue.state}: only a draft can be edited. {_instead(issue)}",
            possible_steps(issue.state),
        )
    return issue


def _instead(issue: Issue) -> str:
    """Return what to do where an Issue cannot be edited."""
    if Step.REOPEN in STEPS[issue.state]:
        return "Reopen it first."
    return _NEVER_LAUNCHED if issue.launched_at is None else _AFTER_LAUNCH


def set_fields(story: Story, fields: dict[str, Any]) -> None:
    """Set these columns; the reading time follows the label."""
    for name, value in fields.items():
        setattr(story, name, value)
    if "label" in fields:
        story.minutes = minutes_of(fields["label"])
