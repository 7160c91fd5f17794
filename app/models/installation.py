"""The installation: which one this database belongs to, and how far it has sent."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, LargeBinary, func, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base


class Installation(Base):
    """What tells this service's database from every other; its one row is made by a migration.

    `installation_id` stays the same for life, also in a backup: two databases that share it are
    the same one at two moments. `send_epoch` only grows, and is kept outside the database too
    (docs/adr/0018): where it is greater there, this database is older than what was sent. It is
    `held_at` since that was found, until `restored_at`.
    `pepper_fingerprint` tells under which pepper the HMACs of addresses were made; None until a
    process has seen the first one. `watched_at` is when a process last began to look for what is
    wrong (`app.watch`), `postmaster_told_at` when Google last told of our domain, be it nothing.
    """

    __tablename__ = "installations"
    __table_args__ = (CheckConstraint("id = 1", name="only_one"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    installation_id: Mapped[UUID] = mapped_column(server_default=text("gen_random_uuid()"))
    send_epoch: Mapped[int] = mapped_column(server_default="0")
    held_at: Mapped[datetime | None]
    restored_at: Mapped[datetime | None]
    pepper_fingerprint: Mapped[bytes | None] = mapped_column(LargeBinary)
    watched_at: Mapped[datetime | None]
    postmaster_told_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
