"""Tracking in a send: store the links of a rendering, and give each reader the codes for them.

Nothing here runs where a publication does not track (docs/adr/0014).
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, fields
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.delivery.claim import Lease, Reader
from app.enums import Tracking
from app.link_tokens import LinkSigner, LinkTo
from app.models import Batch, Edition, Publication, Subscriber, TrackedLink
from app.rendering.merge import READER
from app.rendering.tracked import without_pixel
from app.tokens import Signer

_PLACE: Final = f"{{{{{READER}}}}}"

BehindCode = Callable[[Reader], str]
"""What stands behind the codes in the mail of this reader; mostly `/…`."""


def keep_links(session: Session, links: Sequence[tuple[LinkTo, str]]) -> None:
    """Write down where each link of a rendering leads; one that was corrected leads anew.

    `links` are sorted, so that two renderings of an Issue wait for each other in one order.
    """
    rows = [{**asdict(link), "url": url} for link, url in links]
    statement = insert(TrackedLink).values(rows)
    session.execute(
        statement.on_conflict_do_update(
            index_elements=[one.name for one in fields(LinkTo)],
            set_={"url": statement.excluded.url},
            where=TrackedLink.url != statement.excluded.url,
        )
    )


def html_to_send(edition: Edition, publication: Publication) -> str:
    """Return the HTML that an Edition's readers get, as tracking is set now.

    If tracking was switched off since it was rendered, its links are straight. If it is no longer
    per reader, the links are the same for everybody, and the mail has no merge field for it.
    Without opens it has no pixel.
    """
    tracked = edition.tracked_html
    if publication.tracking is Tracking.OFF or tracked is None:
        return edition.html or ""
    if not publication.tracks_opens:
        tracked = without_pixel(tracked)
    return tracked if publication.tracking is Tracking.PER_READER else tracked.replace(_PLACE, "")


def behind_codes(session: Session, html: str, lease: Lease, signer: Signer) -> BehindCode | None:
    """Return what each reader's mail of a Batch has behind its codes; None when it has no place.

    Readers who refuse to be tracked get nothing there: their links are everybody's.
    """
    if _PLACE not in html:
        return None
    links = LinkSigner(signer.keys)
    readers = select(func.unnest(Batch.subscriber_ids)).where(Batch.id == lease.batch_id)
    refusing = frozenset(
        session.scalars(
            select(Subscriber.id).where(Subscriber.id.in_(readers), Subscriber.refuses_tracking)
        )
    )

    def behind(reader: Reader) -> str:
        if reader.subscriber_id in refusing:
            return ""
        code = links.sign_reader(lease.issue_public_id, reader.subscriber_id, reader.public_id)
        return f"/{code}"

    return behind
