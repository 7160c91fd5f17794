"""Subscribers as editors see them: found, listed, changed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.actors import Actor, Verb
from app.audit import record_step
from app.delivery.eligibility import wants_no_issue
from app.enums import ConsentStep, SubscriberState
from app.errors import FieldError, InvalidInput, NotFound, WrongState
from app.language import known, mail_languages
from app.models import Subscriber
from app.outbox import publish_changed
from app.publication.categories import follows_of
from app.publication.zones import check_hour, check_zone
from app.readers.consent import Origin, record_consent
from app.readers.signs import show_sign
from app.sentences import Sentence
from app.versions import Expected, refuse_stale

_log = structlog.get_logger(__name__)


def get_subscriber(session: Session, subscriber_id: int) -> Subscriber:
    """Return the Subscriber, or raise NotFound."""
    subscriber = session.get(Subscriber, subscriber_id)
    if subscriber is None:
        raise NotFound(Sentence("There is no subscriber %(reader)s.", reader=subscriber_id))
    return subscriber


def lock_subscriber(session: Session, subscriber_id: int) -> Subscriber:
    """Return the Subscriber as they are now, locked until the transaction ends.

    Raises:
        NotFound: there is no such Subscriber.
        WrongState: they were erased.
    """
    subscriber = session.get(
        Subscriber, subscriber_id, with_for_update=True, populate_existing=True
    )
    if subscriber is None:
        raise NotFound(Sentence("There is no subscriber %(reader)s.", reader=subscriber_id))
    if subscriber.state == SubscriberState.ERASED:
        raise WrongState("This subscriber was erased.")
    return subscriber


def list_subscribers(
    session: Session,
    *,
    after: int,
    limit: int,
    state: SubscriberState | None = None,
    address_key: str | None = None,
) -> Sequence[Subscriber]:
    """Return at most `limit` Subscribers with an id above `after`, in the order of their ids."""
    query = select(Subscriber).where(Subscriber.id > after).order_by(Subscriber.id).limit(limit)
    if state is not None:
        query = query.where(Subscriber.state == state)
    if address_key is not None:
        query = query.where(Subscriber.address_key == address_key)
    return session.scalars(query).all()


@dataclass(frozen=True)
class ReaderCounts:
    """How many readers are in each state; `n_paused` are active and want no issue for now."""

    by_state: Mapping[SubscriberState, int]
    n_paused: int


def count_readers(session: Session, now: datetime) -> ReaderCounts:
    """Count the readers by state; all of them are looked through."""
    paused = func.count().filter(wants_no_issue(now), Subscriber.state == SubscriberState.ACTIVE)
    rows = session.execute(
        select(Subscriber.state, func.count(), paused).group_by(Subscriber.state)
    ).all()
    counted = {state: n for state, n, _ in rows}
    return ReaderCounts(
        {state: counted.get(state, 0) for state in SubscriberState}, sum(row[2] for row in rows)
    )


def newest_joined(session: Session, limit: int) -> Sequence[Subscriber]:
    """Return who signed up or was added last, the newest first, of those who are still here."""
    here = Subscriber.state.in_([SubscriberState.PENDING, SubscriberState.ACTIVE])
    query = select(Subscriber).where(here).order_by(Subscriber.id.desc()).limit(limit)
    return session.scalars(query).all()


def newest_left(session: Session, limit: int) -> Sequence[Subscriber]:
    """Return who left last, the newest first; all readers are looked through."""
    gone = Subscriber.state == SubscriberState.LEFT
    query = select(Subscriber).where(gone, Subscriber.left_at.is_not(None))
    return session.scalars(query.order_by(Subscriber.left_at.desc()).limit(limit)).all()


def change_preferences(
    session: Session,
    actor: Actor | None,
    subscriber_id: int,
    changes: Mapping[str, Any],
    now: datetime,
    origin: Origin,
    expected: Expected = None,
) -> Subscriber:
    """Change a Subscriber's preferences or pause; categories and depth are consent.

    `changes` are columns and their values; `categories` may stand for `follows`, with the slugs of
    all that they are to follow: of those that cannot be chosen now, only what they follow already.
    `language` may be any tag of a language that our mails are said in; empty is the publication's.
    `actor` is who does it for them; None where they do it themselves. The audit keeps which fields
    were changed, and not to what.

    Raises:
        InvalidInput: a category, the hour, the time zone or the language is none that may be
            stored.
        NotFound: there is no such Subscriber.
        WrongState: the Subscriber was erased.
        Stale: they are of another version than `expected`.
    """
    subscriber = lock_subscriber(session, subscriber_id)
    refuse_stale(session, subscriber, expected)
    check_hour(changes.get("hour"))
    check_zone(session, changes.get("time_zone"))
    values = dict(changes)
    if values.get("language"):
        values["language"] = read_language(values["language"])
    if "categories" in values:
        slugs = values.pop("categories")
        values["follows"] = follows_of(session, slugs, before=subscriber.follows)
    changed = {name for name, value in values.items() if getattr(subscriber, name) != value}
    for name, value in values.items():
        setattr(subscriber, name, value)
    if "paused_until" in values and subscriber.silent_at is not None:
        subscriber.silent_at = None  # whoever says when mail comes says that it does
        changed.add("silent_at")
    if changed & {"follows", "depth"}:
        record_consent(session, subscriber, ConsentStep.CHANGED, origin, now)
    publish_changed(session, subscriber, changed, now)
    if actor is None:
        show_sign(session, subscriber, now)
    else:
        number, after = subscriber.public_id, {"fields": sorted(values)}
        session.flush()  # the row has its version now
        record_step(
            session,
            actor,
            Verb.CHANGE_READER,
            "reader",
            now,
            target_id=number,
            after=after,
            version=subscriber.version,
        )
    return subscriber


def read_language(tag: str) -> str:
    """Return the code of the language of our mails that a BCP 47 tag asks for.

    Raises:
        InvalidInput: no mail of ours is said in it.
    """
    code = known(tag)
    if not code:
        codes = tuple(mail_languages())
        sentence = Sentence("Our mails are said in %(languages)s.", languages=codes)
        raise InvalidInput(sentence, [FieldError("/language", sentence)])
    return code
