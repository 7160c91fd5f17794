"""The model of the sending account, and of the warm-up of its domain."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Date
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base


class Account(Base):
    """The one sending account: until when nobody may be written to, and why.

    `paused_because` and `paused_until` are a person's pause, or what the provider said of the
    account; `quota_until` is that of its spent day, which ends by itself. Neither ends the other.

    While its domain is warmed up (docs/adr/0063) a day of UTC has a ceiling (`delivery.ramp`):
    `warm_up_first` on the day `warm_up_from`, when `warm_up_by` began it, and `warm_up_last` on the
    last of `warm_up_days` steps. `warm_up_repeats` are the days whose step came once more because
    a brake had stopped an Issue, of which `warm_up_braked_on` is the last.
    """

    __tablename__ = "accounts"
    __table_args__ = (
        CheckConstraint("id = 1", name="only_one"),
        CheckConstraint(
            "num_nulls(warm_up_from, warm_up_by, warm_up_first, warm_up_last, warm_up_days)"
            " IN (0, 5)",
            name="warm_up_whole",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    paused_until: Mapped[datetime | None]
    paused_because: Mapped[str | None]
    quota_until: Mapped[datetime | None]
    warm_up_from: Mapped[date | None] = mapped_column(Date)
    warm_up_by: Mapped[str | None]
    warm_up_first: Mapped[int | None]
    warm_up_last: Mapped[int | None]
    warm_up_days: Mapped[int | None]
    warm_up_repeats: Mapped[int] = mapped_column(server_default="0", default=0)
    warm_up_braked_on: Mapped[date | None] = mapped_column(Date)
