"""Every mail of an issue: its size and what it gave up, subject and preheader, and its clicks."""

from collections.abc import Iterable
from typing import Any, Final

from pydantic import BaseModel, Field

from app.api.deps import ContainerDep, NowDep, SessionDep, needs
from app.api.errors import ApiRouter, BadTemplate, documents
from app.api.fields import (
    After,
    Id,
    Limit,
    Next,
    Out,
    ShownDepth,
    cursor_of,
    examples,
    fill,
    read_cursor,
)
from app.api.previews import TrimmedOut
from app.enums import LinkKind, Scope
from app.issues.clicks import Clicked, clicks_of
from app.issues.cuts import Measured, cuts_of, lines_of_cuts, measure
from app.issues.lifecycle import get_issue
from app.models import Category
from app.publication.categories import all_categories, slugs_in, slugs_of
from app.rendering.budget import CLIP_BYTES

router = ApiRouter(prefix="/v1/issues/{issue_id}", tags=["preview"])
clicks_router = ApiRouter(prefix="/v1/issues/{issue_id}", tags=["progress"])

CUT_EXAMPLE: Final[dict[str, Any]] = {
    "categories": ["ai", "devops"],
    "depth": "deep",
    "n_readers": 1204,
    "n_bytes": 101874,
    "trimmed": [{"what": "decoder", "titles": ["A compiler that explains itself"]}],
    "error": None,
}


class CutOut(BaseModel):
    """What the same readers get."""

    model_config = examples(CUT_EXAMPLE)

    categories: list[str] = Field(description="Of the issue's, those that they follow.")
    depth: ShownDepth
    n_readers: int = Field(description="Who would get it now; after launch, who was frozen then.")
    n_bytes: int | None = Field(
        description="Bytes of the HTML in the mail, whoever reads it, at most; null where a "
        "template is wrong."
    )
    trimmed: list[TrimmedOut] = Field(
        description="What it gave up so as not to be clipped, in the order in which it did."
    )
    error: str | None = Field(description="What is wrong with a template, with file and line.")


class CutPage(BaseModel):
    """The cuts of an issue, those with most readers first."""

    model_config = examples(
        {
            "items": [CUT_EXAMPLE],
            "next": None,
            "n_cuts": 1,
            "n_readers": 1204,
            "n_bytes_most": 102000,
        }
    )

    items: list[CutOut]
    next: Next
    n_cuts: int = Field(description="Of all pages.")
    n_readers: int = Field(description="Of all pages.")
    n_bytes_most: int = Field(description="What every mail is kept below, lest Gmail clips it.")


@router.get("/cuts", dependencies=[needs(Scope.READ)])
def list_cuts(
    container: ContainerDep,
    session: SessionDep,
    now: NowDep,
    issue_id: Id,
    limit: Limit = 50,
    after: After = None,
) -> CutPage:
    """List the cuts of an issue.

    Every different mail that it makes, who gets it, how large it is, and what it gave up so as not
    to be clipped. Before launch each one on the page is rendered for it, which takes 5 ms or more.
    """
    issue = get_issue(session, issue_id)
    cuts = cuts_of(session, issue, now)
    left = cuts
    if after is not None:
        n_readers, follows, depth = read_cursor(after, 3)
        left = [cut for cut in cuts if cut.place > (-n_readers, follows, depth)]
    page = left[:limit]
    measured = measure(session, issue, page, container.templates, container.settings.base_url)
    categories = all_categories(session)
    last = page[-1].place if len(left) > limit else None
    return CutPage(
        items=[cut_out(one, categories) for one in measured],
        next=cursor_of(-last[0], *last[1:]) if last else None,
        n_cuts=len(cuts),
        n_readers=sum(cut.n_readers for cut in cuts),
        n_bytes_most=CLIP_BYTES,
    )


def cut_out(one: Measured, categories: Iterable[Category]) -> CutOut:
    """Return the answer that shows this cut."""
    return fill(CutOut, one, categories=slugs_in(categories, one.follows))


_LINES = {
    "categories": ["ai", "devops"],
    "depth": "brief",
    "n_readers": 812,
    "subject": "A compiler that explains itself · Small models on small machines",
    "preheader": "A quiet fix for a loud bug",
}


class CutLinesOut(BaseModel):
    """What an inbox shows of one cut."""

    model_config = examples(_LINES)

    categories: list[str] = Field(description="The cut: the issue's categories that it shows.")
    depth: ShownDepth
    n_readers: int = Field(description="Who would get it now.")
    subject: str
    preheader: str


class CutLinesList(BaseModel):
    """The cuts that somebody reads, most readers first; 50 at most."""

    model_config = examples({"items": [_LINES]})

    items: list[CutLinesOut]


@router.get("/subjects", dependencies=[needs(Scope.READ)])
@documents(BadTemplate)
def list_subjects(
    container: ContainerDep, session: SessionDep, issue_id: Id, now: NowDep
) -> CutLinesList:
    """Preview subjects and preheaders.

    Of every cut that somebody reads. They are the editor's, where the issue has its own; else made
    by the category's template, where a cut shows one category alone, or by the publication's.
    """
    base_url = container.settings.base_url
    lines = lines_of_cuts(session, issue_id, container.templates, base_url, now)
    return CutLinesList(
        items=[fill(CutLinesOut, one, categories=slugs_of(session, one.follows)) for one in lines]
    )


_COUNTS: Final[dict[str, Any]] = {"n_human": 84, "n_machine": 31, "n_readers": 70}
_LINK: Final[dict[str, Any]] = {
    "kind": "story",
    "story_id": 41,
    "title": "A compiler that explains itself",
    "url": "https://news.example.com/compiler",
    **_COUNTS,
}


class VisitsOut(Out):
    """Visits by people, and by what is known to be none."""

    n_human: int
    n_machine: int = Field(description="Scanners, previews and mailboxes that fetch everything.")
    n_readers: int = Field(description="Different people; 0 where they are not kept apart.")


class LinkOut(VisitsOut):
    """One link of the issue's mails."""

    kind: LinkKind
    story_id: int | None
    title: str = Field(description="Its story's; empty where it is of none.")
    url: str


class ClicksOut(BaseModel):
    """What was counted, as far as links were tracked when the issue was rendered."""

    model_config = examples({"issue_id": 7, "opens": _COUNTS, "links": [_LINK]})

    issue_id: int
    opens: VisitsOut | None = Field(description="Null where the mails had no pixel.")
    links: list[LinkOut] = Field(description="Those that most people followed first.")


@clicks_router.get("/clicks", dependencies=[needs(Scope.READ)])
def show_clicks(session: SessionDep, issue_id: Id) -> ClicksOut:
    """Show how often the links of an issue were followed.

    Empty where the publication tracks nothing.
    """
    get_issue(session, issue_id)
    found = clicks_of(session, issue_id)
    links = [_link_out(one) for one in found.links]
    return fill(ClicksOut, found, issue_id=issue_id, links=links)


def _link_out(one: Clicked) -> LinkOut:
    return fill(LinkOut, one.link, story_id=one.link.story_id or None, title=one.title)
