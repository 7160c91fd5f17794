"""Preview: an edition as its readers will see it, or have seen it; nothing is written.

Whoever looks is not its reader, so no link in it is anybody's: nothing here can sign one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.delivery.compose import (
    NO_EDITION,
    browser_url,
    edition_facts,
    without_web_copy,
)
from app.delivery.deliveries import ListedDelivery, deliveries_of_reader
from app.enums import Depth, EditionState, Trim
from app.errors import InvalidInput
from app.models import Delivery, Edition, Issue, Subscriber
from app.publication.issue_masks import issue_mask
from app.rendering.budget import merged_bytes
from app.rendering.edition import render_edition
from app.rendering.inputs import EditionFacts, RenderedMail, Trimmed
from app.rendering.merge import fill, preview_fields
from app.rendering.preheader import preheader_in
from app.rendering.templates import Templates
from app.sentences import Sentence

SAMPLE_ADDRESS = "reader@example.com"
"""Whom a preview is made out to when no Subscriber is named."""


@dataclass(frozen=True)
class Preview:
    """One edition with its merge fields filled; `follows` is the cut's categories as bits.

    `n_bytes` is what the HTML takes at most in the mail, whoever reads it; `trimmed` what this cut
    gave up to take no more. `n_readers` are those frozen at launch, None before it. `fields` are
    the merge fields it is filled with, for whoever is at `address`.
    """

    subject: str
    preheader: str
    html: str
    text: str
    n_bytes: int
    trimmed: tuple[Trimmed, ...]
    follows: int
    depth: Depth
    n_readers: int | None
    address: str
    fields: Mapping[str, str]


def preview(
    session: Session,
    issue: Issue,
    templates: Templates,
    *,
    follows: int,
    depth: Depth,
    base_url: str,
    address: str = SAMPLE_ADDRESS,
) -> Preview:
    """Return the edition of this cut; once it is rendered for sending, that very rendering.

    It is made out to `address`, but its links are nobody's (`merge.preview_fields`).

    Raises:
        InvalidInput: the cut is empty: nobody with these preferences gets a mail.
        RenderError: a template is wrong.
    """
    cut = cut_of(session, issue, follows)
    edition = _frozen(session, issue, cut, depth)
    on_the_web = browser_url(base_url, NO_EDITION if edition is None else edition.public_id)
    facts = edition_facts(
        session, issue, follows=cut, depth=depth, base_url=base_url, browser_url=on_the_web
    )
    mail = rendering_of(edition, facts, templates)
    values = preview_fields(address, base_url)
    html, text = mail.html, mail.text
    if edition is None:  # there is no web copy yet
        html, text = without_web_copy(html, base_url), without_web_copy(text, base_url)
    html = fill(html, values)
    return Preview(
        subject=mail.subject,
        preheader=preheader_in(html),
        html=html,
        text=fill(text, values),
        n_bytes=mail.n_bytes,
        trimmed=mail.trimmed,
        follows=cut,
        depth=depth,
        n_readers=_n_readers(session, edition),
        address=address,
        fields=values,
    )


def cut_of(session: Session, issue: Issue, follows: int) -> int:
    """Return the bits of the Issue's categories that are among these.

    Raises:
        InvalidInput: there are none.
    """
    cut = issue_mask(session, issue.id) & follows
    if not cut:
        raise InvalidInput(
            Sentence(
                "Nothing in issue %(issue)s is of these categories, so whoever follows just them"
                " gets no mail.",
                issue=issue.id,
            )
        )
    return cut


def address_of(subscriber: Subscriber) -> str:
    """Return the address that a preview is made out to when it is this Subscriber's.

    Raises:
        InvalidInput: the Subscriber was erased, so no mail goes to them.
    """
    if subscriber.address is None:
        raise InvalidInput(
            Sentence("Subscriber %(reader)s was erased and gets no mail.", reader=subscriber.id)
        )
    return subscriber.address


def cut_of_reader(session: Session, issue: Issue, subscriber: Subscriber) -> tuple[int, Depth]:
    """Return the categories, as bits, and the depth that the Subscriber gets of the Issue.

    Of one that was launched that is what was frozen for them then, whatever they changed since.
    Who is not among its readers, and everybody before launch, gets what they prefer today.
    """
    row = deliveries_of_reader(session, [issue], subscriber.id).get(issue.id)
    return cuts_of_rows(session, subscriber, [row])[0]


def cuts_of_rows(
    session: Session, subscriber: Subscriber, rows: Sequence[ListedDelivery | None]
) -> list[tuple[int, Depth]]:
    """Return the cut of each row of the Subscriber; what they prefer today for None."""
    ids = [0 if row is None else row.edition_id for row in rows]
    frozen: dict[int, tuple[int, Depth]] = {}
    if any(ids):
        query = select(Edition.id, Edition.follows, Edition.depth).where(Edition.id.in_(ids))
        frozen = {one.id: (one.follows, one.depth) for one in session.execute(query)}
    return [frozen.get(one, (subscriber.follows, subscriber.depth)) for one in ids]


def mail_of_reader(
    session: Session, issue: Issue, subscriber: Subscriber, templates: Templates, base_url: str
) -> str:
    """Return the HTML of the mail that the Subscriber got of the Issue, or would get.

    Of who got it that is the very revision that they got. Its links are nobody's.

    Raises:
        InvalidInput: they would get none.
        RenderError: a template is wrong.
    """
    got = session.scalar(
        select(Edition.html)
        .join(Delivery, Delivery.edition_id == Edition.id)
        .where(Delivery.issue_id == issue.id, Delivery.subscriber_id == subscriber.id)
    )
    if got is not None:
        return fill(got, preview_fields(subscriber.address or SAMPLE_ADDRESS, base_url))
    follows, depth = cut_of_reader(session, issue, subscriber)
    address = address_of(subscriber)
    return preview(
        session, issue, templates, follows=follows, depth=depth, base_url=base_url, address=address
    ).html


def _frozen(session: Session, issue: Issue, cut: int, depth: Depth) -> Edition | None:
    """Return the newest Edition of this cut."""
    return session.scalar(
        select(Edition)
        .where(Edition.issue_id == issue.id, Edition.follows == cut, Edition.depth == depth)
        .order_by(Edition.revision.desc())
        .limit(1)
    )


def _n_readers(session: Session, edition: Edition | None) -> int | None:
    """Count the readers of this cut, whichever revision they get."""
    if edition is None:
        return None
    of_cut = select(func.sum(Edition.n_readers)).where(Edition.public_id == edition.public_id)
    return session.scalar(of_cut)


def rendering_of(
    edition: Edition | None, facts: EditionFacts, templates: Templates
) -> RenderedMail:
    """Return the rendering that goes out, where there is one already, else what it would be.

    Raises:
        RenderError: a template is wrong.
    """
    if edition is None or edition.state != EditionState.RENDERED:
        return render_edition(facts, templates)
    html = edition.html or ""
    return RenderedMail(
        subject=edition.subject or "",
        html=html,
        text=edition.text or "",
        n_bytes=merged_bytes(edition.tracked_html or html, facts.publication.base_url),
        trimmed=tuple(
            Trimmed(Trim(step["what"]), tuple(step["titles"])) for step in edition.trimmed
        ),
    )
