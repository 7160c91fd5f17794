"""`/v1/issues/{issue_id}/share` and `/shares`: previews shown to people without a key."""

from collections.abc import Iterable
from typing import Annotated, Any, Final

from fastapi import Path
from pydantic import AwareDatetime, BaseModel, Field

from app.actors import Actor
from app.api.deps import ContainerDep, NowDep, SessionDep, acts, needs
from app.api.errors import ApiRouter
from app.api.fields import MAX_ID, Body, Id, ShownDepth, Slugs, examples
from app.enums import Depth, Scope
from app.issues.shares import Shared, revoke, share, shares_of
from app.models import Category
from app.publication.categories import all_categories, cut_of

router = ApiRouter(prefix="/v1/issues/{issue_id}", tags=["preview"])

_SHARE: Final[dict[str, Any]] = {
    "id": 5,
    "url": "https://digest.example/shared/WzcsMTc…?categories=ai&depth=brief",
    "categories": ["ai"],
    "depth": "brief",
    "shared_by": "desk",
    "shared_at": "2026-04-28T05:20:00Z",
    "expires_at": "2026-05-05T00:00:00Z",
}
_ShareId = Annotated[int, Path(ge=1, le=MAX_ID, description="The link's number.")]


class ShareCut(Body):
    """Which edition the link opens with; its holder may look at others."""

    model_config = Body.model_config | examples({"categories": ["ai"], "depth": "brief"})

    categories: Slugs | None = Field(
        default=None, description="Slugs of categories; all of them when not given."
    )
    depth: ShownDepth = Depth.BRIEF


class ShareOut(BaseModel):
    """A link for people without an account."""

    model_config = examples(_SHARE)

    id: int
    url: str
    categories: list[str] = Field(description="Of the issue's, those that it opens with.")
    depth: ShownDepth
    shared_by: str = Field(description="The API key's name.")
    shared_at: AwareDatetime
    expires_at: AwareDatetime = Field(
        description="When it ends; before that once it is revoked or the issue is deleted."
    )


class ShareList(BaseModel):
    """The links to an issue that are good, the newest first."""

    model_config = examples({"items": [_SHARE]})

    items: list[ShareOut]


@router.post("/share", status_code=201)
def share_preview(
    container: ContainerDep,
    session: SessionDep,
    now: NowDep,
    issue_id: Id,
    body: ShareCut,
    actor: Annotated[Actor, acts(Scope.EDIT)],
) -> ShareOut:
    """Share a preview.

    A link that opens it without an account for a week, unless it is revoked, and as long as the
    issue is there. Asked for again on the same day, for the same cut, it is the same link.
    """
    made = share(
        session,
        issue_id,
        container.signer,
        container.settings.base_url,
        follows=cut_of(session, body.categories),
        depth=body.depth,
        now=now,
        actor=actor,
    )
    return _out(made, all_categories(session))


@router.get("/shares", dependencies=[needs(Scope.EDIT)])
def list_shares(
    container: ContainerDep, session: SessionDep, now: NowDep, issue_id: Id
) -> ShareList:
    """List the links to an issue.

    Those that are good: what has expired or was revoked is not among them.
    """
    base_url = container.settings.base_url
    found = shares_of(session, issue_id, container.signer, base_url, now)
    categories = all_categories(session)
    return ShareList(items=[_out(one, categories) for one in found])


@router.delete("/shares/{share_id}", status_code=204)
def revoke_share(
    session: SessionDep,
    now: NowDep,
    issue_id: Id,
    share_id: _ShareId,
    actor: Annotated[Actor, acts(Scope.EDIT)],
) -> None:
    """Revoke a link.

    It opens nothing any more, whoever holds it; the other links stay good.
    """
    revoke(session, issue_id, share_id, now, actor)


def _out(one: Shared, categories: Iterable[Category]) -> ShareOut:
    row = one.row
    return ShareOut(
        id=row.id,
        url=one.url,
        categories=[each.slug for each in categories if each.mask & row.follows],
        depth=row.depth,
        shared_by=row.shared_by,
        shared_at=row.shared_at,
        expires_at=row.expires_at,
    )
