from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import NotFound
from app.link_tokens import LinkSigner, LinkTo
from app.words import LinkKind
from tests.spoiling import spoilt

SIGNER = LinkSigner(["the newest key", "an older key"])
MAX_ID = 2**63 - 1

ids = st.integers(0, MAX_ID)
links = st.builds(LinkTo, ids, st.sampled_from(list(LinkKind)), ids)


@given(links)
def test_code_names_its_link_and_is_as_long_as_said(link: LinkTo) -> None:
    code = SIGNER.sign(link)
    assert SIGNER.read(code) == link
    assert len(code) == link.n_characters


@pytest.mark.parametrize("kind", LinkKind)
@pytest.mark.parametrize("number", [0, 7, 300, MAX_ID])
def test_code_is_not_ours_when_any_character_or_bit_is_changed(kind: LinkKind, number: int) -> None:
    for other in spoilt(SIGNER.sign(LinkTo(number, kind, number))):
        with pytest.raises(NotFound):
            SIGNER.read(other)


@pytest.mark.parametrize("number", [0, 7, 300, 2**21, 2**28, MAX_ID])
def test_reader_is_not_ours_when_any_character_or_bit_is_changed(number: int) -> None:
    for other in spoilt(SIGNER.sign_reader(1, number)):
        with pytest.raises(NotFound):
            SIGNER.read_reader(1, other)


@given(links, st.data())
def test_code_is_not_ours_when_a_character_of_any_script_is_put_in(
    link: LinkTo, data: st.DataObject
) -> None:
    code = SIGNER.sign(link)
    place = data.draw(st.integers(0, len(code) - 1))
    other = data.draw(st.characters().filter(lambda char: char != code[place]) | st.just(""))
    for changed in (code[:place] + other + code[place + 1 :], code[:place] + "=" + code[place:]):
        with pytest.raises(NotFound):
            SIGNER.read(changed)


@given(ids, ids, st.data())
def test_reader_is_not_ours_when_a_character_of_any_script_is_put_in(
    issue_id: int, subscriber_id: int, data: st.DataObject
) -> None:
    code = SIGNER.sign_reader(issue_id, subscriber_id)
    assert SIGNER.read_reader(issue_id, code) == subscriber_id
    place = data.draw(st.integers(0, len(code) - 1))
    other = data.draw(st.characters().filter(lambda char: char != code[place]) | st.just(""))
    with pytest.raises(NotFound):
        SIGNER.read_reader(issue_id, code[:place] + other + code[place + 1 :])


@given(ids, ids, ids)
def test_reader_of_one_issue_is_nothing_in_another(
    issue_id: int, other: int, subscriber_id: int
) -> None:
    code = SIGNER.sign_reader(issue_id, subscriber_id)
    if other == issue_id:
        assert SIGNER.read_reader(other, code) == subscriber_id
    else:
        with pytest.raises(NotFound):
            SIGNER.read_reader(other, code)


@given(links, ids)
def test_a_link_is_no_reader_and_a_reader_no_link(link: LinkTo, subscriber_id: int) -> None:
    with pytest.raises(NotFound):
        SIGNER.read_reader(link.issue_id, SIGNER.sign(link))
    with pytest.raises(NotFound):
        SIGNER.read(SIGNER.sign_reader(link.issue_id, subscriber_id))


@given(st.text())
def test_text_that_is_no_code_is_not_ours(text: str) -> None:
    with pytest.raises(NotFound):
        SIGNER.read(text)
    with pytest.raises(NotFound):
        SIGNER.read_reader(1, text)


def test_code_outlives_the_rotation_of_its_key() -> None:
    link = LinkTo(7, LinkKind.STORY, 41)
    older = LinkSigner(["an older key"])
    assert SIGNER.read(older.sign(link)) == link
    assert SIGNER.read_reader(7, older.sign_reader(7, 3)) == 3
    with pytest.raises(NotFound):
        older.read(SIGNER.sign(link))


def test_code_is_short() -> None:
    link = LinkTo(1_000, LinkKind.READING, 22_000)
    assert len(SIGNER.sign(link)) == 18
    assert len(SIGNER.sign_reader(link.issue_id, 1_000_000)) == 15
    assert replace(link, story_id=MAX_ID).n_characters < 40
