"""Clicks: a tracked link followed or a pixel fetched, counted as the publication says now.

Machines are kept apart from people as far as can be told (docs/tracking.md). Whoever refuses, or
was erased, is counted like anybody and kept apart from nobody.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.orm import Session

from app.enums import IssueState, LinkKind, SubscriberState, Tracking
from app.errors import NotFound
from app.link_tokens import LinkTo
from app.models import Delivery, Issue, Publication, ReaderClick, Subscriber, TrackedLink
from app.readers.current import current_reader
from app.readers.signs import forget_signs, note_sign, take_back_sign

TOO_SOON: Final = timedelta(seconds=10)
"""Nobody reads a mail so soon after it was taken by their mailbox; scanners do."""

AT_ONCE: Final = timedelta(seconds=1)
"""Nobody follows two links of a mail within this; scanners follow all of them."""

Counts = dict[LinkTo, list[int]]
"""What is added to each link's people, machines and readers."""


def public_id_of_issue(session: Session, issue_id: int) -> int | None:
    """Return the public id of an Issue; None where there is none. Reads only."""
    return session.scalar(select(Issue.public_id).where(Issue.id == issue_id))


def public_id_of_reader(session: Session, subscriber_id: int) -> int | None:
    """Return the public id of a Subscriber; None where there is none. Reads only."""
    return session.scalar(select(Subscriber.public_id).where(Subscriber.id == subscriber_id))


def where_to(session: Session, link: LinkTo) -> str:
    """Return the address in the mail, or the corrected one; empty for the pixel; only read.

    Raises:
        NotFound: there is no such link, or its issue is gone.
    """
    url = session.scalar(select(TrackedLink.url).where(*_is(link)))
    if url is None:
        raise NotFound("There is no such link any more.")
    return url


def count(
    session: Session, link: LinkTo, subscriber_id: int | None, now: datetime, *, is_machine: bool
) -> None:
    """Count one visit of a link that is there; nothing while that is switched off.

    `subscriber_id` is whose mail the link stood in; None where that is not to be kept.
    """
    tracking, opens = session.execute(select(Publication.tracking, Publication.tracks_opens)).one()
    if tracking is Tracking.OFF or (link.kind is LinkKind.PIXEL and not opens):
        return
    reader = None
    if subscriber_id is not None and tracking is Tracking.PER_READER:
        reader = current_reader(session, subscriber_id)
    if reader is None or reader.refuses_tracking or reader.state is SubscriberState.ERASED:
        _add(session, {link: [int(not is_machine), int(is_machine), 0]})
    else:
        # The reader's row is locked: of two links followed at once the second sees the first.
        is_machine = is_machine or _is_too_soon(session, link.issue_id, reader.id, now)
        _add(session, _keep(session, link, reader.id, now, is_machine=is_machine))


def note_opening(session: Session, subscriber_id: int, made_at: datetime, now: datetime) -> None:
    """Take it for a sign that a reader opened their own page by a link, as a click would be one.

    `made_at` is when the link was made: with the mail that it stands in.
    """
    if session.scalar(select(Publication.tracking)) is not Tracking.PER_READER:
        return
    reader = current_reader(session, subscriber_id)
    if reader is None or reader.refuses_tracking or reader.state is SubscriberState.ERASED:
        return
    others = select(ReaderClick.issue_id).where(
        ReaderClick.subscriber_id == reader.id,
        ReaderClick.kind != LinkKind.PIXEL,
        ReaderClick.last_at > now - AT_ONCE,
    )
    if now - made_at >= TOO_SOON and session.scalar(others.limit(1)) is None:
        note_sign(session, reader.id, now)


def refuse_tracking(session: Session, reader: Subscriber, now: datetime, *, refuses: bool) -> None:
    """Keep no clicks of this reader from now on, and forget those there are; or keep them again.

    What is known of their last sign is then that they said so.
    """
    reader.refuses_tracking = refuses
    if refuses:
        forget_clicks(session, [reader.id])
        forget_signs(session, [reader.id])
        note_sign(session, reader.id, now)


def forget_clicks(session: Session, subscriber_ids: Sequence[int]) -> None:
    """Forget who clicked; the links' counts stay."""
    session.execute(delete(ReaderClick).where(ReaderClick.subscriber_id.in_(subscriber_ids)))


def forget_old_clicks(session: Session, before: datetime) -> None:
    """Forget who clicked, where their first click is older; the links' counts stay."""
    session.execute(delete(ReaderClick).where(ReaderClick.first_at < before))


def _is(link: LinkTo) -> tuple[ColumnElement[bool], ...]:
    return (
        TrackedLink.issue_id == link.issue_id,
        TrackedLink.kind == link.kind,
        TrackedLink.story_id == link.story_id,
        TrackedLink.key == link.key,
    )


def _add(session: Session, counts: Mapping[LinkTo, Sequence[int]]) -> None:
    """Add to the links' counts, in one order, so that two readers never wait for each other."""
    for link, (n_human, n_machine, n_readers) in sorted(counts.items()):
        session.execute(
            update(TrackedLink)
            .where(*_is(link))
            .values(
                n_human=TrackedLink.n_human + n_human,
                n_machine=TrackedLink.n_machine + n_machine,
                n_readers=TrackedLink.n_readers + n_readers,
            )
            .execution_options(synchronize_session=False)
        )


def _is_too_soon(session: Session, issue_id: int, subscriber_id: int, now: datetime) -> bool:
    """Return whether the mail was handed over only just now, or that is not even recorded yet."""
    at = session.scalar(
        select(Delivery.at).where(
            Delivery.issue_id == issue_id, Delivery.subscriber_id == subscriber_id
        )
    )
    if at is not None:
        return now - at < TOO_SOON
    return session.scalar(select(Issue.state).where(Issue.id == issue_id)) is IssueState.SENDING


def _keep(
    session: Session, link: LinkTo, subscriber_id: int, now: datetime, *, is_machine: bool
) -> Counts:
    """Write down whose visit it was; what that changes in the links' counts."""
    rows = session.scalars(
        select(ReaderClick).where(
            ReaderClick.issue_id == link.issue_id, ReaderClick.subscriber_id == subscriber_id
        )
    ).all()
    counts: Counts = {}
    for row in _others_at_once(rows, link, now):
        is_machine = True
        if not row.was_machine:
            take_back_sign(session, subscriber_id, row.last_at)
            counts[_link_of(row)] = _take_back(row)
    own = next((row for row in rows if _link_of(row) == link), None)
    if own is None:
        own = _first_visit(link, subscriber_id, now)
        session.add(own)
    own.last_at, own.was_machine = now, is_machine
    own.n_machine += is_machine
    own.n_human += not is_machine
    if not is_machine and link.kind is not LinkKind.PIXEL:
        note_sign(session, subscriber_id, now)
    is_new = not is_machine and own.n_human == 1
    counts[link] = [int(not is_machine), int(is_machine), int(is_new)]
    return counts


def _others_at_once(
    rows: Sequence[ReaderClick], link: LinkTo, now: datetime
) -> Sequence[ReaderClick]:
    """Return the other links of the mail followed just now; none for a pixel."""
    if link.kind is LinkKind.PIXEL:
        return []
    return [
        row
        for row in rows
        if row.kind is not LinkKind.PIXEL and _link_of(row) != link and now - row.last_at < AT_ONCE
    ]


def _take_back(row: ReaderClick) -> list[int]:
    """Count the last visit as a machine's after all."""
    row.n_human, row.n_machine, row.was_machine = row.n_human - 1, row.n_machine + 1, True
    return [-1, 1, -1 if row.n_human == 0 else 0]


def _first_visit(link: LinkTo, subscriber_id: int, now: datetime) -> ReaderClick:
    return ReaderClick(
        issue_id=link.issue_id,
        subscriber_id=subscriber_id,
        kind=link.kind,
        story_id=link.story_id,
        key=link.key,
        n_human=0,
        n_machine=0,
        first_at=now,
    )


def _link_of(row: ReaderClick) -> LinkTo:
    return LinkTo(row.issue_id, row.kind, row.story_id, row.key)
