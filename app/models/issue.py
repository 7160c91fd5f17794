"""Issues and their Stories, and what became of each day of the schedule."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Computed,
    Date,
    FetchedValue,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TEXT, TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base
from app.db.columns import PUBLIC_ID, word
from app.enums import DayOutcome, InDoubtPolicy, IssueState
from app.models.searching import WORDS
from app.story_fields import missing_fields


class Issue(Base):
    """One dated digest; `category_id` is set when it is of one category only.

    `revision` grows with every change of its stories, after launch with every Correction.
    `corrects_id` is set for the mail about a Correction of another Issue. `rendered_at` is set
    once every Edition is rendered: no Batch is leased before it. `paused_because` says why
    it stopped by itself; a person who resumes it lifts its brakes. `approved_parts` are all that
    its mails may be made of (`delivery.frozen`): as it was approved, and as people resumed it
    since; `changed_parts` is what stopped it, which whoever resumes it approves.
    `reopened_because` says why it is a draft again by itself. With `at_local_hours` who
    chose an hour gets it in a Wave of that hour. With `canary_percent` that part of each Wave goes
    first, the rest of it when it has been judged well; the last of them is judged by
    `canary_until`.
    `public_at` is when its first mail was about to leave, from when on everybody may read it;
    with `taken_down_at` nobody may, and `taken_down_note` says why, or nothing does.
    `n_planned` is how many readers it would have reached when it was approved, or resumed after
    that had changed; None where nobody counted. `n_beyond_warm_up` are how many more it would
    reach but for the warm-up of the domain: as planned, then as launched; None outside of one.
    `opening` and `sign_off` are an editor's words before the first story and after the last; where
    it has no sign-off of its own, it has the publication's. `lead_story_id` is that of its stories
    which comes first in each mail that has it.
    `sponsor` is its own: label, text and url; without one it has the publication's, and with an
    empty text it has none. `public_id` names it in tags and tracked links (docs/adr/0019).

    `version` is raised by PostgreSQL with whatever changes of the row (docs/adr/0026).
    """

    __tablename__ = "issues"
    __table_args__ = (
        # One issue a day and lane is on its way at most; a second of the day may follow it.
        Index(
            "uq_issues_on_its_way",
            "issued_on",
            text("coalesce(category_id, 0)"),
            unique=True,
            postgresql_where=text(
                "state IN ('approved', 'scheduled', 'sending', 'paused') AND corrects_id IS NULL"
            ),
        ),
        Index("ix_issues_state", "state"),
        Index(
            "ix_issues_lead_story_id",  # whoever deletes a story asks
            "lead_story_id",
            postgresql_where=text("lead_story_id IS NOT NULL"),
        ),
        UniqueConstraint("public_id"),
        Index(
            "ix_issues_public_at",
            "public_at",
            postgresql_where=text("public_at IS NOT NULL"),
        ),
    )
    __mapper_args__ = {"eager_defaults": True}  # noqa: RUF012 - SQLAlchemy declares it so

    id: Mapped[int] = mapped_column(primary_key=True)
    issued_on: Mapped[date] = mapped_column(Date)
    category_id: Mapped[int | None] = mapped_column(ForeignKey("categories.id"))
    subject: Mapped[str]
    preheader: Mapped[str]
    opening: Mapped[str] = mapped_column(default="", server_default="")
    sign_off: Mapped[str] = mapped_column(default="", server_default="")
    lead_story_id: Mapped[int | None] = mapped_column(
        ForeignKey("stories.id", ondelete="SET NULL", use_alter=True)
    )
    sponsor: Mapped[dict[str, str] | None] = mapped_column(JSONB(none_as_null=True))
    state: Mapped[IssueState] = mapped_column(word(IssueState))
    revision: Mapped[int]
    version: Mapped[int] = mapped_column(server_default="1", server_onupdate=FetchedValue())
    created_at: Mapped[datetime]
    approved_at: Mapped[datetime | None]
    send_at: Mapped[datetime | None]
    send_not_after: Mapped[datetime | None]
    launched_at: Mapped[datetime | None]
    rendered_at: Mapped[datetime | None]
    public_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]
    stale_at: Mapped[datetime | None]
    taken_down_at: Mapped[datetime | None]
    taken_down_note: Mapped[str | None]
    at_local_hours: Mapped[bool] = mapped_column(default=True)
    in_doubt_policy: Mapped[InDoubtPolicy] = mapped_column(
        word(InDoubtPolicy), default=InDoubtPolicy.HOLD
    )
    canary_percent: Mapped[int] = mapped_column(SmallInteger, default=0)
    canary_until: Mapped[datetime | None]
    brakes_lifted: Mapped[bool] = mapped_column(default=False)
    paused_because: Mapped[str | None]
    reopened_because: Mapped[str | None]
    approved_parts: Mapped[list[dict[str, str]] | None] = mapped_column(JSONB(none_as_null=True))
    changed_parts: Mapped[dict[str, str] | None] = mapped_column(JSONB(none_as_null=True))
    n_planned: Mapped[int | None]
    n_due: Mapped[int | None]
    n_skipped: Mapped[int | None]
    n_beyond_warm_up: Mapped[int | None]
    corrects_id: Mapped[int | None] = mapped_column(ForeignKey("issues.id", ondelete="CASCADE"))
    key: Mapped[UUID] = mapped_column(server_default=text("gen_random_uuid()"))
    public_id: Mapped[int] = mapped_column(server_default=PUBLIC_ID)


class Story(Base):
    """One item of one Issue; `position` runs over the whole issue, from 1.

    `words` is what the archive searches, kept by PostgreSQL and never loaded. `taken_down_at` and
    `taken_down_note` are as an Issue's. `version` is raised by PostgreSQL with whatever changes of
    it but its place, which is the Issue's. In the texts of one that `reads_markdown` are marks; in
    others, of before docs/adr/0048, every sign is text.
    """

    __tablename__ = "stories"
    __table_args__ = (
        UniqueConstraint("issue_id", "position", deferrable=True),
        Index("ix_stories_words", "words", postgresql_using="gin"),
    )
    __mapper_args__ = {"eager_defaults": False}  # noqa: RUF012 - SQLAlchemy declares it so

    id: Mapped[int] = mapped_column(primary_key=True)
    issue_id: Mapped[int] = mapped_column(ForeignKey("issues.id", ondelete="CASCADE"))
    category_id: Mapped[int | None] = mapped_column(ForeignKey("categories.id"), index=True)
    position: Mapped[int] = mapped_column(SmallInteger)
    title: Mapped[str]
    label: Mapped[str]
    minutes: Mapped[int | None] = mapped_column(SmallInteger)
    url: Mapped[str]
    summary: Mapped[str]
    what: Mapped[str]
    why_it_matters: Mapped[str]
    takeaway: Mapped[str]
    deep_dive: Mapped[list[str]] = mapped_column(ARRAY(TEXT))
    decoder: Mapped[list[dict[str, str]]] = mapped_column(JSONB)
    image: Mapped[str] = mapped_column(server_default="")
    image_alt: Mapped[str] = mapped_column(server_default="")
    image_caption: Mapped[str] = mapped_column(server_default="")
    article: Mapped[str]
    reads_markdown: Mapped[bool] = mapped_column(server_default="true", default=True)
    taken_down_at: Mapped[datetime | None]
    taken_down_note: Mapped[str | None]
    version: Mapped[int] = mapped_column(server_default="1", server_onupdate=FetchedValue())
    words: Mapped[str | None] = mapped_column(
        TSVECTOR, Computed(WORDS, persisted=True), deferred=True, deferred_raiseload=True
    )

    @property
    def incomplete(self) -> bool:
        """Return whether a field that every story needs is missing."""
        return bool(self.missing)

    @property
    def missing(self) -> list[str]:
        """Return what an incomplete story lacks, in words; nothing for a complete one."""
        return [one.mark.lower() for one in missing_fields(self, self.category_id)]


class UnplacedLine(Base):
    """A line of a loaded digest that no field took, kept until a person drops or places it.

    `line` is its number in the input, from 1; `after` the title of the story in which it stood,
    `field` that of its fields which was read last; both are empty where nothing tells.
    """

    __tablename__ = "unplaced_lines"

    id: Mapped[int] = mapped_column(primary_key=True)
    issue_id: Mapped[int] = mapped_column(ForeignKey("issues.id", ondelete="CASCADE"), index=True)
    line: Mapped[int] = mapped_column(Integer)
    text: Mapped[str]
    reason: Mapped[str]
    after: Mapped[str]
    field: Mapped[str] = mapped_column(server_default="")


class DroppedStory(Base):
    """A Story that was taken out of a draft, whole, so that it can be put back while it is one."""

    __tablename__ = "dropped_stories"

    story_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    issue_id: Mapped[int] = mapped_column(ForeignKey("issues.id", ondelete="CASCADE"), index=True)
    dropped_at: Mapped[datetime]
    was_lead: Mapped[bool] = mapped_column(default=False, server_default="false")
    fields: Mapped[dict[str, Any]]


class ScheduleDay(Base):
    """What became of one day of one lane (the publication's, or a category's): said once."""

    __tablename__ = "schedule_days"
    __table_args__ = (UniqueConstraint("day", "category_id", postgresql_nulls_not_distinct=True),)

    id: Mapped[int] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(Date)
    category_id: Mapped[int | None] = mapped_column(ForeignKey("categories.id"))
    outcome: Mapped[DayOutcome] = mapped_column(word(DayOutcome))
    issue_id: Mapped[int | None] = mapped_column(ForeignKey("issues.id", ondelete="SET NULL"))
    noted_at: Mapped[datetime]
