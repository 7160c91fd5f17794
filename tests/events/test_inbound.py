"""What counts of a mail that came to us, whatever its sender writes into it."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.delivery.leaving import leave_address
from app.enums import EventKind
from app.events.errors import EventError
from app.events.inbound import AUTOMATIC
from app.events.inbox import raw_event
from app.events.payload import read_event
from app.tokens import Purpose, token_for_address
from tests.events.told import envelope, received
from tests.factories import SIGNER

NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)
TOKEN = SIGNER.sign(Purpose.LEAVE, 7, now=NOW)
ADDRESS = leave_address("leave@in.example.com", TOKEN)

scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
anything = st.recursive(
    scalars, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20
)


def _with(part: str, **changes: Any) -> str:
    told = json.loads(received(NOW, [ADDRESS]))
    told[part] |= changes
    return json.dumps(told)


def _headers(**values: str) -> list[dict[str, str]]:
    return [{"name": name.replace("_", "-"), "value": value} for name, value in values.items()]


@contextmanager
def _only_without_an_id() -> Iterator[None]:
    """Let a notification be refused for lacking SES's own id, and for nothing else."""
    try:
        yield
    except EventError as refused:
        if refused.reason != "no_message_id":
            raise


def test_token_is_that_of_the_address_which_the_mail_went_to() -> None:
    (heard,) = read_event(received(NOW, [ADDRESS.upper(), ADDRESS, "desk@in.example.com"]))
    assert (heard.kind, heard.leave_tokens) == (EventKind.RECEIVED, (TOKEN,))
    assert heard.subtype == "spam pass, virus pass, spf pass, dkim pass, dmarc pass"
    assert heard.happened_at == NOW
    assert (heard.delivery_id, heard.address, heard.recipient) == (None, None, None)
    assert TOKEN not in repr(heard)


def test_nothing_that_the_mail_itself_says_names_anybody() -> None:
    said = [ADDRESS, f"Ada <{ADDRESS}>"]
    told = json.loads(received(NOW, ["leave@in.example.com"]))
    told["mail"] |= {
        "source": ADDRESS,
        "destination": said,
        "headers": _headers(To=ADDRESS, Subject=TOKEN, X_Devoured_Delivery="1-1"),
        "commonHeaders": {"from": said, "to": said, "subject": token_for_address(TOKEN)},
        "tags": {"delivery_id": ["1-1"], "installation_id": ["0" * 32]},
    }
    told["content"] = f"Subject: {TOKEN}\r\nTo: {ADDRESS}\r\n\r\n{ADDRESS}"
    (heard,) = read_event(json.dumps(told))
    assert (heard.leave_tokens, heard.delivery_id, heard.installation) == ((), None, None)


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto_Submitted": "auto-replied"},
        {"AUTO_SUBMITTED": "Auto-Replied; owner-email=x"},
        {"Auto_Submitted": "auto-replied(vacation)"},
        {"Auto_Submitted": "auto-notified"},
        {"Return_Path": "<>"},
        {"Precedence": "auto_reply"},
        {"X_Autoreply": "yes"},
        {"X_Autorespond": ""},
        {"Content_Type": "multipart/report; report-type=delivery-status"},
    ],
)
def test_answer_of_a_machine_says_nothing(headers: dict[str, str]) -> None:
    (heard,) = read_event(_with("mail", headers=_headers(**headers)))
    assert (heard.leave_tokens, heard.subtype) == ((), AUTOMATIC)


@pytest.mark.parametrize("source", ["", "<>"])
def test_mail_without_a_sender_on_the_wire_is_an_answer_of_a_machine(source: str) -> None:
    (heard,) = read_event(_with("mail", source=source))
    assert (heard.leave_tokens, heard.subtype) == ((), AUTOMATIC)


@pytest.mark.parametrize("said", ["no", "auto-generated", "auto-generated; by=a-button"])
def test_mail_that_a_mailboxs_own_button_made_counts(said: str) -> None:
    (heard,) = read_event(_with("mail", headers=_headers(Auto_Submitted=said)))
    assert heard.leave_tokens == (TOKEN,)


@pytest.mark.parametrize(
    ("verdict", "expected"),
    [
        ({"status": "FAIL"}, "spam fail, virus pass, spf pass, dkim pass, dmarc pass"),
        ({"status": "PROCESSING_FAILED"}, None),
        ({"status": "x" * 21}, "virus pass, spf pass, dkim pass, dmarc pass"),
        ({"status": "a b"}, "virus pass, spf pass, dkim pass, dmarc pass"),
        ({"status": 3}, "virus pass, spf pass, dkim pass, dmarc pass"),
        ("PASS", "virus pass, spf pass, dkim pass, dmarc pass"),
    ],
)
def test_verdicts_are_noted_and_keep_nobody(verdict: object, expected: str | None) -> None:
    (heard,) = read_event(_with("receipt", spamVerdict=verdict))
    assert heard.leave_tokens == (TOKEN,)
    first = "spam processing_failed, virus pass, spf pass, dkim pass, dmarc pass"
    assert heard.subtype == (expected or first)


def test_so_many_addresses_are_looked_at_and_no_more() -> None:
    tokens = [SIGNER.sign(Purpose.LEAVE, number, now=NOW) for number in range(60)]
    many = [leave_address("leave@in.example.com", one) for one in tokens]
    (heard,) = read_event(received(NOW, many))
    assert list(heard.leave_tokens) == tokens[:50]


@given(st.sampled_from(["mail", "receipt"]), st.data())
def test_whatever_a_notification_holds_it_is_read_or_refused_in_a_word(
    part: str, data: st.DataObject
) -> None:
    told = json.loads(received(NOW, [ADDRESS]))
    field = data.draw(st.sampled_from(sorted(told[part])))
    told[part][field] = data.draw(anything)
    with _only_without_an_id():
        (heard,) = read_event(json.dumps(told), NOW)
        assert heard.kind is EventKind.RECEIVED
        assert heard.leave_tokens in ((), (TOKEN,))
        assert heard.subtype.isascii()
        assert "\n" not in heard.subtype


@given(st.dictionaries(st.sampled_from(["mail", "receipt", "content"]), anything))
def test_notification_of_anything_at_all_names_nobody(told: dict[str, Any]) -> None:
    text = json.dumps({"notificationType": "Received", **told})
    with _only_without_an_id():
        (heard,) = read_event(text, NOW)
        assert heard.leave_tokens == ()


@given(st.lists(st.text(max_size=80) | st.just(ADDRESS), max_size=10))
def test_only_whole_tokens_of_addresses_are_found(recipients: list[str]) -> None:
    (heard,) = read_event(received(NOW, recipients))
    assert heard.leave_tokens == ((TOKEN,) if ADDRESS in recipients else ())


def test_what_a_reader_wrote_is_never_stored() -> None:
    for body in (received(NOW, [ADDRESS]), envelope(received(NOW, [ADDRESS]))):
        stored = raw_event(body)
        assert "content" not in json.loads(stored.body)
        assert read_event(stored.body) == read_event(received(NOW, [ADDRESS]))


@given(st.dictionaries(st.sampled_from(["notificationType", "content", "mail"]), anything))
def test_what_is_no_mail_to_us_is_stored_as_it_came(told: dict[str, Any]) -> None:
    text = json.dumps(told)
    assert raw_event(text).body == text
    assert raw_event(f'"content" "Received" {text}').body.endswith(text)
