"""`/v1/notices`: what is wrong with the service, as whoever serves saw it, and what was."""

from typing import Annotated, Any, Final, Literal

from fastapi import Query
from pydantic import AwareDatetime, BaseModel, Field

from app.api.deps import NowDep, SessionDep, needs
from app.api.errors import ApiRouter
from app.api.fields import MAX_ID, After, Limit, Next, examples, fill, first_after, page_of
from app.enums import Scope
from app.models import Notice
from app.watch import alerts
from app.watch.notices import list_told, sentence_of

router = ApiRouter(prefix="/v1/notices", tags=["account"])

_NOTICE: Final[dict[str, Any]] = {
    "id": 17,
    "name": "DevouredIssuePaused",
    "about": "3",
    "severity": "critical",
    "sentence": "Issue 3 is paused.",
    "since": "2026-04-28T07:00:05Z",
    "ended_at": None,
    "page": "docs/alerts.md#devouredissuepaused",
}


class NoticeOut(BaseModel):
    """Something that is wrong, or was."""

    model_config = examples(_NOTICE)

    id: int
    name: str = Field(description="The name of its alert.")
    about: str = Field(description="Tells it from others of its name, as the number of an issue.")
    severity: Literal["critical", "warning"] = Field(
        description="`critical`: readers get nothing, or soon will; a `warning` can wait for a day."
    )
    sentence: str = Field(description="What is wrong, in English.")
    since: AwareDatetime
    ended_at: AwareDatetime | None = Field(description="null while it is wrong.")
    page: str = Field(description="Where the documents say what to do.")


class NoticePage(BaseModel):
    """Notices, the newest first."""

    model_config = examples({"items": [_NOTICE], "next": "WzE3XQ"})

    items: list[NoticeOut]
    next: Next


@router.get("", dependencies=[needs(Scope.READ)])
def list_notices(
    session: SessionDep,
    now: NowDep,
    state: Annotated[
        Literal["open", "ended"] | None,
        Query(description="`open`: what is wrong now; `ended`: what was. Both unless given."),
    ] = None,
    limit: Limit = 50,
    after: After = None,
) -> NoticePage:
    """List notices.

    What is wrong with the service and has lasted long enough to be told, and what was within 30
    days, the newest first. They are looked for once a minute.
    """
    before = first_after(after, MAX_ID)
    is_open = None if state is None else state == "open"
    rows = list_told(session, now, limit=limit + 1, before=before, is_open=is_open)
    page, following = page_of(rows, limit, lambda row: row.id)
    return NoticePage(items=[_out(row) for row in page], next=following)


def _out(notice: Notice) -> NoticeOut:
    return fill(
        NoticeOut,
        notice,
        severity=alerts.severity(is_critical=notice.is_critical),
        sentence=str(sentence_of(notice)),
        page=alerts.page_of(notice.name),
    )
