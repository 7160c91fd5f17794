from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.clock import CLOCKS_APART
from app.errors import Gone, NotFound
from app.event_settings import MAX_LOCAL
from app.public_ids import FIRST, LAST
from app.tokens import Purpose, Signer, TokenSubject, token_for_address, token_from_address
from tests.spoiling import spoilt

NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)
SIGNER = Signer(["the newest key", "an older key"])

subjects = st.integers(0, 2**63 - 1)
purposes = st.sampled_from(list(Purpose))


@given(purposes, subjects)
def test_token_names_its_subject_for_ever(purpose: Purpose, subject: int) -> None:
    token = SIGNER.sign(purpose, subject, now=NOW)
    named = SIGNER.read(purpose, token, now=NOW + timedelta(days=36500))
    assert named == TokenSubject(subject, NOW)
    assert len(token) == 36


@pytest.mark.parametrize("purpose", Purpose)
@pytest.mark.parametrize("subject", [0, 7, 2**63 - 1])
def test_token_is_not_ours_when_any_character_or_bit_is_changed(
    purpose: Purpose, subject: int
) -> None:
    token = SIGNER.sign(purpose, subject, now=NOW)
    for other in spoilt(token):
        with pytest.raises(NotFound):
            SIGNER.read(purpose, other, now=NOW)


@given(purposes, subjects, st.data())
def test_token_is_not_ours_when_a_character_of_any_script_is_put_in(
    purpose: Purpose, subject: int, data: st.DataObject
) -> None:
    token = SIGNER.sign(purpose, subject, now=NOW)
    place = data.draw(st.integers(0, len(token) - 1))
    other = data.draw(st.characters().filter(lambda char: char != token[place]))
    with pytest.raises(NotFound):
        SIGNER.read(purpose, token[:place] + other + token[place + 1 :], now=NOW)


@given(purposes, purposes, subjects)
def test_token_is_good_for_its_own_purpose_only(
    purpose: Purpose, other: Purpose, subject: int
) -> None:
    token = SIGNER.sign(purpose, subject, now=NOW)
    if other is purpose:
        assert SIGNER.read(other, token, now=NOW).subject == subject
    else:
        with pytest.raises(NotFound):
            SIGNER.read(other, token, now=NOW)


@given(st.text())
def test_text_that_is_no_token_is_not_ours(text: str) -> None:
    with pytest.raises(NotFound):
        SIGNER.read(Purpose.LEAVE, text, now=NOW)


def test_token_outlives_the_rotation_of_its_key() -> None:
    token = Signer(["an older key"]).sign(Purpose.LEAVE, 7, now=NOW)
    assert SIGNER.read(Purpose.LEAVE, token, now=NOW).subject == 7
    newest = SIGNER.sign(Purpose.LEAVE, 7, now=NOW)
    assert Signer(["the newest key"]).read(Purpose.LEAVE, newest, now=NOW).subject == 7
    with pytest.raises(NotFound):
        Signer(["an older key"]).read(Purpose.LEAVE, newest, now=NOW)


def test_token_is_gone_when_its_time_is_over() -> None:
    token = SIGNER.sign(Purpose.CONFIRM, 7, now=NOW)
    week = timedelta(days=7)
    assert SIGNER.read(Purpose.CONFIRM, token, now=NOW + week, good_for=week).subject == 7
    late = NOW + week + timedelta(seconds=1)
    with pytest.raises(Gone):
        SIGNER.read(Purpose.CONFIRM, token, now=late, good_for=week)


OLD = "WzcsMTc5NTQxMzYwMF0.xYrbXl8kyEYLFbwrBCR8K6DWp94"
"""Written down when tokens were signed by numbers: of reader 7, to leave, made at NOW."""


def test_token_of_a_mail_from_before_public_ids_goes_on_working() -> None:
    assert SIGNER.read(Purpose.LEAVE, OLD, now=NOW + timedelta(days=3650)) == TokenSubject(7, NOW)
    for other in set(Purpose) - {Purpose.LEAVE}:
        with pytest.raises(NotFound):
            SIGNER.read(other, OLD, now=NOW)
    for spoiled in spoilt(OLD):
        with pytest.raises(NotFound):
            SIGNER.read(Purpose.LEAVE, spoiled, now=NOW)


seconds = st.timedeltas(timedelta(-10), timedelta(10))


@given(st.integers(0, FIRST - 1), seconds)
def test_number_is_of_nobody_who_came_after_the_token(number: int, later: timedelta) -> None:
    is_younger = (NOW + later).replace(microsecond=0) > NOW
    assert TokenSubject(number, NOW).may_be(NOW + later) is not is_younger


@given(st.integers(FIRST, LAST), st.sampled_from([timedelta(0), CLOCKS_APART]))
def test_public_id_is_of_nobody_who_came_long_after_the_token(
    public_id: int, apart: timedelta
) -> None:
    assert TokenSubject(public_id, NOW).may_be(NOW + apart)
    assert not TokenSubject(public_id, NOW).may_be(NOW + CLOCKS_APART + timedelta(seconds=1))


@given(purposes, st.integers(0, 2**64 - 1), st.data())
def test_token_survives_an_address_whatever_becomes_of_its_case(
    purpose: Purpose, subject: int, data: st.DataObject
) -> None:
    token = SIGNER.sign(purpose, subject, now=NOW)
    spelt = token_for_address(token)
    assert spelt == spelt.lower()
    assert MAX_LOCAL + len("+") + len(spelt) == 64
    case = data.draw(st.lists(st.booleans(), min_size=len(spelt), max_size=len(spelt)))
    pairs = zip(spelt, case, strict=True)
    mixed = "".join(char.upper() if is_upper else char for char, is_upper in pairs)
    assert token_from_address(mixed) == token


@given(st.text(alphabet="abcdefghijklmnopqrstuvwxyz234567", min_size=44, max_size=44))
def test_there_is_one_spelling_of_a_token_in_an_address(text: str) -> None:
    found = token_from_address(text)
    assert found is None or token_for_address(found) == text


@given(st.text(max_size=60))
def test_other_text_in_an_address_is_no_token(text: str) -> None:
    found = token_from_address(text)
    assert found is None or token_for_address(found) == text.lower()
