"""An edition shown to others before it leaves: by a link that needs no key, or as a test mail."""

from collections.abc import Iterable
from typing import Annotated, Any, Final

from fastapi import Path, Response
from pydantic import AwareDatetime, BaseModel, Field

from app.actors import Actor
from app.addresses import Address as MailAddress
from app.addresses import parse_address
from app.api.changes import Asked, answer_once, asked_with
from app.api.deps import ContainerDep, IfMatch, NowDep, SessionDep, acts, needs
from app.api.errors import ApiRouter, documents
from app.api.fields import MAX_ID, Address, Body, Id, ShownDepth, Slugs, examples, fill
from app.container import Container
from app.enums import Depth, Scope
from app.errors import FieldError, InvalidInput, TooMany
from app.issues.samples import MAX_AT_ONCE, Seen, queue_samples
from app.issues.shares import Shared, revoke, share, shares_of
from app.models import Category
from app.publication.categories import all_categories, cut_of, slugs_in
from app.rate_limits import RateLimit, rate_headers

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
        actor,
        issue_id,
        container.signer,
        container.settings.base_url,
        follows=cut_of(session, body.categories),
        depth=body.depth,
        now=now,
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
    revoke(session, actor, issue_id, share_id, now)


def _out(one: Shared, categories: Iterable[Category]) -> ShareOut:
    slugs = slugs_in(categories, one.row.follows)
    return fill(ShareOut, one.row, url=one.url, categories=slugs)


class SampleMail(Body):
    """Which edition to send, and to whom."""

    model_config = Body.model_config | examples(
        {"address": "editor@example.com", "categories": ["ai"], "depth": "deep"},
        {"addresses": ["editor@example.com", "proof@example.com"]},
    )

    address: Address | None = Field(default=None, description="One address; or `addresses`.")
    addresses: list[Address] = Field(
        default=[], max_length=MAX_AT_ONCE, description="Several, each of which gets one."
    )
    categories: Slugs | None = Field(
        default=None, description="Slugs of categories; all of them when not given."
    )
    depth: ShownDepth = Depth.DEEP
    revision: int | None = Field(
        default=None,
        ge=1,
        le=MAX_ID,
        description="The issue's revision that you have seen: the test says just that, whatever "
        "changes meanwhile; 409 where it is another one by now. Not given: as it is when sent.",
    )

    def all_addresses(self) -> list[tuple[str, str]]:
        """Return each address with its place in the body; raise InvalidInput for none or both."""
        if (self.address is None) is (not self.addresses):
            wrong = [FieldError("/addresses", "say either `address` or `addresses`")]
            raise InvalidInput("Say who gets the test.", wrong)
        if self.address is not None:
            return [("/address", self.address)]
        return [(f"/addresses/{place}", one) for place, one in enumerate(self.addresses)]


class SampleQueued(BaseModel):
    """It is on its way."""

    model_config = examples({"letter_id": 12, "letter_ids": [12]})

    letter_id: int = Field(description="The first one.")
    letter_ids: list[int]


@router.post("/send-test", status_code=202, response_model=SampleQueued)
@documents(TooMany)
def send_test(
    container: ContainerDep,
    issue_id: Id,
    body: SampleMail,
    asked: Annotated[Asked, asked_with(Scope.SEND)],
    expected: IfMatch,
) -> Response:
    """Send a test.

    One edition to one address or up to ten, marked as a test in its subject; a hundred within an
    hour at most. It takes the way of every mail: a worker renders and sends it within seconds.
    """

    def act() -> SampleQueued:
        queued = queue_samples(
            asked.session,
            asked.actor,
            issue_id,
            [_address(place, one, container) for place, one in body.all_addresses()],
            follows=cut_of(asked.session, body.categories),
            depth=body.depth,
            pepper=container.pepper,
            now=asked.now,
            expected=expected,
            seen=_seen(body.revision, container),
        )
        limits.append(queued.limit)
        ids = [letter.id for letter in queued.letters]
        return SampleQueued(letter_id=ids[0], letter_ids=ids)

    limits: list[RateLimit] = []
    answer = answer_once(asked, 202, act)
    answer.headers.update(rate_headers(limits))
    return answer


def _seen(revision: int | None, container: Container) -> Seen | None:
    if revision is None:
        return None
    return Seen(revision, container.templates, container.settings.base_url)


def _address(place: str, raw: str, container: Container) -> MailAddress:
    """Return the address at this place of the body; raise InvalidInput, which names the place."""
    try:
        return parse_address(raw, allow_reserved=container.allow_reserved)
    except InvalidInput as error:
        raise InvalidInput(error.detail, [FieldError(place, error.detail)]) from None
