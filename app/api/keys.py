"""`/v1/keys`: API keys, made, listed and revoked by those who hold `admin`."""

from typing import Annotated, Any, Final

from fastapi import Response
from pydantic import AwareDatetime, BaseModel, Field

from app.access import keys
from app.actors import Actor
from app.api.changes import Asked, answer_once, asked_with
from app.api.deps import NowDep, OurClocks, SessionDep, acts, needs
from app.api.errors import ApiRouter
from app.api.fields import Body, Id, Instant, Name, examples
from app.enums import Scope
from app.models import ApiKey
from app.networks import MAX_NETWORKS

router = ApiRouter(prefix="/v1/keys", tags=["keys"])

_EXAMPLE: Final[dict[str, Any]] = {
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


class KeyOut(BaseModel):
    """A key, without its secret."""

    model_config = examples(_EXAMPLE)

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

    model_config = examples(
        {**_EXAMPLE, "secret": "dv_k3Xw9aH1ul0Zr7m2Qe5Tn8Yb4Vc6Sd0Gf3Jp1Lk9Wx2"}
    )

    secret: str | None = Field(
        description="What to send as `Authorization: Bearer …`. Shown this once and kept "
        "nowhere, so a replay of this request has null here."
    )


class KeyList(BaseModel):
    """All keys, those that are good no more too, oldest first."""

    model_config = examples({"items": [_EXAMPLE]})

    items: list[KeyOut]


@router.get("", dependencies=[needs(Scope.ADMIN)])
def list_keys(session: SessionDep) -> KeyList:
    """List all keys.

    Those that were revoked or have expired too.
    """
    return KeyList(items=[KeyOut(**_fields(row)) for row in keys.all_keys(session)])


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
            body.name,
            body.scopes,
            asked.now,
            expires_at=clocks.read("expires_at", body.expires_at),
            networks=body.networks,
            actor=asked.actor,
        )
        return KeyMade(**_fields(row), secret=secret)

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
    return KeyOut(**_fields(keys.revoke_key(session, key_id, now, actor)))


def _fields(row: ApiKey) -> dict[str, Any]:
    return {
        "id": row.id,
        "name": row.name,
        "prefix": row.prefix,
        "scopes": [Scope(scope) for scope in row.scopes],
        "networks": row.networks,
        "created_at": row.created_at,
        "expires_at": row.expires_at,
        "last_used_at": row.last_used_at,
        "revoked_at": row.revoked_at,
    }
