"""The publication (one row) and its Categories."""

from datetime import datetime, time
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import CheckConstraint, SmallInteger, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base
from app.db.columns import word
from app.enums import Tracking

MAX_CATEGORIES: Final = 63
"""A reader's categories are the bits of one signed bigint; see docs/adr/0006."""


class CategoryState(StrEnum):
    """hidden → open → retired; each may follow any other.

    A hidden category is nowhere to be seen in public; an open one can be chosen. A retired one
    keeps its followers and its archive, and can no longer be chosen. Stories go out in an open
    one alone.
    """

    HIDDEN = "hidden"
    OPEN = "open"
    RETIRED = "retired"


class Publication(Base):
    """Who sends, and when: its one row is made by the first migration.

    `subject_template` and `preheader_template` make these lines (`rendering.subjects`); empty
    means the usual way.

    `send_time` is on the clocks of `time_zone`; `weekdays` are ISO numbers, 1 is Monday.
    `sponsor` and `sign_off`, an editor's last words, stand in every issue that has none of its own;
    a sponsor is its label, text and url.
    `late_seconds` is how long after its time an issue may still start. An issue pauses itself
    when more than `bounce_limit` or `complaint_limit` of it, as shares of 1, came back, once
    `brake_after` readers were written to. An address that bounced softly `soft_bounce_limit` times
    within `soft_bounce_days`, with no delivery in between, is suppressed.

    `language` is what its stories are written in, as a BCP 47 tag. With `archive_closed_at` only
    readers come to later issues, by the links in their mail. `shows_articles` says whether a
    story's page has the article, `shows_all_points` whether a mail at full depth has all of its
    bullets and terms (`rendering.points`). With `sends_welcome`, who confirms gets the best of the
    latest issue at once. `tracking` says what is kept of clicks, from the next rendering on, and
    `tracks_opens` whether a pixel counts opens too; without tracking it counts none.
    `clicks_kept_since` is since when it is per reader, without a break.
    `look` is what its mails and pages look like, as far as it is another than ours (`app.look`).
    At the end of a mail `asks_if_good` asks whether it was (`Opinion`), `offers_reply` names the
    address that answers go to, and `offers_sharing` leads to the web copy.
    `unwanted_warnings` are codes of findings that only warn, and that no issue of it has.
    `version` grows with each change.
    """

    __tablename__ = "publications"
    __table_args__ = (CheckConstraint("id = 1", name="only_one"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    name: Mapped[str]
    tagline: Mapped[str]
    from_address: Mapped[str]
    reply_to: Mapped[str]
    postal_address: Mapped[str]
    time_zone: Mapped[str]
    send_time: Mapped[time]
    weekdays: Mapped[list[int]] = mapped_column(ARRAY(SmallInteger))
    late_seconds: Mapped[int]
    subject_template: Mapped[str] = mapped_column(server_default="")
    preheader_template: Mapped[str] = mapped_column(server_default="")
    sign_off: Mapped[str] = mapped_column(server_default="")
    sponsor: Mapped[dict[str, str] | None] = mapped_column(JSONB(none_as_null=True))
    brake_after: Mapped[int] = mapped_column(server_default="500")
    bounce_limit: Mapped[float] = mapped_column(server_default="0.05")
    complaint_limit: Mapped[float] = mapped_column(server_default="0.003")
    soft_bounce_limit: Mapped[int] = mapped_column(server_default="5")
    soft_bounce_days: Mapped[int] = mapped_column(server_default="30")
    archive_closed_at: Mapped[datetime | None]
    shows_articles: Mapped[bool] = mapped_column(server_default="true")
    shows_all_points: Mapped[bool] = mapped_column(server_default="false")
    language: Mapped[str] = mapped_column(server_default="en")
    asks_if_good: Mapped[bool] = mapped_column(server_default="false")
    offers_reply: Mapped[bool] = mapped_column(server_default="false")
    offers_sharing: Mapped[bool] = mapped_column(server_default="false")
    sends_welcome: Mapped[bool] = mapped_column(server_default="true")
    tracking: Mapped[Tracking] = mapped_column(word(Tracking), server_default="off")
    clicks_kept_since: Mapped[datetime | None]
    tracks_opens: Mapped[bool] = mapped_column(server_default="false")
    unwanted_warnings: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")
    look: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}")
    version: Mapped[int] = mapped_column(server_default="1")

    @property
    def archive_is_open(self) -> bool:
        """Return whether everybody may read what came out, and search engines may find it."""
        return self.archive_closed_at is None


class Category(Base):
    """A subject that readers follow.

    `bit` is its place in `subscribers.follows`, never used again for another category.
    `template` names a file below `emails/sections/`; empty means the one of its slug, or the
    default. `send_time` and `weekdays` are for issues
    of this category alone, and fall back to the publication's. So do `subject_template` and
    `preheader_template`, for editions that show this category alone. `version` grows with each
    change.
    """

    __tablename__ = "categories"
    __table_args__ = (
        UniqueConstraint("slug"),
        UniqueConstraint("bit"),
        CheckConstraint(f"bit >= 0 AND bit < {MAX_CATEGORIES}", name="bit_fits"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str]
    name: Mapped[str]
    state: Mapped[CategoryState] = mapped_column(word(CategoryState))
    bit: Mapped[int] = mapped_column(SmallInteger)
    position: Mapped[int] = mapped_column(SmallInteger)
    template: Mapped[str]
    accent: Mapped[str]
    accent_dark: Mapped[str]
    subject_template: Mapped[str] = mapped_column(default="", server_default="")
    preheader_template: Mapped[str] = mapped_column(default="", server_default="")
    send_time: Mapped[time | None]
    weekdays: Mapped[list[int] | None] = mapped_column(ARRAY(SmallInteger))
    created_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(server_default="1")

    @property
    def mask(self) -> int:
        """Return the category as a bit mask."""
        return 1 << self.bit
