"""The images that stories may show; their bytes are kept in a folder or a bucket."""

from datetime import datetime

from sqlalchemy import Integer, SmallInteger, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base


class Image(Base):
    """One stored image, as it is shown: `name` tells its content and its encoding.

    `kept_at` is when it was uploaded last, or found in an article; `deleting_at` is set while its
    bytes are being deleted, because nothing has named it for long.
    """

    __tablename__ = "images"
    __table_args__ = (UniqueConstraint("name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    width: Mapped[int] = mapped_column(SmallInteger)
    height: Mapped[int] = mapped_column(SmallInteger)
    n_bytes: Mapped[int] = mapped_column(Integer)
    kept_at: Mapped[datetime]
    deleting_at: Mapped[datetime | None]
