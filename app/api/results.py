"""`/v1/issues/{issue_id}/results`: how an issue went, by figure and by story."""

from typing import Any, Final

from pydantic import BaseModel, Field

from app.api.cuts import VisitsOut
from app.api.deps import NowDep, SessionDep, needs
from app.api.errors import ApiRouter
from app.api.fields import Id, Out, examples, fill
from app.delivery.deferrals import put_off_of
from app.enums import Cause, DeliveryState, LinkKind, Scope
from app.issues.lifecycle import get_issue
from app.issues.results import (
    COMPLAINT_LINES,
    LeftAfter,
    StoryResult,
    count_followers,
    left_after,
    read_of,
    result_of,
)
from app.models import TrackedLink

router = ApiRouter(prefix="/v1/issues/{issue_id}", tags=["progress"])

_VISITS: Final[dict[str, Any]] = {"n_human": 84, "n_machine": 31, "n_readers": 70}
_STORY: Final[dict[str, Any]] = {
    "story_id": 41,
    "position": 1,
    "title": "A compiler that explains itself",
    "links": {"story": _VISITS},
    "within": [{"url": "https://docs.example.com/errors", **_VISITS}],
}
_EXAMPLE: Final[dict[str, Any]] = {
    "issue_id": 7,
    "n_due": 9410,
    "settled": {"delivered": 9397, "bounced": 12, "complained": 1},
    "bounced": 0.0013,
    "complained": 0.0001,
    "complaint_lines": [
        {"provider": "Gmail", "at_most": 0.003, "aim": 0.001},
        {"provider": "Yahoo", "at_most": 0.003, "aim": None},
    ],
    "put_off": [
        {
            "provider": "Gmail",
            "cause": "ours",
            "n": 312,
            "n_waiting": 40,
            "reason": "IPFailure 4.7.28",
        }
    ],
    "n_left": 3,
    "left": 0.0003,
    "n_good": 214,
    "n_not_good": 9,
    "opens": None,
    "n_clicks": 2104,
    "n_readers": 1690,
    "n_machine": 377,
    "stories": [_STORY],
    "others": {"sponsor": _VISITS},
    "left_after": [{"story_id": 41, "n": 1}],
}


class ComplaintLinesOut(Out):
    """Under what a provider of mailboxes wants the share of complaints, 0 to 1."""

    provider: str
    at_most: float = Field(description="Above it mail is rejected.")
    aim: float | None = Field(description="What it advises; null where it says nothing else.")


class PutOffOut(Out):
    """How many mails a provider put off for one cause."""

    provider: str | None = Field(description="null: all that are none of the large ones.")
    cause: Cause
    n: int = Field(description="So many readers' mails were put off at least once.")
    n_waiting: int = Field(description="So many of them still wait.")
    reason: str = Field(description="The most frequent: SES's word, and the provider's code.")


class WithinOut(VisitsOut):
    """A link in the texts of a story, and where it leads."""

    url: str


class StoryResultOut(BaseModel):
    """A story, and how often its links were followed."""

    story_id: int
    position: int
    title: str
    links: dict[LinkKind, VisitsOut] = Field(
        description="`story` is its title's link, `reading` that to its own page."
    )
    within: list[WithinOut] = Field(
        description="Links in its texts, those that most people followed first."
    )


class LeftAfterOut(BaseModel):
    """How many left within a day who had followed this story last."""

    story_id: int | None = Field(description="null: none of this issue, as far as is known.")
    n: int


class ResultsOut(BaseModel):
    """How an issue went; shares are 0 to 1, and null while nobody has it."""

    model_config = examples(_EXAMPLE)

    issue_id: int
    n_due: int
    settled: dict[DeliveryState, int] = Field(description="Readers by what became of them.")
    bounced: float | None = Field(description="Share of what was handed over.")
    complained: float | None = Field(
        description="Share of those who had it; Gmail tells no sender of complaints."
    )
    complaint_lines: list[ComplaintLinesOut]
    put_off: list[PutOffOut] = Field(description="By provider and cause, most first.")
    n_left: int = Field(description="Readers who left within a day of its launch.")
    left: float | None = Field(description="The same, to those who had it.")
    n_good: int = Field(description="Readers who say that it was good.")
    n_not_good: int = Field(description="And those who say that it was not.")
    opens: VisitsOut | None = Field(description="null where the mails had no pixel.")
    n_clicks: int = Field(description="By people.")
    n_readers: int | None = Field(
        description="Who followed any link; null where readers are not kept apart."
    )
    n_machine: int = Field(description="Clicks of scanners and previews, apart.")
    stories: list[StoryResultOut] = Field(description="In the order in which they stood.")
    others: dict[LinkKind, VisitsOut] = Field(description="Links of no story.")
    left_after: list[LeftAfterOut] | None = Field(
        description="Of those who had it and left within a day; null for an issue so old that who "
        "had it is not kept any more."
    )


@router.get("/results", dependencies=[needs(Scope.READ)])
def show_results(session: SessionDep, issue_id: Id, now: NowDep) -> ResultsOut:
    """Show how an issue went.

    Its figures, what was followed of it story by story, and after which story readers left. All
    readers are looked through for it: about a second for a million.
    """
    issue = get_issue(session, issue_id)
    result, read = result_of(session, issue, now), read_of(session, issue_id)
    left = left_after(session, issue, now)
    return fill(
        ResultsOut,
        result,
        issue_id=issue_id,
        n_good=result.opinions.n_good,
        n_not_good=result.opinions.n_not_good,
        n_due=result.progress.n_due,
        settled=result.progress.settled,
        complaint_lines=[ComplaintLinesOut.model_validate(one) for one in COMPLAINT_LINES],
        put_off=[PutOffOut.model_validate(one) for one in put_off_of(session, issue_id)],
        opens=read.opens and _visits(read.opens),
        n_clicks=read.n_clicks,
        n_readers=count_followers(session, issue_id),
        n_machine=read.n_machine,
        stories=[_story(one) for one in read.stories],
        others={link.kind: _visits(link) for link in read.others},
        left_after=None if left is None else [_left(one) for one in left],
    )


def _story(one: StoryResult) -> StoryResultOut:
    links = {kind: _visits(link) for kind, link in one.links.items()}
    within = [WithinOut.model_validate(link) for link in one.within]
    return fill(StoryResultOut, one.story, story_id=one.story.id, links=links, within=within)


def _left(one: LeftAfter) -> LeftAfterOut:
    return fill(LeftAfterOut, one, story_id=one.story.id if one.story else None)


def _visits(link: TrackedLink) -> VisitsOut:
    return VisitsOut.model_validate(link)
