"""What was sent, as a table for a person: by edition and category, who got nothing, how fast."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from rich.console import Console
from rich.table import Table
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.delivery.progress import EditionProgress, edition_progress
from app.enums import DeliveryState, Depth
from app.models import Category, Delivery, Edition, Issue, Story
from app.publication.categories import all_categories

TAKEN: Final = frozenset(
    {
        DeliveryState.ACCEPTED,
        DeliveryState.DELIVERED,
        DeliveryState.BOUNCED,
        DeliveryState.COMPLAINED,
    }
)
"""States of what SES took, whatever was heard of it since."""


@dataclass(frozen=True)
class Sent:
    """What became of one issue."""

    issue: Issue
    categories: Sequence[tuple[Category, int]]
    editions: Sequence[EditionProgress]
    reasons: Sequence[tuple[DeliveryState, str, int]]
    seconds: float | None


def what_was_sent(session: Session, issue_id: int) -> Sent:
    """Return the counts of one issue from the ledger.

    `categories` are those of the issue with their stories; `seconds` run from its send time to the
    last reader's outcome, None when nobody was due.
    """
    issue = session.get_one(Issue, issue_id)
    counted = session.execute(
        select(Story.category_id, func.count())
        .where(Story.issue_id == issue_id)
        .group_by(Story.category_id)
    )
    n_stories = {row[0]: row[1] for row in counted}
    last = session.scalar(select(func.max(Delivery.at)).where(Delivery.issue_id == issue_id))
    reasons = session.execute(
        select(Delivery.state, Delivery.reason, func.count())
        .where(Delivery.issue_id == issue_id, Delivery.reason.is_not(None))
        .group_by(Delivery.state, Delivery.reason)
    )
    return Sent(
        issue=issue,
        categories=[(c, n_stories[c.id]) for c in all_categories(session) if c.id in n_stories],
        editions=edition_progress(session, issue_id),
        reasons=[(row[0], row[1] or "", row[2]) for row in reasons],
        seconds=(last - issue.send_at).total_seconds() if last and issue.send_at else None,
    )


def show_sent(sent: Sent, console: Console) -> None:
    """Print it."""
    console.print()
    console.print(
        f"[bold]Issue {sent.issue.id}[/bold] of {sent.issue.issued_on}, {sent.issue.state}"
    )
    console.print()
    console.print(_editions_table(sent))
    console.print()
    console.print(_categories_table(sent))
    console.print()
    for line in _others(sent):
        console.print(f"  {line}")


def _editions_table(sent: Sent) -> Table:
    """Build a table with a row per edition: the widest cuts first, each from headlines to deep."""
    made = _table("Edition of", "Depth", "Readers", "Accepted", "HTML")
    in_order = sorted(
        sent.editions,
        key=lambda one: (-one.edition.follows.bit_count(), one.edition.follows, _rank(one.edition)),
    )
    for one in in_order:
        made.add_row(
            ", ".join(c.name for c, _ in sent.categories if c.mask & one.edition.follows),
            one.edition.depth,
            f"{one.edition.n_readers:,}",
            f"{_n_accepted(one):,}",
            f"{len((one.edition.html or '').encode()) / 1000:.0f} KB",
        )
    made.add_section()
    n_readers = sum(one.edition.n_readers for one in in_order)
    n_accepted = sum(_n_accepted(one) for one in in_order)
    made.add_row(
        f"{len(in_order)} editions", "", f"{n_readers:,}", f"{n_accepted:,}", "", style="bold"
    )
    return made


def _categories_table(sent: Sent) -> Table:
    """Build a table with a row per category: how many read it, at which depth."""
    read = {one.edition.depth for one in sent.editions}
    depths = [depth for depth in Depth if depth in read]
    made = _table("Category", "Stories", "Readers", *(depth.value for depth in depths))
    for category, n_stories in sent.categories:
        readers = {depth: _n_readers(sent, category, depth) for depth in depths}
        made.add_row(
            category.name,
            f"{n_stories:,}",
            f"{sum(readers.values()):,}",
            *(f"{readers[depth]:,}" for depth in depths),
        )
    return made


def _others(sent: Sent) -> list[str]:
    """Return lines that say who got nothing and why, and how long the rest took."""
    n_nothing = sent.issue.n_skipped or 0
    lines = [f"Skipped: {n_nothing:,} follow nothing in it."]
    lines += [
        f"Skipped: {n:,} {reason}."
        for state, reason, n in sent.reasons
        if state is DeliveryState.SKIPPED
    ]
    refused = [f"{n:,} {why}" for state, why, n in sent.reasons if state is DeliveryState.FAILED]
    lines.append(f"Rejected: {', '.join(refused) or 'none'}.")
    doubtful = [n for state, _, n in sent.reasons if state is DeliveryState.IN_DOUBT]
    if doubtful:
        lines.append(f"In doubt: {sum(doubtful):,}, whose worker was lost before it knew.")
    if sent.seconds is not None:
        lines.append(f"{sent.seconds:.1f} s from its send time to the last reader.")
    return lines


def _table(*columns: str) -> Table:
    made = Table(box=None, padding=(0, 3, 0, 2), pad_edge=False, header_style="dim")
    for column in columns:
        is_text = column in {"Edition of", "Depth", "Category"}
        made.add_column(column, justify="left" if is_text else "right")
    return made


def _n_accepted(one: EditionProgress) -> int:
    return sum(n for state, n in one.settled.items() if state in TAKEN)


def _n_readers(sent: Sent, category: Category, depth: Depth) -> int:
    return sum(
        one.edition.n_readers
        for one in sent.editions
        if one.edition.follows & category.mask and one.edition.depth is depth
    )


def _rank(edition: Edition) -> int:
    return list(Depth).index(edition.depth)
