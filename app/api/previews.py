"""`/v1/issues/{issue_id}/preview` and `/send-test`: an edition seen before it leaves."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Final

from fastapi import Query, Response
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from app.access.keys import check_scopes
from app.api.deps import ContainerDep, NowDep, needs_alone
from app.api.errors import ApiRouter, BadTemplate, documents
from app.api.fields import MAX_ID, Id, Out, ShownDepth, examples, fill
from app.api.problems import FINDING_EXAMPLE, FindingOut
from app.container import Container
from app.db.session import transaction
from app.enums import Depth, Scope, Trim
from app.errors import Conflict, FieldError, InvalidInput, NotInstalled
from app.image_sources import admit_mail_images
from app.images.inline import with_own_images
from app.issues.approval import findings_to_dicts
from app.issues.checks.check import check
from app.issues.eml import eml
from app.issues.lifecycle import get_issue
from app.issues.preview import SAMPLE_ADDRESS, Preview, address_of, cut_of_reader, preview
from app.models import ApiKey
from app.publication.categories import cut_of, slugs_of
from app.publication.publication import get_publication, look_of
from app.readers.subscribers import get_subscriber
from app.rendering.budget import CLIP_BYTES
from app.rendering.picture import Screen, find_chromium, picture

router = ApiRouter(prefix="/v1/issues/{issue_id}", tags=["preview"])

_HTML_HEADERS: Final = {
    # An author's words in our origin: shown, never run, and nothing is fetched that could tell.
    "Content-Security-Policy": "sandbox; default-src 'none'; style-src 'unsafe-inline'",
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
    EML = "eml"
    PNG = "png"


class TrimmedOut(Out):
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
            "findings": [FINDING_EXAMPLE],
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
    findings: list[FindingOut] = Field(
        description="What `checks` finds in the issue, what blocks first."
    )


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
    Query(
        ge=1,
        le=MAX_ID,
        description="As this subscriber gets it; alone, it says the cut. Needs `people`.",
    ),
]
_SHOWN: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "The edition, in the format that was asked for.",
        "content": {
            "application/json": {"schema": {"$ref": "#/components/schemas/PreviewOut"}},
            "text/html": {"schema": {"type": "string"}},
            "text/plain": {"schema": {"type": "string"}},
            "message/rfc822": {"schema": {"type": "string"}},
            "image/png": {"schema": {"type": "string", "format": "binary"}},
        },
    }
}


@router.get("/preview", response_class=Response, responses=_SHOWN)
@documents(Conflict, BadTemplate, NotInstalled)
def preview_issue(
    container: ContainerDep,
    now: NowDep,
    key: Annotated[ApiKey, needs_alone(Scope.READ)],
    issue_id: Id,
    categories: _Categories = None,
    depth: Depth | None = None,
    format: Format = Format.HTML,  # noqa: A002 - the parameter's name in the address
    subscriber_id: _SubscriberId = None,
    width: Annotated[int, Query(ge=320, le=1200, description="Of a picture, in pixels.")] = 800,
    *,
    dark: Annotated[bool, Query(description="A picture for who likes it dark.")] = False,
) -> Response:
    """Preview an edition.

    Shows it as its readers will see it, with links that are nobody's. Say a cut with `categories`
    and `depth` (`brief` unless given), or, with a key that has `people` too, a `subscriber_id` for
    their cut and address. Once an issue is launched, this is the very mail that goes out, and a
    subscriber's cut is the one of then. `eml` is the message as it is sent, for a mail program;
    `png` a picture by Chromium, where that is installed.
    """
    if subscriber_id is not None:
        check_scopes(key, [Scope.PEOPLE])  # their cut and their address are theirs
    with transaction(container.api_sessions) as session:
        cut = _Cut(categories, depth, subscriber_id)
        preview = _preview(session, container, issue_id, cut)
        if format is not Format.PNG:
            return _answer(session, container, issue_id, preview, format, now)
    # Chromium takes seconds: no transaction is open meanwhile.
    chromium = find_chromium(container.settings.chromium)
    html = with_own_images(preview.html, container.settings.base_url, container.images)
    made = picture(html, Screen(width=width, dark=dark), chromium)
    return Response(made, media_type="image/png", headers=_PRIVATE)


@dataclass(frozen=True)
class _Cut:
    """What was asked for: a cut, or a subscriber's."""

    categories: str | None
    depth: Depth | None
    subscriber_id: int | None


def _preview(session: Session, container: Container, issue_id: int, cut: _Cut) -> Preview:
    issue = get_issue(session, issue_id)
    base_url = container.settings.base_url
    address, depth = SAMPLE_ADDRESS, cut.depth
    if cut.subscriber_id is None:
        follows = _follows(session, cut.categories)
    else:
        _refuse_two_cuts(cut.categories, cut.depth)
        subscriber = get_subscriber(session, cut.subscriber_id)
        address = address_of(subscriber)
        follows, depth = cut_of_reader(session, issue, subscriber)
    return preview(
        session,
        issue,
        container.templates,
        follows=follows,
        depth=depth or Depth.BRIEF,
        base_url=base_url,
        address=address,
    )


def _answer(
    session: Session,
    container: Container,
    issue_id: int,
    preview: Preview,
    kind: Format,
    now: datetime,
) -> Response:
    match kind:
        case Format.HTML:
            return show_mail(session, container, preview.html)
        case Format.TEXT:
            return Response(preview.text, media_type="text/plain", headers=_PRIVATE)
        case Format.EML:
            settings = container.settings
            message = eml(session, preview, settings.base_url, settings.inbound_address, now)
            headers = _PRIVATE | {
                "Content-Disposition": f'attachment; filename="issue-{issue_id}.eml"'
            }
            return Response(message, media_type="message/rfc822", headers=headers)
        case _:
            findings = findings_to_dicts(check(session, issue_id, container.check_settings, now))
            content = _to_preview_out(session, preview, findings).model_dump_json()
            return Response(content, media_type="application/json", headers=_PRIVATE)


def show_mail(session: Session, container: Container, html: str) -> Response:
    """Return a mail for a browser, under a policy that lets it load images of ours alone."""
    look = look_of(get_publication(session))
    headers = admit_mail_images(_HTML_HEADERS, look, container.settings.base_url)
    return Response(html, media_type="text/html", headers=headers)


def _to_preview_out(session: Session, preview: Preview, findings: Iterable[Any]) -> PreviewOut:
    return fill(
        PreviewOut,
        preview,
        n_bytes_most=CLIP_BYTES,
        categories=slugs_of(session, preview.follows),
        findings=list(findings),
    )


def _follows(session: Session, categories: str | None) -> int:
    if categories is None:
        return cut_of(session, None)
    try:
        return cut_of(session, [slug.strip() for slug in categories.split(",")])
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
