"""Which spellings of an address lead to one mailbox."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.addresses import Address, parse_address
from app.mailboxes import mailbox_of


@pytest.mark.parametrize(
    ("mailbox", "spellings"),
    [
        (
            "adalovelace@gmail.com",
            "ada.lovelace@gmail.com a.d.a.lovelace+news@googlemail.com AdaLovelace+1+2@GMail.com",
        ),
        ("ada.lovelace@outlook.com", "ada.lovelace+x@outlook.com"),
        ("ada@live.co.uk", "ada+x@live.co.uk"),
        ("adalovelace@proton.me", "ada_lovelace@pm.me ada-lovelace+x@protonmail.com"),
        ("ada.l@icloud.com", "ada.l+x@me.com ada.l@mac.com"),
        ("ada@fastmail.com", "ada+x@fastmail.com shop@ada.fastmail.com x+y@ada.fastmail.com"),
        ("ada.l@yahoo.com", "ada.l-shop@yahoo.com ada.l-shop-2@yahoo.com ada.l+x@yahoo.com"),
        ("ada@firm.example", "ada+x@firm.example"),
    ],
)
def test_spellings_of_a_provider_lead_to_one_mailbox(mailbox: str, spellings: str) -> None:
    found = {mailbox_of(_address(one)) for one in [mailbox, *spellings.split()]}
    assert found == {mailbox}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ada.lovelace@outlook.com", "adalovelace@outlook.com"),
        ("ada.lovelace@firm.example", "adalovelace@firm.example"),
        ("ada-l@outlook.com", "ada@outlook.com"),
        ("ada@outlook.com", "ada@hotmail.com"),
        ("ada@fastmail.com", "ada@fastmail.fm"),
        ("a@ada.firm.example", "b@ada.firm.example"),
        ("+1@firm.example", "+2@firm.example"),
        ("___@pm.me", "_-_@pm.me"),
    ],
)
def test_two_mailboxes_stay_two(one: str, other: str) -> None:
    assert mailbox_of(_address(one)) != mailbox_of(_address(other))


_NAMES = st.from_regex(r"[a-z][a-z0-9]{0,9}", fullmatch=True)
_TAGS = st.from_regex(r"[a-z0-9]{1,9}", fullmatch=True)


@given(_NAMES, _TAGS, st.sampled_from(["gmail.com", "me.com", "pm.me", "firm.example", "sent.com"]))
def test_tag_never_makes_another_mailbox_and_folding_twice_is_folding_once(
    name: str, tag: str, domain: str
) -> None:
    mailbox = mailbox_of(_address(f"{name}+{tag}@{domain}"))
    assert mailbox == mailbox_of(_address(f"{name}@{domain}"))
    assert mailbox == mailbox_of(_address(mailbox))


def _address(text: str) -> Address:
    return parse_address(text, allow_reserved=True)
