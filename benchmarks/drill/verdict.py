"""The verdict: the inbox against the ledger against the frozen audience; nothing is forgiven."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from app.enums import DeliveryState

TAKEN: Final = frozenset(
    {
        DeliveryState.ACCEPTED,
        DeliveryState.DELIVERED,
        DeliveryState.BOUNCED,
        DeliveryState.COMPLAINED,
    }
)
_LEFT_OUT: Final = frozenset({DeliveryState.FAILED, DeliveryState.SKIPPED})


@dataclass(frozen=True)
class Row:
    """What the ledger says of one reader."""

    state: DeliveryState
    reason: str | None
    provider_id: str | None


@dataclass(frozen=True)
class Message:
    """One message of the inbox: for which reader, and the provider's id of it."""

    subscriber_id: int
    provider_id: str


@dataclass(frozen=True)
class Verdict:
    """The readers with whom something is wrong, by their numbers.

    `lost` have no message, and no reason for that in the ledger; `twice` have more than one;
    `extra` were not due one; the ledger says of `disagreed` what the inbox does not. Of the
    `n_doubts` who are in doubt the provider took mail for `n_doubts_taken`. To `n_sent_again` the
    policy `resend` wrote once more, after an answer that never came.
    """

    n_due: int
    n_messages: int
    n_doubts: int
    n_doubts_taken: int
    n_sent_again: int
    lost: Collection[int]
    twice: Collection[int]
    extra: Collection[int]
    disagreed: Collection[int]

    @property
    def is_good(self) -> bool:
        """Return whether there is nothing wrong at all."""
        return self.n_due > 0 and not (self.lost or self.twice or self.extra or self.disagreed)


def judge(
    audience: Iterable[int],
    ledger: Mapping[int, Row],
    inbox: Iterable[Message],
    *,
    is_doubt_left: bool = False,
    may_be_twice: Collection[int] = (),
) -> Verdict:
    """Compare what the provider took with who was due and what the ledger says.

    With `is_doubt_left`, where no event can end a doubt, a reader may stay in doubt if the ledger
    says so and the reader has one message at most. `may_be_twice` are readers to whom the policy
    may have sent once more, since nobody could know of the first mail.
    """
    due, messages = set(audience), list(inbox)

    doubts = {who for who, row in ledger.items() if is_doubtful(row)}

    def is_named(row: Row | None) -> bool:
        return is_left_out(row) or (is_doubt_left and is_doubtful(row))

    counts = Counter(message.subscriber_id for message in messages)
    ids: dict[int, set[str]] = {}
    for message in messages:
        ids.setdefault(message.subscriber_id, set()).add(message.provider_id)
    return Verdict(
        n_due=len(due),
        n_messages=len(messages),
        n_doubts=len(doubts),
        n_doubts_taken=len(doubts & counts.keys()),
        lost=sorted(who for who in due - counts.keys() if not is_named(ledger.get(who))),
        n_sent_again=len(counts.keys() & may_be_twice),
        twice=sorted(who for who, n in counts.items() if n > 1 and who not in may_be_twice),
        extra=sorted((counts.keys() | ledger.keys()) - due),
        disagreed=sorted(
            who
            for who in due
            if not (is_doubt_left and is_doubtful(ledger.get(who)))
            and not _agrees(ledger.get(who), ids.get(who, set()))
        ),
    )


def is_left_out(row: Row | None) -> bool:
    """Return whether the ledger says why this reader got nothing."""
    return row is not None and row.state in _LEFT_OUT and bool(row.reason)


def is_doubtful(row: Row | None) -> bool:
    """Return whether the ledger says that this reader is in doubt, and for what reason."""
    return row is not None and row.state is DeliveryState.IN_DOUBT and bool(row.reason)


def _agrees(row: Row | None, ids: Collection[str]) -> bool:
    """Return whether the ledger's row says what the inbox has."""
    if row is None:
        return False
    return row.provider_id in ids if row.state in TAKEN else not ids
