"""Setbacks: parts of the service's own work that fail just now, kept until they work again."""

from datetime import datetime

from sqlalchemy import Integer
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base


class Setback(Base):
    """A part of a task that fails each time it is tried; what has a row of its own says so there.

    `what` is the task and the part, as in `tidy: forget_old_events`.
    """

    __tablename__ = "setbacks"

    what: Mapped[str] = mapped_column(primary_key=True)
    reason: Mapped[str]
    n_times: Mapped[int] = mapped_column(Integer)
    first_at: Mapped[datetime]
    last_at: Mapped[datetime]
