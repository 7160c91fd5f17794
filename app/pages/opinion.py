"""`/preferences/{token}/issues/{issue}/{yes|no}`: whether an issue was good, as its reader says.

Programs open the links of mails: a page with the answer chosen and a button is all that they get.
"""

from enum import StrEnum

from fastapi import APIRouter, Response
from sqlalchemy.orm import Session

from app.container import Container
from app.models import Issue, Subscriber
from app.pages.archive import get_published
from app.pages.deps import ContainerDep, NowDep, SessionDep
from app.pages.own import reader_of
from app.pages.render import private_page, site_of
from app.readers.opinions import opinion_of, say

router = APIRouter()


class Said(StrEnum):
    """What a link in the mail says."""

    YES = "yes"
    NO = "no"


@router.api_route("/preferences/{token}/issues/{issue_id:id}/{said}", methods=["GET", "HEAD"])
def ask(
    token: str,
    issue_id: int,
    said: Said,
    container: ContainerDep,
    session: SessionDep,
    now: NowDep,
) -> Response:
    """Show the answer with its button; it changes nothing."""
    reader = reader_of(session, container.signer, token, now)
    issue = get_published(session, issue_id)
    return _page(session, container, reader, issue, f"preferences/{token}", said)


@router.post("/preferences/{token}/issues/{issue_id:id}/{said}")
def answer(
    token: str,
    issue_id: int,
    said: Said,
    container: ContainerDep,
    session: SessionDep,
    now: NowDep,
) -> Response:
    """Keep the answer, in place of an earlier one, and show it."""
    reader = reader_of(session, container.signer, token, now, lock=True)
    issue = get_published(session, issue_id)
    say(session, reader, issue.id, now, was_good=said is Said.YES)
    return _page(session, container, reader, issue, f"preferences/{token}", None)


def _page(
    session: Session,
    container: Container,
    reader: Subscriber,
    issue: Issue,
    own: str,
    chosen: Said | None,
) -> Response:
    site = site_of(session, container.settings)
    return private_page(
        "opinion.html",
        site=site,
        issue=issue,
        base=f"{site.root}/{own}/issues/{issue.id}",
        was_good=opinion_of(session, reader, issue.id),
        chosen=chosen,
    )
