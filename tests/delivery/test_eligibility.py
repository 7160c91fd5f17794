"""Who may be written to: every form of the rule says the same of every reader, and there is one."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import product
from pathlib import Path
from typing import Final

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

import app
from app.delivery import eligibility
from app.delivery.account import ACCOUNT_SENDS, account_pause
from app.delivery.claim import lease_batch
from app.delivery.eligibility import (
    count_suppressed,
    is_suppressed,
    pauses,
    suppressed_sql,
    why_no_letter,
)
from app.delivery.letters import open_letter, queue_letter
from app.delivery.receptions import WhyNot
from app.enums import DeliveryState, LetterKind, SubscriberState, SuppressionReason
from app.models import Account, Batch, Category, Delivery, Issue, Subscriber, Suppression
from tests.claims import open_call
from tests.factories import make_subscriber

_PAUSES: Final = (None, *(timedelta(microseconds=n) for n in (-1, 0, 1)), timedelta(days=30))
_BEFORE: Final = timedelta(hours=1)


def _suppress(session: Session, reader: Subscriber, now: datetime) -> None:
    row = {"reason": SuppressionReason.MANUAL, "note": "", "created_at": now}
    session.add(Suppression(address_hmac=reader.address_hmac, **row))


@pytest.fixture
def everybody(session: Session, categories: dict[str, Category], now: datetime) -> list[Subscriber]:
    """Add a reader for every state, pause, mark and choice there can be."""
    readers = []
    follows = (categories["ai"].mask, categories["security"].mask, 0)
    for state, pause, marked, follow in product(SubscriberState, _PAUSES, (True, False), follows):
        until = None if pause is None else now + pause
        reader = make_subscriber(session, state=state, paused_until=until, follows=follow)
        if marked:
            _suppress(session, reader, now)
        readers.append(reader)
    for state in (SubscriberState.ACTIVE, SubscriberState.LEFT):
        reader = make_subscriber(session, state=state, silent_at=now, follows=follows[0])
        readers.append(reader)
    session.commit()
    return readers


def _asked(session: Session, condition: str, now: datetime, mask: int) -> set[int]:
    query = text(f"SELECT s.id FROM subscribers s WHERE {condition}")  # noqa: S608  # a constant
    return set(session.scalars(query, {"now": now, "mask": mask}))


def test_every_form_of_the_rule_gives_the_same_readers(
    session: Session, everybody: list[Subscriber], categories: dict[str, Category], now: datetime
) -> None:
    mask = categories["ai"].mask | categories["devops"].mask
    expected = {
        reader.id
        for reader in everybody
        if reader.state is SubscriberState.ACTIVE
        and not pauses(reader, now)
        and reader.silent_at is None
        and not session.scalar(select(is_suppressed(reader.address_hmac)))
    }
    due = {reader.id for reader in everybody if reader.id in expected and reader.follows & mask}

    def by(condition: object) -> set[int]:
        return set(session.scalars(select(Subscriber.id).where(condition)))  # type: ignore[arg-type]  # an expression

    assert 0 < len(due) < len(expected) < len(everybody)
    assert by(eligibility.may_be_written_to(now)) == expected
    assert _asked(session, eligibility.MAY_BE_WRITTEN_TO, now, mask) == expected
    assert by(eligibility.why_not(now).is_(None)) == expected
    assert _asked(session, f"({eligibility.WHY_NOT}) IS NULL", now, mask) == expected
    assert by(eligibility.is_due(mask, now)) == due
    assert _asked(session, eligibility.IS_DUE, now, mask) == due
    assert by(eligibility.reads_nothing_of(mask, now)) == expected - due


def test_both_forms_give_the_same_reason(
    session: Session, everybody: list[Subscriber], now: datetime
) -> None:
    expression = select(Subscriber.id, eligibility.why_not(now)).order_by(Subscriber.id)
    why = eligibility.WHY_NOT
    query = text(f"SELECT s.id, {why} FROM subscribers s ORDER BY s.id")  # noqa: S608  # a constant
    told = session.execute(expression).all()
    assert told == session.execute(query, {"now": now}).all()
    assert len(told) == len(everybody)
    never = (
        *(WhyNot.PENDING, WhyNot.LEFT, WhyNot.ERASED),
        *(WhyNot.SUPPRESSED, WhyNot.SILENT, WhyNot.PAUSED),
    )
    assert {why for _, why in told} == {None, *(one.value for one in never)}


def test_launch_and_claim_ask_the_same(
    session: Session,
    everybody: list[Subscriber],
    categories: dict[str, Category],
    ready: Callable[[], Issue],
    now: datetime,
) -> None:
    """The audience is frozen an hour before it is written to: the claim then skips who may not."""
    mask = categories["ai"].mask | categories["devops"].mask
    due = _asked(session, eligibility.IS_DUE, now, mask)
    issue = ready()
    frozen = {one for ids in session.scalars(select(Batch.subscriber_ids)) for one in ids}
    assert frozen == due

    later = now + _BEFORE
    for reader, other in zip(
        session.scalars(select(Subscriber).where(Subscriber.id.in_(due)).order_by(Subscriber.id)),
        [one for one in everybody if one.id not in due],
        strict=False,
    ):
        reader.state, reader.paused_until = other.state, other.paused_until
        reader.silent_at = other.silent_at
    session.flush()
    whys = dict(session.execute(select(Subscriber.id, eligibility.why_not(later))).all())
    written = set()
    while (lease := lease_batch(session, "one", later)) is not None:
        while (call := open_call(session, lease, 50, later)) is not None:
            written |= {reader.subscriber_id for reader in call.readers}
    assert written == {one for one in due if whys[one] is None}
    skipped = session.scalars(select(Delivery).where(Delivery.issue_id == issue.id)).all()
    assert {row.state for row in skipped} <= {DeliveryState.SKIPPED}
    assert {row.subscriber_id: row.reason for row in skipped} == {
        one: whys[one] for one in due - written
    }


def test_suppressed_address_is_the_same_in_every_form(
    session: Session, everybody: list[Subscriber], now: datetime
) -> None:
    marked = set(session.scalars(select(Suppression.address_hmac)))
    condition = text(f"SELECT {suppressed_sql(':hmac')}")
    for reader in everybody:
        expected = reader.address_hmac in marked
        assert session.scalar(condition, {"hmac": reader.address_hmac}) is expected
        assert session.scalar(select(is_suppressed(reader.address_hmac))) is expected
    hmacs = [reader.address_hmac for reader in everybody]
    assert count_suppressed(session, hmacs) == len(marked)


@pytest.mark.parametrize(
    "kind",
    [
        *(LetterKind.CONFIRMATION, LetterKind.WELCOME),
        *(LetterKind.PREFERENCES_LINK, LetterKind.SUNSET),
    ],
)
def test_letters_go_by_their_own_rule(
    session: Session, everybody: list[Subscriber], now: datetime, kind: LetterKind
) -> None:
    marked = set(session.scalars(select(Suppression.address_hmac)))
    for reader in everybody:
        letter = queue_letter(session, kind, subscriber_id=reader.id, now=now)
        opened = open_letter(session, letter.id, "one", now)
        suppressed = reader.address_hmac in marked
        paused = pauses(reader, now) or reader.silent_at is not None
        why = why_no_letter(kind, reader.state, suppressed=suppressed, paused=paused)
        assert (opened is None, letter.reason) == (why is not None, why)


@pytest.mark.parametrize("because", [None, "moved"])
@pytest.mark.parametrize("until", [None, -1, 0, 1])
@pytest.mark.parametrize("quota", [None, -1, 0, 1])
def test_both_forms_say_the_same_of_the_account(
    session: Session, now: datetime, because: str | None, until: int | None, quota: int | None
) -> None:
    account = session.get_one(Account, 1)
    account.paused_because = because
    account.paused_until = None if until is None else now + timedelta(seconds=until)
    account.quota_until = None if quota is None else now + timedelta(seconds=quota)
    session.flush()
    asked = text(f"SELECT {ACCOUNT_SENDS} FROM accounts a")  # noqa: S608  # a constant
    sends = session.scalar(asked, {"now": now})
    assert sends is (account_pause(session, now) is None)


_HOMES: Final = {
    r"(?i)\bfrom\s+suppressions\b": {"delivery/eligibility.py"},
    r"exists\(\)\.where\(\s*Suppression\.": {"delivery/eligibility.py"},
    r"state <> 'active'": {"delivery/eligibility.py"},
    r"paused_until(\.is_not\(None\))?\s*(<=|>|is not None)": {
        "delivery/eligibility.py",
        "delivery/account.py",
    },
    r"quota_until\s*(>|,)": {"delivery/account.py"},
}
"""What is written only where a rule is at home, by what it looks like."""


@pytest.mark.parametrize("looks_like", _HOMES)
def test_rule_is_written_down_once(looks_like: str) -> None:
    root = Path(app.__file__).parent
    found = {
        path.relative_to(root).as_posix()
        for path in root.rglob("*.py")
        if re.search(looks_like, path.read_text())
    }
    assert found == _HOMES[looks_like]
