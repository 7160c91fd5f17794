from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import Gone, NotFound
from app.tokens import Purpose, Signer
from tests.spoiling import spoilt

NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)
SIGNER = Signer(["the newest key", "an older key"])

subjects = st.integers(0, 2**63 - 1)
purposes = st.sampled_from(list(Purpose))


@given(purposes, subjects)
def test_token_names_its_subject_for_ever(purpose: Purpose, subject: int) -> None:
    token = SIGNER.sign(purpose, subject, now=NOW)
    assert SIGNER.read(purpose, token, now=NOW + timedelta(days=36500)) == subject


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
        assert SIGNER.read(other, token, now=NOW) == subject
    else:
        with pytest.raises(NotFound):
            SIGNER.read(other, token, now=NOW)


@given(st.text())
def test_text_that_is_no_token_is_not_ours(text: str) -> None:
    with pytest.raises(NotFound):
        SIGNER.read(Purpose.LEAVE, text, now=NOW)


def test_token_outlives_the_rotation_of_its_key() -> None:
    token = Signer(["an older key"]).sign(Purpose.LEAVE, 7, now=NOW)
    assert SIGNER.read(Purpose.LEAVE, token, now=NOW) == 7
    newest = SIGNER.sign(Purpose.LEAVE, 7, now=NOW)
    assert Signer(["the newest key"]).read(Purpose.LEAVE, newest, now=NOW) == 7
    with pytest.raises(NotFound):
        Signer(["an older key"]).read(Purpose.LEAVE, newest, now=NOW)


def test_token_is_gone_when_its_time_is_over() -> None:
    token = SIGNER.sign(Purpose.CONFIRM, 7, now=NOW)
    week = timedelta(days=7)
    assert SIGNER.read(Purpose.CONFIRM, token, now=NOW + week, good_for=week) == 7
    late = NOW + week + timedelta(seconds=1)
    with pytest.raises(Gone):
        SIGNER.read(Purpose.CONFIRM, token, now=late, good_for=week)
