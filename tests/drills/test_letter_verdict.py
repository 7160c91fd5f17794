import pytest

from app.enums import DeliveryState
from benchmarks.drill.inbox import Taken, of_issue, of_letters, readers_of
from benchmarks.drill.letters import Post, judge_letters
from benchmarks.drill.verdict import Message, Row


def _post(state: DeliveryState, reason: str | None = None, n_lost_calls: int = 0) -> Post:
    return Post(Row(state, reason, None), n_lost_calls)


SENT = _post(DeliveryState.ACCEPTED)


def test_letters_are_good_when_each_was_taken_once_or_says_why_not() -> None:
    posts = {
        1: SENT,
        2: _post(DeliveryState.SKIPPED, "left"),
        3: _post(DeliveryState.IN_DOUBT, "ReadTimeout", n_lost_calls=2),
    }
    verdict = judge_letters(posts, [1])
    assert verdict.is_good
    assert (verdict.n_letters, verdict.n_messages, verdict.n_sent_again) == (3, 1, 0)


@pytest.mark.parametrize(("n_lost_calls", "n_allowed"), [(0, 1), (1, 2), (2, 2)])
def test_letter_is_sent_twice_at_most_and_only_after_a_lost_answer(
    n_lost_calls: int, n_allowed: int
) -> None:
    posts = {1: _post(DeliveryState.ACCEPTED, n_lost_calls=n_lost_calls)}
    assert judge_letters(posts, [1] * n_allowed).is_good
    assert judge_letters(posts, [1] * (n_allowed + 1)).twice == [1]


@pytest.mark.parametrize(
    "post",
    [
        SENT,
        _post(DeliveryState.QUEUED),
        _post(DeliveryState.SENDING),
        _post(DeliveryState.FAILED),
        _post(DeliveryState.IN_DOUBT),
    ],
)
def test_letter_without_a_message_or_a_reason_is_lost(post: Post) -> None:
    assert judge_letters({1: post}, []).lost == [1]


def test_message_of_a_letter_that_there_is_not_is_found() -> None:
    assert judge_letters({}, [7, 7]).twice == [7]


def test_messages_are_told_apart_and_those_of_another_issue_are_nobodys() -> None:
    taken = [Taken("3-5", "a"), Taken("letter-9", "b"), Taken("4-5", "c"), Taken("", "d")]
    assert of_issue(taken, 3) == [Message(5, "a"), Message(0, "c"), Message(0, "d")]
    assert list(of_letters(taken)) == [9]
    assert readers_of(["3-5", "4-6", "letter-9"], 3) == {5, 0}
