"""`/v1/keys` and `/v1/audit`: who may use this API, and who changed what."""

from typing import Annotated, Any, Final

from fastapi import Query, Response
from pydantic import AwareDatetime, BaseModel, Field

from app import audit
from app.access import keys
from app.actors import Actor, ActorKind, Verb
from app.api.changes import Asked, answer_once, asked_with
from app.api.deps import NowDep, OurClocks, SessionDep, acts, needs
from app.api.errors import ApiRouter
from app.api.fields import (
    LINE,
    MAX_ID,
    After,
    Body,
    Id,
    Instant,
    Limit,
    Name,
    Next,
    Out,
    examples,
    fill,
    first_after,
    page_of,
)
from app.enums import Scope
from app.networks import MAX_NETWORKS

router = ApiRouter(prefix="/v1/keys", tags=["keys"])
audit_router = ApiRouter(prefix="/v1/audit", tags=["audit"])

_KEY: Final[dict[str, Any]] = {
    "id": 3,
    "name": "newsroom script",
    "prefix": "dv_k3Xw9a",
    "scopes": ["edit", "read"],
    "networks": ["203.0.113.0/24"],
    "created_at": "2026-04-20T08:15:00Z",
    "expires_at": "2027-04-20T00:00:00Z",
    "last_used_at": "2026-04-28T05:10:00Z",
    "revoked_at": None,
}


class NewKey(Body):
    """What the key is for, and what it may do."""

    model_config = Body.model_config | examples(
        {
            "name": "newsroom script",
            "scopes": ["read", "edit"],
            "expires_at": "2027-04-20T00:00:00Z",
            "networks": ["203.0.113.0/24"],
        }
    )

    name: Name
    scopes: list[Scope] = Field(min_length=1, max_length=len(Scope))
    expires_at: Instant | None = Field(
        default=None, description="null: it is good until it is revoked."
    )
    networks: list[Annotated[str, Field(max_length=50)]] = Field(
        default=[],
        max_length=MAX_NETWORKS,
        description="Where it may be used from, as `203.0.113.0/24`; none: from everywhere.",
    )


class KeyOut(Out):
    """A key, without its secret."""

    model_config = examples(_KEY)

    id: int
    name: str
    prefix: str = Field(description="How its secret begins, to tell keys apart.")
    scopes: list[Scope]
    networks: list[str] = Field(description="Where it may be used from; none: from everywhere.")
    created_at: AwareDatetime
    expires_at: AwareDatetime | None
    last_used_at: AwareDatetime | None = Field(description="True to the minute.")
    revoked_at: AwareDatetime | None


class KeyMade(KeyOut):
    """A new key."""

    model_config = examples({**_KEY, "secret": "dv_k3Xw9aH1ul0Zr7m2Qe5Tn8Yb4Vc6Sd0Gf3Jp1Lk9Wx2"})

    secret: str | None = Field(
        description="What to send as `Authorization: Bearer …`. Shown this once and kept "
        "nowhere, so a replay of this request has null here."
    )


class KeyList(BaseModel):
    """All keys, those that are good no more too, oldest first."""

    model_config = examples({"items": [_KEY]})

    items: list[KeyOut]


@router.get("", dependencies=[needs(Scope.ADMIN)])
def list_keys(session: SessionDep) -> KeyList:
    """List all keys.

    Those that were revoked or have expired too.
    """
    return KeyList(items=[KeyOut.model_validate(row) for row in keys.all_keys(session)])


@router.post("", status_code=201, response_model=KeyMade)
def create_key(
    body: NewKey, asked: Annotated[Asked, asked_with(Scope.ADMIN)], clocks: OurClocks
) -> Response:
    """Make a key.

    Its secret is shown this once.
    """

    def act() -> KeyMade:
        row, secret = keys.make_key(
            asked.session,
            asked.actor,
            body.name,
            body.scopes,
            asked.now,
            expires_at=clocks.read("expires_at", body.expires_at),
            networks=body.networks,
        )
        return fill(KeyMade, row, secret=secret)

    hidden = {"secret": None}
    answer = answer_once(asked, 201, act, keep=lambda made: made.model_copy(update=hidden))
    answer.headers.update(clocks.response.headers)
    return answer


@router.post("/{key_id}/revoke")
def revoke_key(
    session: SessionDep, key_id: Id, now: NowDep, actor: Annotated[Actor, acts(Scope.ADMIN)]
) -> KeyOut:
    """Revoke a key.

    It is good for nothing from now on.
    """
    return KeyOut.model_validate(keys.revoke_key(session, actor, key_id, now))


_ENTRY: Final[dict[str, Any]] = {
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


class AuditEntryOut(Out):
    """One change; nothing personal stands in it."""

    model_config = examples(_ENTRY)

    id: int
    at: AwareDatetime
    who_kind: ActorKind
    who: str = Field(description="The name of the key or the person, `cli`, or the service itself.")
    who_id: int | None = Field(
        description="The number of the key or the person; of a reader the public id."
    )
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

    model_config = examples({"items": [_ENTRY], "next": "WzgxMl0"})

    items: list[AuditEntryOut]
    next: Next


@audit_router.get("", dependencies=[needs(Scope.ADMIN)])
def list_audit(
    session: SessionDep,
    clocks: OurClocks,
    limit: Limit = 50,
    after: After = None,
    who: Annotated[
        str | None,
        Query(description="The name of a key or a person, or `cli`.", max_length=60, pattern=LINE),
    ] = None,
    who_id: Annotated[
        int | None,
        Query(
            description="The number of a key or a person; give `who_kind`, too.", ge=1, le=MAX_ID
        ),
    ] = None,
    who_kind: Annotated[ActorKind | None, Query(description="The kind of whoever did it.")] = None,
    issue_id: Annotated[
        int | None, Query(description="About this issue and its stories.", ge=1, le=MAX_ID)
    ] = None,
    reader_id: Annotated[
        int | None,
        Query(description="About this reader, by the public id, or by them.", ge=1, le=MAX_ID),
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
        who_id=who_id,
        kind=who_kind,
        issue_id=issue_id,
        reader_id=reader_id,
        verb=verb,
        since=clocks.read("since", since),
    )
    page, following = page_of(rows, limit, lambda row: row.id)
    return AuditPage(items=[AuditEntryOut.model_validate(row) for row in page], next=following)
