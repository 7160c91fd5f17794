"""Keep an uploaded image: its row first, and then its bytes, which no transaction waits for."""

from datetime import datetime
from typing import Final

import structlog
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.actors import Actor, Verb
from app.audit import record
from app.db.session import Sessions, transaction
from app.errors import Conflict, NotInstalled, TooLarge, Unavailable
from app.images.reading import ReadImage, read_image
from app.images.stores import ImageStore
from app.models import Image
from app.outside.base import StoreError
from app.sentences import N_, Sentence

MAX_UPLOAD: Final = 21 * 1024 * 1024
"""Bytes of a request with an image at most, whatever is set: the largest setting and its form."""

_MB: Final = 1024 * 1024
_NO_STORE: Final = N_(
    "No images are kept here. Whoever runs the service sets DEVOURED_IMAGES to a folder or a"
    " bucket."
)
_NO_ANSWER: Final = N_("The image could not be stored. Please try again in a moment.")
_LEAVING: Final = N_("This image is just being deleted. Please upload it again in a minute.")

_log = structlog.get_logger(__name__)


def keep_image(
    sessions: Sessions,
    store: ImageStore | None,
    actor: Actor,
    data: bytes,
    max_mb: int,
    now: datetime,
) -> ReadImage:
    """Make an image of a file and keep it; the same file is kept once.

    Opens a transaction of its own, and writes the bytes after it.

    Raises:
        InvalidInput: it is no image that can be shown.
        NotInstalled: the settings name no place for images.
        TooLarge: the file has more than `max_mb` megabytes.
        Unavailable: the place did not take it.
    """
    if store is None:
        raise NotInstalled(_NO_STORE)
    if len(data) > max_mb * _MB:
        raise TooLarge(
            Sentence("The file has more than %(n)s MB. Please make it smaller.", n=max_mb)
        )
    image = read_image(data)
    with transaction(sessions) as session:
        note_image(session, actor, image, now)
    try:
        store.put(image.name, image.data)
    except StoreError as error:
        _log.error("image_not_stored", reason=str(error))
        raise Unavailable(_NO_ANSWER) from error
    return image


def note_image(session: Session, actor: Actor, image: ReadImage, now: datetime) -> Image:
    """Write down that an image is kept from now on, and who uploaded it.

    Raises:
        Conflict: its bytes are just being deleted.
    """
    new = insert(Image).values(
        name=image.name,
        width=image.width,
        height=image.height,
        n_bytes=image.n_bytes,
        kept_at=now,
    )
    session.execute(
        new.on_conflict_do_update(
            index_elements=["name"], set_={"kept_at": now}, where=Image.deleting_at.is_(None)
        )
    )
    row = session.scalars(select(Image).where(Image.name == image.name)).one()
    if row.deleting_at is not None:
        raise Conflict(_LEAVING)
    record(session, actor, Verb.ADD_IMAGE, row, now)
    return row
