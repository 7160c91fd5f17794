"""Rows for tests: valid as they come, the same in every run, and flushed, so they have ids."""

from datetime import UTC, date, datetime
from typing import Any, Final, TypeVar

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app.addresses import address_hmac
from app.enums import Depth, IssueState, SubscriberState
from app.models import Category, CategoryState, Issue, Story, Subscriber
from app.tokens import Signer

PEPPER: Final = "tests key the addresses' HMACs with this"
SIGNER: Final = Signer(["a key for tests"])
_CREATED_AT: Final = datetime(2026, 11, 20, 9, tzinfo=UTC)
_ISSUED_ON: Final = date(2026, 11, 23)
_Row = TypeVar("_Row", Category, Issue, Story, Subscriber)


def make_category(session: Session, slug: str = "ai", **overrides: Any) -> Category:
    """Add a category whose bit and position follow the last one's."""
    n_before = session.scalar(select(func.count()).select_from(Category)) or 0
    values: dict[str, Any] = {
        "slug": slug,
        "name": slug.title(),
        "state": CategoryState.OPEN,
        "bit": n_before,
        "position": n_before + 1,
        "template": "default",
        "accent": "#0b5fa5",
        "accent_dark": "#7ab8ee",
        "send_time": None,
        "weekdays": None,
        "created_at": _CREATED_AT,
    }
    return _add(session, Category(**values | overrides))


def open_categories(session: Session) -> None:
    """Open every category, as a person does with those that a digest proposed."""
    session.execute(update(Category).values(state=CategoryState.OPEN))


def make_subscriber(session: Session, address: str = "", **overrides: Any) -> Subscriber:
    """Add an active reader of no category yet, at full depth: pass `follows`, the bits' sum."""
    n_before = session.scalar(select(func.count()).select_from(Subscriber)) or 0
    address = address or f"reader{n_before + 1}@example.com"
    values: dict[str, Any] = {
        "address": address,
        "address_key": address.casefold(),
        "address_hmac": address_hmac(address.casefold(), PEPPER),
        "state": SubscriberState.ACTIVE,
        "follows": 0,
        "depth": Depth.DEEP,
        "paused_until": None,
        "created_at": _CREATED_AT,
        "confirmed_at": _CREATED_AT,
        "left_at": None,
    }
    return _add(session, Subscriber(**values | overrides))


def make_issue(session: Session, **overrides: Any) -> Issue:
    """Add a draft of 23 November 2026 without stories."""
    values: dict[str, Any] = {
        "issued_on": _ISSUED_ON,
        "category_id": None,
        "subject": "What happened on Monday",
        "preheader": "The day in a few stories",
        "state": IssueState.DRAFT,
        "revision": 1,
        "created_at": _CREATED_AT,
    }
    values |= overrides
    # Who says that it was launched means that readers have it, unless they say otherwise.
    values.setdefault("public_at", values.get("launched_at"))
    return _add(session, Issue(**values))


def make_story(
    session: Session, issue: Issue, category: Category | None = None, **overrides: Any
) -> Story:
    """Add a complete story at the end of `issue`; without a category it is incomplete."""
    n_before = session.scalar(select(func.count()).where(Story.issue_id == issue.id)) or 0
    values: dict[str, Any] = {
        "issue_id": issue.id,
        "category_id": category.id if category else None,
        "position": n_before + 1,
        "title": f"Story number {n_before + 1}",
        "label": "3 minute read",
        "minutes": 3,
        "url": f"https://example.com/stories/{n_before + 1}",
        "summary": "One sentence says what it is about.",
        "what": "Something was made, and it works.",
        "why_it_matters": "It saves an hour a day.",
        "takeaway": "Try it on something small.",
        "deep_dive": ["It began as an experiment.", "It is in use today."],
        "decoder": [{"term": "Latency", "definition": "How long an answer takes."}],
        "article": "The whole of it, at length.",
    }
    return _add(session, Story(**values | overrides))


def _add(session: Session, row: _Row) -> _Row:
    session.add(row)
    session.flush()
    return row
