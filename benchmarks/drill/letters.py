"""Letters of a drill: confirmations queued amid it all, and what became of each of them."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.addresses import Address
from app.db.session import enqueue_after_commit
from app.enums import CallState, ConsentSource, DeliveryState
from app.models import Ask, Call, Letter
from app.readers.asks import ask_sign_up
from app.readers.consent import Origin
from app.readers.signup import SignupFields
from benchmarks.drill.verdict import TAKEN, Row, is_left_out

_AT_ONCE: Final = 5
_FORM: Final = Origin(ConsentSource.PAGE)


@dataclass(frozen=True)
class Post:
    """One Letter as it ended: its row, and of how many of its Calls the answer is not known."""

    row: Row
    n_lost_calls: int


@dataclass(frozen=True)
class LetterVerdict:
    """The Letters with which something is wrong, by their numbers; see `judge_letters`."""

    n_letters: int
    n_messages: int
    n_sent_again: int
    lost: Collection[int]
    twice: Collection[int]

    @property
    def is_good(self) -> bool:
        """Return whether there is nothing wrong at all."""
        return not (self.lost or self.twice)


def sign_up_some(session: Session, draw: float, now: datetime) -> None:
    """Let a few new readers sign up, each of whom waits for a confirmation."""
    random = Random(draw)
    for _ in range(_AT_ONCE):
        address = f"s{random.getrandbits(64):x}@readers.example"
        ask_sign_up(session, SignupFields(Address(address, address)), _FORM, now)
    enqueue_after_commit(session, "answer_asks")


def n_on_their_way(session: Session) -> int:
    """Return how many Letters are not settled yet, those of unanswered sign-ups among them."""
    waits = Letter.state.in_([DeliveryState.QUEUED, DeliveryState.SENDING])
    asked = select(func.count()).select_from(Ask).scalar_subquery()
    return session.scalar(select(func.count() + asked).where(waits)) or 0


def letters(session: Session) -> dict[int, Post]:
    """Return every Letter as it ended; a Call that a killed worker left open counts as lost."""
    lost = func.count().filter(Call.state != CallState.CLOSED)
    rows = session.execute(
        select(Letter, lost)
        .outerjoin(Call, Call.letter_id == Letter.id)
        .group_by(Letter.id)
        .order_by(Letter.id)
    )
    return {
        letter.id: Post(Row(letter.state, letter.reason, letter.provider_id), n_lost)
        for letter, n_lost in rows
    }


def judge_letters(posts: Mapping[int, Post], inbox: Iterable[int]) -> LetterVerdict:
    """Judge whether each Letter was taken once, or says why not.

    Where an answer was lost, the stated policy sends once more, never twice more: only then may
    there be a second message (docs/adr/0004). `inbox` names the Letter of every message.
    """
    counts = Counter(inbox)
    return LetterVerdict(
        n_letters=len(posts),
        n_messages=counts.total(),
        n_sent_again=sum(n > 1 for n in counts.values()),
        lost=sorted(who for who, post in posts.items() if _is_lost(post, counts[who])),
        twice=sorted(
            who
            for who, n in counts.items()
            if n > 1 + min(1, posts[who].n_lost_calls if who in posts else 0)
        ),
    )


def _is_lost(post: Post, n_messages: int) -> bool:
    if post.row.state in TAKEN:
        return n_messages == 0
    if post.row.state is DeliveryState.IN_DOUBT:
        return not post.row.reason
    return not is_left_out(post.row)
