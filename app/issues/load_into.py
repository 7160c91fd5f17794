"""Load into: the stories of a digest come into a draft that is there, whole or not at all."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum

import structlog
from sqlalchemy.orm import Session

from app.actors import Actor, Verb
from app.audit import fields_of, record
from app.content.drafts import Digest, StoryDraft, lead_of
from app.content.limits import issue_texts
from app.db.session import enqueue_after_commit
from app.errors import FieldError, InvalidInput
from app.issues.load import Loaded, categories_of_drafts, story_fields, without_incomplete
from app.issues.revisions import keep_revision, texts_of
from app.issues.stories import lock_draft, next_position, stories_of
from app.models import Category, Issue, Story, UnplacedLine
from app.sentences import Sentence
from app.versions import Expected

_log = structlog.get_logger(__name__)


class Mode(StrEnum):
    """What becomes of a story whose title the draft has already: one more, or it is replaced."""

    ADD = "add"
    REPLACE = "replace"


@dataclass(frozen=True)
class LoadedInto:
    """What a load made of a draft: the numbers of the stories that are new, and that changed."""

    loaded: Loaded
    added: tuple[int, ...]
    replaced: tuple[int, ...]


def load_into(
    session: Session,
    actor: Actor,
    issue_id: int,
    digest: Digest,
    mode: Mode,
    now: datetime,
    *,
    drop_incomplete: bool = False,
    expected: Expected = None,
) -> LoadedInto:
    """Load a digest into a draft, whose day stays.

    To add puts its stories behind the others. To replace puts each into the story of its title
    (in any case, with any spaces), which keeps its number and place, and adds those that are
    new; stories that the digest does not name stay. Its own texts, sponsor and lead story come
    from the digest where it has them; to add, only where the draft has none. Lines that no field
    took are kept with the Issue, as by `load`.

    Raises:
        InvalidInput: nothing is left to load, or more than an Issue may have; a title is there
            twice, so that nobody can tell which story is meant; a story belongs to another
            category than the Issue alone is of. `errors` says which.
        NotFound: there is no such Issue.
        Stale: the Issue is of another version than `expected`.
        WrongState: the Issue is no draft, or tells of a correction.
    """
    issue = lock_draft(session, issue_id, expected)
    kept, dropped = without_incomplete(digest, drop_incomplete=drop_incomplete)
    if not kept:
        raise InvalidInput("No story is left to load.")
    named = _named(issue, stories_of(session, issue_id), kept) if mode is Mode.REPLACE else {}
    place = next_position(session, issue, len(kept) - len(named))
    homes, proposed = categories_of_drafts(session, actor, kept, now)
    _refuse_other_category(issue, kept, homes)
    before, said = fields_of(issue), texts_of(issue)
    _set_lines(issue, digest, mode)
    issue.revision += 1
    added: list[int] = []
    replaced: list[int] = []
    for number, draft in enumerate(kept):
        story = named.get(number)
        if story is None:
            story = Story(issue_id=issue_id, position=place + len(added))
        _put(session, actor, story, draft, homes, now)
        if draft is lead_of(digest) and (mode is Mode.REPLACE or issue.lead_story_id is None):
            issue.lead_story_id = story.id
        (replaced if number in named else added).append(story.id)
    after = fields_of(issue) | {"mode": mode, "n_added": len(added), "n_replaced": len(replaced)}
    record(session, actor, Verb.LOAD_INTO, issue, now, before=before, after=after)
    keep_revision(session, actor, Verb.LOAD_INTO, issue, said, now)
    session.add_all(
        UnplacedLine(issue_id=issue_id, **asdict(line))
        for line in digest.unplaced
        if line.after not in dropped
    )
    session.flush()
    enqueue_after_commit(session, "check_links")
    _log.info("issue_loaded_into", issue_id=issue_id, n_added=len(added), n_replaced=len(replaced))
    return LoadedInto(Loaded((issue,), dropped, tuple(proposed)), tuple(added), tuple(replaced))


def _named(
    issue: Issue, stories: Sequence[Story], drafts: Sequence[StoryDraft]
) -> dict[int, Story]:
    """Return the story that each draft means by its title, by the draft's place."""
    titles = [title_key(draft.title) for draft in drafts]
    wrong, found = [], {}
    for place, (title, draft) in enumerate(zip(titles, drafts, strict=True)):
        meant = [story for story in stories if title_key(story.title) == title]
        if title in titles[:place]:
            detail = f"“{draft.title}” stands in the digest twice"
            wrong.append(FieldError(f"/stories/{place}", detail))
        elif len(meant) > 1:
            numbers = " and ".join(str(story.id) for story in meant)
            detail = f"“{draft.title}” is the title of stories {numbers} of issue {issue.id}"
            wrong.append(FieldError(f"/stories/{place}", detail))
        elif meant:
            found[place] = meant[0]
    if wrong:
        raise InvalidInput("Nobody can tell which story is meant: give each its own title.", wrong)
    return found


def _refuse_other_category(
    issue: Issue, drafts: Sequence[StoryDraft], homes: Mapping[str, Category]
) -> None:
    wrong = [
        FieldError(f"/stories/{place}", f"“{draft.title}” is of another category than the issue")
        for place, draft in enumerate(drafts)
        if issue.category_id is not None
        and draft.category in homes
        and homes[draft.category].id != issue.category_id
    ]
    if wrong:
        raise InvalidInput(
            Sentence("Issue %(issue)s is of one category alone.", issue=issue.id), wrong
        )


def _set_lines(issue: Issue, digest: Digest, mode: Mode) -> None:
    goes_first = mode is Mode.REPLACE
    for name, text in issue_texts(digest).items():
        if text and (goes_first or not getattr(issue, name)):
            setattr(issue, name, text)
    if digest.sponsor and (goes_first or issue.sponsor is None):
        issue.sponsor = asdict(digest.sponsor)


def _put(
    session: Session,
    actor: Actor,
    story: Story,
    draft: StoryDraft,
    homes: Mapping[str, Category],
    now: datetime,
) -> None:
    """Put a draft into a story, which is new or there, and write down what that changed."""
    is_new = story.id is None
    was, said = (None, None) if is_new else (fields_of(story), texts_of(story))
    if is_new:
        session.add(story)
    _fill(story, draft, homes)
    if was != fields_of(story):
        record(session, actor, Verb.LOAD_INTO, story, now, before=was)
        keep_revision(session, actor, Verb.LOAD_INTO, story, said, now)


def _fill(story: Story, draft: StoryDraft, homes: Mapping[str, Category]) -> None:
    home = homes.get(draft.category)
    story.category_id = home.id if home else None
    for name, value in story_fields(draft).items():
        setattr(story, name, value)


def title_key(title: str) -> str:
    """Return the title for comparing, whatever its case and spaces."""
    return " ".join(title.split()).casefold()
