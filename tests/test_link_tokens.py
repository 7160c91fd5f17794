from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from app.enums import LinkKind
from app.errors import NotFound
from app.link_tokens import LinkSigner, LinkTo, within
from tests.spoiling import spoilt

SIGNER = LinkSigner(["the newest key", "an older key"])
MAX_ID = 2**63 - 1
PUBLIC_ID = 2**62 + 7

ids = st.integers(0, MAX_ID)
links = st.builds(LinkTo, ids, st.sampled_from(list(LinkKind)), ids) | st.builds(
    within, ids, ids, st.text()
)


def always(public_id: int) -> Callable[[int], int | None]:
    """Return a lookup in which every row has this public id."""
    return lambda _number: public_id


@given(links, ids)
def test_code_names_its_link_and_is_as_long_as_said(link: LinkTo, public_id: int) -> None:
    code = SIGNER.sign(link, public_id)
    assert SIGNER.read(code, {link.issue_id: public_id}.get) == link
    assert len(code) == link.n_characters


@pytest.mark.parametrize("kind", LinkKind)
@pytest.mark.parametrize("number", [0, 7, 300, MAX_ID])
def test_code_is_not_ours_when_any_character_or_bit_is_changed(kind: LinkKind, number: int) -> None:
    for other in spoilt(SIGNER.sign(LinkTo(number, kind, number), PUBLIC_ID)):
        with pytest.raises(NotFound):
            SIGNER.read(other, always(PUBLIC_ID))


@pytest.mark.parametrize("number", [0, 7, 300, 2**21, 2**28, MAX_ID])
def test_reader_is_not_ours_when_any_character_or_bit_is_changed(number: int) -> None:
    for other in spoilt(SIGNER.sign_reader(1, number, PUBLIC_ID)):
        with pytest.raises(NotFound):
            SIGNER.read_reader(1, other, always(PUBLIC_ID))


@given(links, st.data())
def test_code_is_not_ours_when_a_character_of_any_script_is_put_in(
    link: LinkTo, data: st.DataObject
) -> None:
    code = SIGNER.sign(link, PUBLIC_ID)
    place = data.draw(st.integers(0, len(code) - 1))
    other = data.draw(st.characters().filter(lambda char: char != code[place]) | st.just(""))
    for changed in (code[:place] + other + code[place + 1 :], code[:place] + "=" + code[place:]):
        with pytest.raises(NotFound):
            SIGNER.read(changed, always(PUBLIC_ID))


@given(ids, ids, st.data())
def test_reader_is_not_ours_when_a_character_of_any_script_is_put_in(
    issue: int, subscriber_id: int, data: st.DataObject
) -> None:
    code = SIGNER.sign_reader(issue, subscriber_id, PUBLIC_ID)
    assert SIGNER.read_reader(issue, code, {subscriber_id: PUBLIC_ID}.get) == subscriber_id
    place = data.draw(st.integers(0, len(code) - 1))
    other = data.draw(st.characters().filter(lambda char: char != code[place]) | st.just(""))
    with pytest.raises(NotFound):
        SIGNER.read_reader(issue, code[:place] + other + code[place + 1 :], always(PUBLIC_ID))


@given(ids, ids, ids)
def test_reader_of_one_issue_is_nothing_in_another(
    issue: int, other: int, subscriber_id: int
) -> None:
    code = SIGNER.sign_reader(issue, subscriber_id, PUBLIC_ID)
    if other == issue:
        assert SIGNER.read_reader(other, code, always(PUBLIC_ID)) == subscriber_id
    else:
        with pytest.raises(NotFound):
            SIGNER.read_reader(other, code, always(PUBLIC_ID))


@given(links, ids, ids)
def test_code_is_nothing_to_who_has_the_number_now(
    link: LinkTo, public_id: int, other: int
) -> None:
    """A backup was put back: the numbers were given again, the public ids were not."""
    code = SIGNER.sign(link, public_id)
    theirs = SIGNER.sign_reader(PUBLIC_ID, link.issue_id, public_id)
    assume(other != public_id)
    with pytest.raises(NotFound):
        SIGNER.read(code, always(other))
    with pytest.raises(NotFound):
        SIGNER.read_reader(PUBLIC_ID, theirs, always(other))


@given(links, ids)
def test_a_link_is_no_reader_and_a_reader_no_link(link: LinkTo, subscriber_id: int) -> None:
    for public_id in (PUBLIC_ID, link.issue_id, subscriber_id):
        with pytest.raises(NotFound):
            SIGNER.read_reader(public_id, SIGNER.sign(link, public_id), always(public_id))
        with pytest.raises(NotFound):
            SIGNER.read(SIGNER.sign_reader(public_id, subscriber_id, public_id), always(public_id))


@given(st.text())
def test_text_that_is_no_code_is_not_ours(text: str) -> None:
    with pytest.raises(NotFound):
        SIGNER.read(text, always(PUBLIC_ID))
    with pytest.raises(NotFound):
        SIGNER.read_reader(1, text, always(PUBLIC_ID))


def test_code_outlives_the_rotation_of_its_key() -> None:
    link, lookup = LinkTo(7, LinkKind.STORY, 41), always(PUBLIC_ID)
    older = LinkSigner(["an older key"])
    assert SIGNER.read(older.sign(link, PUBLIC_ID), lookup) == link
    theirs = older.sign_reader(PUBLIC_ID, 3, PUBLIC_ID)
    assert SIGNER.read_reader(PUBLIC_ID, theirs, lookup) == 3
    with pytest.raises(NotFound):
        older.read(SIGNER.sign(link, PUBLIC_ID), lookup)


def test_codes_of_mails_from_before_public_ids_go_on_working() -> None:
    """Written down when they were signed over numbers alone, of issue 7 and reader 3."""
    assert SIGNER.read("B8gCTNr3-jTjXOo", {7: 7}.get) == LinkTo(7, LinkKind.STORY, 41)
    assert SIGNER.read_reader(7, "A3Yt-yEF8lPr", {3: 3}.get) == 3


def test_code_is_short() -> None:
    link = LinkTo(1_000, LinkKind.READING, 22_000)
    assert len(SIGNER.sign(link, PUBLIC_ID)) == 18
    assert len(SIGNER.sign_reader(PUBLIC_ID, 1_000_000, PUBLIC_ID)) == 15
    assert replace(link, story_id=MAX_ID).n_characters < 40
    assert len(SIGNER.sign(within(1_000, 22_000, "https://example.org/"), PUBLIC_ID)) == 27


def test_links_within_a_story_are_told_apart_by_their_address() -> None:
    links = {within(7, 41, f"https://example.org/{n}") for n in range(1_000)}
    assert len({SIGNER.sign(link, PUBLIC_ID) for link in links}) == 1_000
    assert within(7, 41, "https://example.org/") == within(7, 41, "https://example.org/")
    # Written down: mails keep their codes for as long as anybody keeps them.
    assert SIGNER.sign(within(7, 41, "https://example.org/"), 7) == "B80ClJDWm5rmQBFXG-HesAIx"
