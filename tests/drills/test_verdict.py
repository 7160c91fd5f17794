import pytest

from app.enums import DeliveryState
from benchmarks.drill.verdict import Message, Row, judge

SENT = Row(DeliveryState.ACCEPTED, None, "m1")
HERE = Message(1, "m1")


def test_verdict_is_good_when_everybody_has_one_message_or_a_reason() -> None:
    left = Row(DeliveryState.SKIPPED, "left", None)
    failed = Row(DeliveryState.FAILED, "MESSAGE_REJECTED", None)
    bounced = Row(DeliveryState.BOUNCED, "Permanent/General", "m4")
    verdict = judge(
        [1, 2, 3, 4], {1: SENT, 2: left, 3: failed, 4: bounced}, [HERE, Message(4, "m4")]
    )
    assert verdict.is_good
    assert (verdict.n_due, verdict.n_messages) == (4, 2)


def test_verdict_is_not_good_when_nobody_was_due() -> None:
    assert not judge([], {}, []).is_good


def test_message_that_came_twice_is_found() -> None:
    verdict = judge([1], {1: SENT}, [HERE, Message(1, "m2")])
    assert not verdict.is_good
    assert verdict.twice == [1]


@pytest.mark.parametrize(
    "row",
    [
        SENT,
        Row(DeliveryState.IN_DOUBT, "worker_lost", None),
        Row(DeliveryState.QUEUED, "worker_lost", None),
        Row(DeliveryState.FAILED, None, None),
    ],
)
def test_reader_without_a_message_or_a_reason_is_lost(row: Row) -> None:
    verdict = judge([1], {1: row}, [])
    assert not verdict.is_good
    assert verdict.lost == [1]


def test_reader_whom_the_ledger_forgot_is_found() -> None:
    assert judge([1], {}, []).lost == [1]
    assert judge([1], {}, [HERE]).disagreed == [1]


@pytest.mark.parametrize(
    "row",
    [
        Row(DeliveryState.SKIPPED, "left", None),
        Row(DeliveryState.FAILED, "MESSAGE_REJECTED", None),
        Row(DeliveryState.IN_DOUBT, "ReadTimeout", None),
        Row(DeliveryState.DELIVERED, None, "another"),
    ],
)
def test_ledger_that_contradicts_the_inbox_is_found(row: Row) -> None:
    verdict = judge([1], {1: row}, [HERE])
    assert not verdict.is_good
    assert verdict.disagreed == [1]


def test_ledger_that_knows_of_a_message_nobody_has_is_found() -> None:
    assert judge([1], {1: SENT}, []).disagreed == [1]


def test_doubt_that_is_named_is_left_where_no_event_can_end_it() -> None:
    doubt = Row(DeliveryState.IN_DOUBT, "worker_lost", None)
    ledger = {1: doubt, 2: doubt, 3: SENT}
    inbox = [HERE, Message(3, "m1")]
    good = judge([1, 2, 3], ledger, inbox, is_doubt_left=True)
    assert (good.is_good, good.n_doubts, good.n_doubts_taken) == (True, 2, 1)
    twice = judge([1, 2, 3], ledger, [*inbox, Message(1, "m2")], is_doubt_left=True)
    assert twice.twice == [1]
    unnamed = {**ledger, 2: Row(DeliveryState.IN_DOUBT, None, None)}
    assert judge([1, 2, 3], unnamed, inbox, is_doubt_left=True).lost == [2]
    assert judge([3], {3: SENT}, [], is_doubt_left=True).lost == [3]


def test_whoever_was_not_due_is_found_in_either_place() -> None:
    assert judge([1], {1: SENT}, [HERE, Message(2, "m2")]).extra == [2]
    assert judge([1], {1: SENT, 3: SENT}, [HERE]).extra == [3]
