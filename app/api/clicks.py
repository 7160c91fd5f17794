"""`/v1/issues/{issue_id}/clicks`: how often the links of an issue's mails were followed."""

from typing import Any, Final

from pydantic import BaseModel, Field

from app.api.deps import SessionDep, needs
from app.api.errors import ApiRouter
from app.api.fields import Id, examples
from app.enums import LinkKind, Scope
from app.issues.clicks import Clicked, clicks_of
from app.issues.lifecycle import get_issue
from app.models import TrackedLink

router = ApiRouter(prefix="/v1/issues/{issue_id}", tags=["progress"])

_COUNTS: Final[dict[str, Any]] = {"n_human": 84, "n_machine": 31, "n_readers": 70}
_LINK: Final[dict[str, Any]] = {
    "kind": "story",
    "story_id": 41,
    "title": "A compiler that explains itself",
    "url": "https://news.example.com/compiler",
    **_COUNTS,
}


class VisitsOut(BaseModel):
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


@router.get("/clicks", dependencies=[needs(Scope.READ)])
def show_clicks(session: SessionDep, issue_id: Id) -> ClicksOut:
    """Show how often the links of an issue were followed.

    Empty where the publication tracks nothing.
    """
    get_issue(session, issue_id)
    found = clicks_of(session, issue_id)
    return ClicksOut(
        issue_id=issue_id,
        opens=found.opens and VisitsOut(**_counts(found.opens)),
        links=[_out(one) for one in found.links],
    )


def _out(one: Clicked) -> LinkOut:
    link = one.link
    return LinkOut(
        kind=link.kind,
        story_id=link.story_id or None,
        title=one.title,
        url=link.url,
        **_counts(link),
    )


def _counts(link: TrackedLink) -> dict[str, int]:
    return {
        "n_human": link.n_human,
        "n_machine": link.n_machine,
        "n_readers": link.n_readers,
    }
