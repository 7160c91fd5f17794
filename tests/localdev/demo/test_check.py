"""What checks the demo must itself see every fault: each is made here, and must be named."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.enums import DeliveryState
from app.models import Delivery, Edition
from app.rendering.merge import fields_for, fill
from app.tokens import Purpose, Signer
from localdev.demo.check import (
    ONE_CLICK,
    Due,
    check_mail,
    compare_inbox,
    compare_ledger,
)
from localdev.demo.inbox import Mail

_NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)
_BASE = "http://127.0.0.1:8000"
_SIGNER = Signer(["signs for this test"])
_EDITION = Edition(
    subject="The day",
    html="<p>{{address_h}} <a href='{{leave_url}}'>leave</a></p>\n",
    text="{{address_t}} {{leave_url}} {{preferences_url}}\n",
)
_READER = Due(1, "a+b@example.com", _EDITION, 7)


def _leave_url(subscriber_id: int, purpose: Purpose = Purpose.LEAVE) -> str:
    return f"{_BASE}/leave/{_SIGNER.sign(purpose, subscriber_id, now=_NOW)}"


def _preferences_url(subscriber_id: int, purpose: Purpose = Purpose.PREFERENCES) -> str:
    return f"{_BASE}/preferences/{_SIGNER.sign(purpose, subscriber_id, now=_NOW)}"


def _mail(leave_url: str, preferences_url: str = "") -> Mail:
    fields = fields_for(_READER.address, leave_url, preferences_url or _preferences_url(7))
    return Mail(
        delivery="3-7",
        message_id="m",
        to=_READER.address,
        subject="The day",
        html=fill(_EDITION.html or "", fields),
        text=fill(_EDITION.text or "", fields),
        leave_header=f"<{leave_url}>",
        one_click_header=ONE_CLICK,
    )


def test_check_mail_finds_nothing_in_a_right_one() -> None:
    assert check_mail(_mail(_leave_url(7)), _READER, _SIGNER, _BASE, _NOW) == []


_FAULTS: dict[str, Callable[[Mail], Mail]] = {
    "another recipient": lambda mail: replace(mail, to="c@example.com"),
    "another subject": lambda mail: replace(mail, subject="Another day"),
    "another HTML": lambda mail: replace(mail, html=mail.html.replace("leave<", "go<")),
    "another text": lambda mail: replace(mail, text=mail.text + "more"),
    "a merge field left": lambda mail: replace(mail, text="{{leave_url}}"),
    "no one-click header": lambda mail: replace(mail, one_click_header=""),
    "no leave link of its reader": lambda mail: replace(mail, leave_header=""),
    "no preferences link of its reader": lambda mail: replace(mail, text=""),
    "its leave link not in the text": lambda mail: replace(mail, html="", text=""),
}


@pytest.mark.parametrize("fault", _FAULTS)
def test_check_mail_names_the_fault(fault: str) -> None:
    mail = _FAULTS[fault](_mail(_leave_url(7)))

    found = check_mail(mail, _READER, _SIGNER, _BASE, _NOW)

    assert [one for one in found if fault in one]
    assert "@" not in " ".join(found)


@pytest.mark.parametrize(
    "url",
    [_leave_url(8), _leave_url(7, Purpose.CONFIRM), _leave_url(7)[:-1], f"{_BASE}/leave/x"],
    ids=["another reader's", "of another purpose", "cut off", "made up"],
)
def test_check_mail_refuses_a_leave_link_that_is_not_the_readers(url: str) -> None:
    found = check_mail(_mail(url), _READER, _SIGNER, _BASE, _NOW)

    assert found == ["delivery 3-7 has no leave link of its reader"]


@pytest.mark.parametrize(
    "url",
    [_preferences_url(8), _preferences_url(7, Purpose.LEAVE), f"{_BASE}/preferences/x"],
    ids=["another reader's", "of another purpose", "made up"],
)
def test_check_mail_refuses_a_preferences_link_that_is_not_the_readers(url: str) -> None:
    found = check_mail(_mail(_leave_url(7), url), _READER, _SIGNER, _BASE, _NOW)

    assert found == ["delivery 3-7 has no preferences link of its reader"]


@given(st.lists(st.integers(1, 9), unique=True), st.lists(st.integers(1, 9)))
def test_compare_inbox_finds_nothing_only_when_everybody_is_there_once(
    due: list[int], found: list[int]
) -> None:
    faults = compare_inbox([str(one) for one in due], [str(one) for one in found])

    assert (faults == []) == (sorted(due) == sorted(found))


def test_compare_ledger_names_what_differs() -> None:
    rows = {
        "3-1": _row(1, "m1"),
        "3-2": _row(2, "other"),
        "3-4": _row(4, "m4"),
        "3-5": _row(5, None, DeliveryState.IN_DOUBT),
    }
    listed = [{"tags": {"delivery_id": f"3-{n}"}, "message_id": f"m{n}"} for n in (1, 2, 3, 4, 5)]

    found = compare_ledger(["3-1", "3-2", "3-3", "3-5"], rows, listed)

    assert found == [
        "delivery 3-4 is only in the ledger",
        "delivery 3-3 is only in the audience",
        "delivery 3-2 has another message id in the ledger than in the inbox",
        "delivery 3-5 is in_doubt: worker_lost",
    ]


def _row(
    subscriber_id: int, provider_id: str | None, state: DeliveryState = DeliveryState.ACCEPTED
) -> Delivery:
    return Delivery(
        issue_id=3,
        subscriber_id=subscriber_id,
        state=state,
        provider_id=provider_id,
        reason=None if provider_id else "worker_lost",
    )
