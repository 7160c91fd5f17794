"""Forget images that nothing names: mark them first, and delete their bytes outside of it."""

from datetime import datetime, timedelta
from typing import Final

import structlog
from sqlalchemy import ARRAY, ColumnElement, Text, delete, exists, func, or_, select, union, update
from sqlalchemy.orm import Session

from app.actors import Verb
from app.db.session import Sessions, transaction
from app.image_names import NAME_PATTERN, image_name
from app.images.stores import ImageStore
from app.models import AuditEntry, Correction, DroppedStory, Image, Publication, Revision, Story
from app.outside.base import StoreError

KEPT_FOR: Final = timedelta(days=30)
"""How long an image is kept that nothing names: a pasted text that does may wait as long."""

_AT_ONCE: Final = 100

_log = structlog.get_logger(__name__)


def forget_images(sessions: Sessions, store: ImageStore | None, now: datetime) -> None:
    """Delete the images that nothing names and nobody uploaded lately, at most 100 at once.

    Opens transactions of its own and holds none while the store works. What the store does not
    delete stays marked, and is tried again next time.
    """
    if store is None:
        return
    with transaction(sessions) as session:
        _mark_unnamed(session, now)
    _delete_marked(sessions, store)


def _mark_unnamed(session: Session, now: datetime) -> None:
    """Mark what nothing names.

    A story names one, also a dropped one, in its history, and before and after a correction: what
    went out shows its image for as long as the issue is there. So does a look by its logo. What
    stands in an article is looked for in all of them at once, and not again before its time is over
    anew.
    """
    unnamed = ~_is_named() & Image.name.not_in(_logos(session))
    old = (
        select(Image.name)
        .where(Image.kept_at < now - KEPT_FOR, Image.deleting_at.is_(None), unnamed)
        .order_by(Image.id)
        .limit(_AT_ONCE)
    )
    names = set(session.scalars(old))
    if not names:
        return
    in_articles = names & _named_in_articles(session)
    for found, values in (
        (in_articles, {"kept_at": now}),
        (names - in_articles, {"deleting_at": now}),
    ):
        session.execute(update(Image).where(Image.name.in_(found)).values(values))


def _named_in_articles(session: Session) -> set[str]:
    """Return the names that an article holds, wherever a story's image may be named."""
    articles = (
        Story.article,
        DroppedStory.fields["article"].astext,
        Revision.before["article"].astext,
        Correction.before["article"].astext,
        Correction.after["article"].astext,
    )
    names = (
        select(func.regexp_matches(article, NAME_PATTERN, "g", type_=ARRAY(Text))[1])
        for article in articles
    )
    return set(session.scalars(union(*names)))


def _delete_marked(sessions: Sessions, store: ImageStore) -> None:
    with transaction(sessions) as session:
        names = session.scalars(select(Image.name).where(Image.deleting_at.is_not(None))).all()
    for name in names:
        try:
            store.delete(name)
        except StoreError as error:
            _log.warning("image_not_deleted", reason=str(error))
            return
        with transaction(sessions) as session:
            session.execute(delete(Image).where(Image.name == name, Image.deleting_at.is_not(None)))


def _logos(session: Session) -> set[str]:
    """Return what the look names now, or named once: mails that are out show the logo of then."""
    changes = select(AuditEntry.before["look"]).where(
        AuditEntry.target_kind == "publication", AuditEntry.verb == Verb.CHANGE_LOOK
    )
    looks = [session.get_one(Publication, 1).look, *session.scalars(changes)]
    return {image_name(look.get(field, "")) for look in looks for field in ("logo", "logo_dark")}


def _is_named() -> ColumnElement[bool]:
    name = Image.name
    return or_(
        exists().where(Story.image == name),
        exists().where(DroppedStory.fields["image"].astext == name),
        exists().where(Revision.before["image"].astext == name),
        exists().where(
            or_(Correction.before["image"].astext == name, Correction.after["image"].astext == name)
        ),
    )
