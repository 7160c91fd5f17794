"""Load: a parsed digest becomes draft Issues with their Stories, whole or not at all."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.actors import Actor, Verb
from app.audit import record
from app.content.drafts import Digest, StoryDraft, lead_of
from app.content.limits import story_count_fault
from app.db.session import enqueue_after_commit
from app.enums import IssueState
from app.errors import FieldError, InvalidInput
from app.issues.revisions import keep_begun
from app.models import Category, CategoryState, Issue, Story, UnplacedLine
from app.publication.categories import add_category, categories_by_name
from app.publication.lanes import check_day
from app.publication.names import name_key, slug_of
from app.sentences import Sentence
from app.story_fields import stored

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Loaded:
    """What a load made: its Issues, and the titles that were left out as incomplete.

    `proposed` are the categories that its stories name and that were not there: they are hidden.
    """

    issues: tuple[Issue, ...]
    dropped: tuple[str, ...]
    proposed: tuple[Category, ...]


def load(
    session: Session,
    actor: Actor,
    digest: Digest,
    *,
    issued_on: date,
    now: datetime,
    split_by_category: bool = False,
    drop_incomplete: bool = False,
) -> Loaded:
    """Draft Issues dated `issued_on`: one, or with `split_by_category` one per category.

    The digest's own subject and preheader are kept where it becomes one Issue, its sponsor, opening
    and sign-off always.
    Categories that are not there yet are made, hidden until a person opens them. Lines that no
    field took are kept with the Issue of the story in which they stood, and block its approval
    until a person drops or places them (`unplaced`). Incomplete stories are kept, and block
    approval, unless `drop_incomplete`, when they go with the lines that stood in them; split by
    category, a story without one belongs to no Issue and has to be dropped.

    Raises:
        InvalidInput: nothing is left to load, or more than one digest may hold; a story without a
            category is to be split, or the day is not of our time.
    """
    check_day(issued_on)
    kept, dropped = without_incomplete(digest, drop_incomplete=drop_incomplete)
    if not kept:
        raise InvalidInput("No story is left to load.")
    if fault := story_count_fault(len(kept)):
        raise InvalidInput(
            Sentence("The digest %(fault)s.", fault=fault), [FieldError("/stories", fault)]
        )
    homes, proposed = categories_of_drafts(session, actor, kept, now)
    if split_by_category:
        _refuse_without_category(kept, homes)
        issues = [
            _add_issue(session, drafts, homes, issued_on, now, category, lead_of(digest))
            for category, drafts in _by_category(kept, homes)
        ]
    else:
        issues = [_add_issue(session, kept, homes, issued_on, now, None, lead_of(digest))]
    if len(issues) == 1:
        issues[0].subject, issues[0].preheader = digest.subject, digest.preheader
    for issue in issues:
        issue.opening, issue.sign_off = digest.opening, digest.sign_off
        issue.sponsor = asdict(digest.sponsor) if digest.sponsor else None
    loaded = Loaded(tuple(issues), dropped, tuple(proposed))
    session.flush()  # the answer names the new ids
    _keep_unplaced(session, digest, loaded)
    enqueue_after_commit(session, "check_links")
    for issue in issues:
        record(session, actor, Verb.LOAD, issue, now)
        keep_begun(session, actor, Verb.LOAD, issue, now)
        _log.info("issue_loaded", issue_id=issue.id, n_stories=len(kept), n_dropped=len(dropped))
    return loaded


def without_incomplete(
    digest: Digest, *, drop_incomplete: bool
) -> tuple[list[StoryDraft], tuple[str, ...]]:
    """Return the stories that are loaded, and the titles of those that are left out."""
    kept = [one for one in digest.stories if not (drop_incomplete and one.incomplete)]
    dropped = tuple(one.title for one in digest.stories if drop_incomplete and one.incomplete)
    return kept, dropped


def story_fields(draft: StoryDraft) -> dict[str, object]:
    """Return the columns of a Story that come straight from its draft."""
    columns = {**stored(draft), "minutes": draft.minutes}
    del columns["category"]
    return columns


def categories_of_drafts(
    session: Session, actor: Actor, drafts: Sequence[StoryDraft], now: datetime
) -> tuple[dict[str, Category], list[Category]]:
    """Return the category by each name that these drafts give, and those that are new and hidden.

    New ones come in the order of the digest. A name that can be no category's has none.
    """
    known = categories_by_name(session)
    homes, proposed = {}, []
    for name in dict.fromkeys(draft.category for draft in drafts):
        key = name_key(name)
        if key not in known and slug_of(name):
            known[key] = add_category(session, actor, name, now=now, state=CategoryState.HIDDEN)
            proposed.append(known[key])
        if key in known:
            homes[name] = known[key]
    return homes, proposed


def _refuse_without_category(drafts: Sequence[StoryDraft], homes: Mapping[str, Category]) -> None:
    homeless = [
        FieldError(f"/stories/{place}", f"“{draft.title}” has no category")
        for place, draft in enumerate(drafts)
        if draft.category not in homes
    ]
    if homeless:
        raise InvalidInput(
            "A digest can be split only when every story has a category: drop the incomplete ones.",
            homeless,
        )


def _by_category(
    drafts: Sequence[StoryDraft], homes: Mapping[str, Category]
) -> list[tuple[Category, list[StoryDraft]]]:
    in_order = dict.fromkeys(homes[draft.category] for draft in drafts)
    return [(home, [one for one in drafts if homes[one.category] is home]) for home in in_order]


def _add_issue(
    session: Session,
    drafts: Sequence[StoryDraft],
    homes: Mapping[str, Category],
    issued_on: date,
    now: datetime,
    category: Category | None,
    lead: StoryDraft | None,
) -> Issue:
    issue = Issue(
        issued_on=issued_on,
        category_id=category.id if category else None,
        subject="",
        preheader="",
        state=IssueState.DRAFT,
        revision=1,
        created_at=now,
    )
    session.add(issue)
    session.flush()  # the stories refer to it
    for position, draft in enumerate(drafts, start=1):
        home = homes.get(draft.category)
        story = Story(
            issue_id=issue.id,
            category_id=home.id if home else None,
            position=position,
            **story_fields(draft),
        )
        session.add(story)
        if draft is lead:
            session.flush()
            issue.lead_story_id = story.id
    return issue


def _keep_unplaced(session: Session, digest: Digest, loaded: Loaded) -> None:
    """Keep what found no place with the Issue of its story; with the first where there is none."""
    ids = [issue.id for issue in loaded.issues]
    owners = select(Story.title, Story.issue_id).where(Story.issue_id.in_(ids))
    by_title = {row.title: row.issue_id for row in session.execute(owners)}
    session.add_all(
        UnplacedLine(issue_id=by_title.get(item.after, ids[0]), **asdict(item))
        for item in digest.unplaced
        if item.after in by_title or item.after not in loaded.dropped
    )
