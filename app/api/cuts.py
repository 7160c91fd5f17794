"""`/v1/issues/{issue_id}/cuts`: every mail of an issue, its size, and what it gave up for whom."""

from collections.abc import Iterable
from typing import Any, Final

from pydantic import BaseModel, Field

from app.api.deps import ContainerDep, NowDep, SessionDep, needs
from app.api.errors import ApiRouter
from app.api.fields import After, Id, Limit, ShownDepth, cursor_of, examples, read_cursor
from app.api.previews import TrimmedOut
from app.enums import Scope
from app.issues.cuts import Measured, cuts_of, measure
from app.issues.lifecycle import get_issue
from app.models import Category
from app.publication.categories import all_categories
from app.rendering.budget import CLIP_BYTES

router = ApiRouter(prefix="/v1/issues/{issue_id}", tags=["preview"])

_CUT: Final[dict[str, Any]] = {
    "categories": ["ai", "devops"],
    "depth": "deep",
    "n_readers": 1204,
    "n_bytes": 101874,
    "trimmed": [{"what": "decoder", "titles": ["A compiler that explains itself"]}],
    "error": None,
}


class CutOut(BaseModel):
    """What the same readers get."""

    model_config = examples(_CUT)

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
            "items": [_CUT],
            "next": None,
            "n_cuts": 1,
            "n_readers": 1204,
            "n_bytes_most": 102000,
        }
    )

    items: list[CutOut]
    next: str | None = Field(description="Give it as `after` for the next page; null at the end.")
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
        items=[_out(one, categories) for one in measured],
        next=cursor_of(-last[0], *last[1:]) if last else None,
        n_cuts=len(cuts),
        n_readers=sum(cut.n_readers for cut in cuts),
        n_bytes_most=CLIP_BYTES,
    )


def _out(one: Measured, categories: Iterable[Category]) -> CutOut:
    return CutOut(
        categories=[each.slug for each in categories if each.mask & one.cut.follows],
        depth=one.cut.depth,
        n_readers=one.cut.n_readers,
        n_bytes=one.n_bytes,
        trimmed=[TrimmedOut(what=step.what, titles=list(step.titles)) for step in one.trimmed],
        error=one.error or None,
    )
