"""`/v1/issues/{issue_id}/preview` and `/send-test`: an edition seen before it leaves."""

from enum import StrEnum
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from app.addresses import address_hmac, parse_address
from app.api.deps import Box, Now, Tx, needs
from app.api.errors import BadTemplate, Unreadable, problems
from app.api.fields import MAX_ID, Address, Body, Id, ShownDepth, Slugs, examples
from app.api.once import REPLAY_HEADER, Asked, answer_once, asked_with
from app.delivery.letters import queue_letter
from app.errors import (
    Conflict,
    FieldError,
    Forbidden,
    InvalidInput,
    NotFound,
    TooLarge,
    Unauthorised,
)
from app.issues.categories import follows_of, slugs_of
from app.issues.lifecycle import get_issue
from app.issues.preview import Preview, cut_of, fields_of, preview
from app.models import Suppression
from app.readers.subscribers import get_subscriber
from app.rendering.budget import CLIP_BYTES
from app.words import Depth, LetterKind, Scope, Trim

router = APIRouter(prefix="/v1/issues/{issue_id}", tags=["preview"])

_HTML_HEADERS: Final = {
    # An author's words in our origin: shown, never run, and nothing is fetched that could tell.
    "Content-Security-Policy": "sandbox; default-src 'none'; style-src 'unsafe-inline'; "
    "img-src https: data:",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}
_PRIVATE: Final = {"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"}


class Format(StrEnum):
    """What to show of the mail."""

    HTML = "html"
    TEXT = "text"
    JSON = "json"


class TrimmedOut(BaseModel):
    """One step down of an edition that would have been clipped."""

    model_config = examples({"what": "decoder", "titles": ["A compiler that explains itself"]})

    what: Trim = Field(
        description="Parts of stories, in the order in which they go; `headline` leaves nothing "
        "but that of a story, `story` nothing but a count and a link."
    )
    titles: list[str] = Field(description="The stories it was taken from.")


class PreviewOut(BaseModel):
    """One edition, its merge fields filled."""

    model_config = examples(
        {
            "subject": "A compiler that explains itself",
            "preheader": "A new compiler tells in plain words why it refuses a program.",
            "html": "<!doctype html>…",
            "text": "Devoured · Tuesday 28 April 2026 …",
            "n_bytes": 23817,
            "n_bytes_most": 102000,
            "trimmed": [],
            "categories": ["ai", "devops"],
            "depth": "brief",
            "n_readers": None,
        }
    )

    subject: str
    preheader: str
    html: str
    text: str
    n_bytes: int = Field(description="Bytes of the HTML in the mail, whoever reads it, at most.")
    n_bytes_most: int = Field(description="What it is kept below, so that Gmail does not clip it.")
    trimmed: list[TrimmedOut] = Field(
        description="What this cut gave up to keep below that; empty for most."
    )
    categories: list[str] = Field(description="The cut: of those asked for, the issue's own.")
    depth: ShownDepth
    n_readers: int | None = Field(description="Readers frozen at launch; null before.")


class SampleMail(Body):
    """Which edition to send, and to whom."""

    model_config = Body.model_config | examples(
        {"address": "editor@example.com", "categories": ["ai"], "depth": "deep"}
    )

    address: Address
    categories: Slugs | None = Field(
        default=None, description="Slugs of categories; all of them when not given."
    )
    depth: ShownDepth = Depth.DEEP


class SampleQueued(BaseModel):
    """It is on its way."""

    model_config = examples({"letter_id": 12})

    letter_id: int


_Categories = Annotated[
    str | None,
    Query(
        max_length=2000,
        description="Slugs, divided by commas; all of them when not given.",
        examples=["ai,devops"],
    ),
]
_SubscriberId = Annotated[
    int | None,
    Query(ge=1, le=MAX_ID, description="As this subscriber gets it; alone, it says the cut."),
]
_SHOWN: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "The edition, in the format that was asked for.",
        "content": {
            "application/json": {"schema": {"$ref": "#/components/schemas/PreviewOut"}},
            "text/html": {"schema": {"type": "string"}},
            "text/plain": {"schema": {"type": "string"}},
        },
    }
}


@router.get(
    "/preview",
    dependencies=[needs(Scope.READ)],
    response_class=Response,
    responses=problems(Unauthorised, Forbidden, NotFound, InvalidInput, BadTemplate) | _SHOWN,
)
def preview_issue(
    container: Box,
    session: Tx,
    now: Now,
    issue_id: Id,
    categories: _Categories = None,
    depth: Depth | None = None,
    format: Format = Format.HTML,  # noqa: A002 - the parameter's name in the address
    subscriber_id: _SubscriberId = None,
) -> Response:
    """Preview an edition.

    Shows it as its readers will see it. Say a cut with `categories` and `depth` (`brief` unless
    given), or a `subscriber_id` for their cut and their merge fields. Once an issue is launched,
    this is the very mail that goes out.
    """
    issue = get_issue(session, issue_id)
    base_url = container.settings.base_url
    fields = None
    if subscriber_id is None:
        follows = _follows(session, categories)
    else:
        _refuse_two_cuts(categories, depth)
        subscriber = get_subscriber(session, subscriber_id)
        fields = fields_of(subscriber, container.signer, base_url, now)
        follows, depth = subscriber.follows, subscriber.depth
    shown = preview(
        session,
        issue,
        container.templates,
        follows=follows,
        depth=depth or Depth.BRIEF,
        base_url=base_url,
        fields=fields,
    )
    return _answer(session, shown, format)


@router.post(
    "/send-test",
    status_code=202,
    response_model=SampleQueued,
    responses=problems(
        Unreadable, Unauthorised, Forbidden, NotFound, Conflict, TooLarge, InvalidInput
    )
    | {202: {"headers": REPLAY_HEADER}},
)
def send_test(
    container: Box, issue_id: Id, body: SampleMail, asked: Annotated[Asked, asked_with(Scope.SEND)]
) -> Response:
    """Send a test.

    One edition to one address, marked as a test in its subject. It takes the way of every mail: a
    worker renders and sends it within seconds.
    """

    def act() -> SampleQueued:
        session = asked.session
        issue = get_issue(session, issue_id)
        cut = cut_of(session, issue, follows_of(session, body.categories))
        address = parse_address(body.address, allow_reserved=container.allow_reserved)
        if session.get(Suppression, address_hmac(address.key, container.pepper)) is not None:
            raise Conflict("This address is suppressed: nothing is sent to it.")
        letter = queue_letter(
            session,
            LetterKind.TEST,
            now=asked.now,
            address=address.text,
            facts={"issue_id": issue.id, "follows": cut, "depth": body.depth.value},
        )
        return SampleQueued(letter_id=letter.id)

    return answer_once(asked, 202, act)


def _answer(session: Session, shown: Preview, kind: Format) -> Response:
    match kind:
        case Format.HTML:
            return Response(shown.html, media_type="text/html", headers=_HTML_HEADERS)
        case Format.TEXT:
            return Response(shown.text, media_type="text/plain", headers=_PRIVATE)
        case Format.JSON:
            body = PreviewOut(
                subject=shown.subject,
                preheader=shown.preheader,
                html=shown.html,
                text=shown.text,
                n_bytes=shown.n_bytes,
                n_bytes_most=CLIP_BYTES,
                trimmed=[
                    TrimmedOut(what=step.what, titles=list(step.titles)) for step in shown.trimmed
                ],
                categories=slugs_of(session, shown.follows),
                depth=shown.depth,
                n_readers=shown.n_readers,
            )
            content = body.model_dump_json()
            return Response(content, media_type="application/json", headers=_PRIVATE)


def _follows(session: Session, categories: str | None) -> int:
    if categories is None:
        return follows_of(session, None)
    try:
        return follows_of(session, [slug.strip() for slug in categories.split(",")])
    except InvalidInput as error:
        places = [FieldError("query categories", each.detail) for each in error.errors]
        raise InvalidInput(error.detail, places) from None


def _refuse_two_cuts(categories: str | None, depth: Depth | None) -> None:
    given = {"categories": categories, "depth": depth}
    wrong = [
        FieldError(f"query {name}", "is the subscriber's own")
        for name, value in given.items()
        if value is not None
    ]
    if wrong:
        raise InvalidInput("Say a cut or a subscriber, not both.", wrong)
