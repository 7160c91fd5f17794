"""`/v1/audit`: who changed what, when, from what to what."""

from typing import Annotated, Any, Final

from fastapi import Query
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from app import audit
from app.actors import ActorKind, Verb
from app.api.deps import OurClocks, SessionDep, needs
from app.api.errors import ApiRouter
from app.api.fields import LINE, MAX_ID, After, Instant, Limit, examples, first_after, page_of
from app.enums import Scope

router = ApiRouter(prefix="/v1/audit", tags=["audit"])

_EXAMPLE: Final[dict[str, Any]] = {
    "id": 812,
    "at": "2026-04-28T05:20:00Z",
    "who_kind": "key",
    "who": "desk",
    "who_id": 3,
    "verb": "change_story",
    "target_kind": "story",
    "target_id": 41,
    "issue_id": 7,
    "version": 2,
    "issue_version": 5,
    "before": {"title": "A compiler that talks"},
    "after": {"title": "A compiler that explains itself"},
}


class AuditEntryOut(BaseModel):
    """One change; nothing personal stands in it."""

    model_config = ConfigDict(from_attributes=True) | examples(_EXAMPLE)

    id: int
    at: AwareDatetime
    who_kind: ActorKind
    who: str = Field(description="The name of the key, `cli`, or the service itself.")
    who_id: int | None = Field(description="The number of the key.")
    verb: str = Field(description="What was done.")
    target_kind: str = Field(description="The kind of what was changed.")
    target_id: int | None = Field(description="Its number; of a reader the public id.")
    issue_id: int | None
    version: int | None = Field(description="The target's afterwards, where it has one.")
    issue_version: int | None = Field(description="The issue's afterwards.")
    before: dict[str, Any] = Field(description="The changed fields as they were, shortened.")
    after: dict[str, Any] = Field(description="The changed fields as they are.")


class AuditPage(BaseModel):
    """Changes, the newest first."""

    model_config = examples({"items": [_EXAMPLE], "next": "WzgxMl0"})

    items: list[AuditEntryOut]
    next: str | None = Field(description="Give it as `after` for the next page; null at the end.")


@router.get("", dependencies=[needs(Scope.ADMIN)])
def list_audit(
    session: SessionDep,
    clocks: OurClocks,
    limit: Limit = 50,
    after: After = None,
    who: Annotated[
        str | None,
        Query(description="The name of a key, or `cli`.", max_length=60, pattern=LINE),
    ] = None,
    who_kind: Annotated[ActorKind | None, Query(description="The kind of whoever did it.")] = None,
    issue_id: Annotated[
        int | None, Query(description="About this issue and its stories.", ge=1, le=MAX_ID)
    ] = None,
    verb: Annotated[Verb | None, Query(description="What was done.")] = None,
    since: Annotated[Instant | None, Query(description="Not before this instant.")] = None,
) -> AuditPage:
    """List the audit.

    Who changed what, when, and from what to what: the newest change first. Entries are never
    changed or deleted.
    """
    rows = audit.list_entries(
        session,
        before=first_after(after, MAX_ID),
        limit=limit + 1,
        who=who,
        kind=who_kind,
        issue_id=issue_id,
        verb=verb,
        since=clocks.read("since", since),
    )
    page, following = page_of(rows, limit, lambda row: row.id)
    return AuditPage(
        items=[AuditEntryOut.model_validate(row) for row in page],
        next=following,
    )
