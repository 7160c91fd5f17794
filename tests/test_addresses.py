import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.addresses import NoAddress, address_hmac, parse_address
from app.errors import InvalidInput


@given(st.emails())
def test_parse_address_is_the_same_when_repeated(raw: str) -> None:
    try:
        address = parse_address(raw, allow_reserved=True)
    except InvalidInput:
        return
    assert parse_address(address.text, allow_reserved=True) == address
    assert address.text.isascii()
    assert address.key == address.text.casefold()


@given(st.text())
def test_parse_address_raises_nothing_but_invalid_input(raw: str) -> None:
    refused = None
    try:
        parse_address(raw)
    except InvalidInput as error:
        refused = error
    assert refused is None or refused.detail
    assert refused is None or [place.pointer for place in refused.errors] == ["/address"]


@pytest.mark.parametrize(
    ("raw", "text", "key"),
    [
        ("Ada@Mail.Test.ORG", "Ada@mail.test.org", "ada@mail.test.org"),
        ("ada@straße.de", "ada@xn--strae-oqa.de", "ada@xn--strae-oqa.de"),
        ("  ada+news@mail.org ", "ada+news@mail.org", "ada+news@mail.org"),
    ],
)
def test_parse_address_keeps_the_local_part_and_makes_the_domain_ascii(
    raw: str, text: str, key: str
) -> None:
    address = parse_address(raw)
    assert (address.text, address.key) == (text, key)


@pytest.mark.parametrize(
    "raw",
    ["", "ada", "ada@", "@mail.org", "a b@mail.org", "ädä@mail.org", "ada@mail", "ada@[127.0.0.1]"],
)
def test_parse_address_refuses_what_ses_could_not_send_to(raw: str) -> None:
    with pytest.raises(InvalidInput):
        parse_address(raw)


@pytest.mark.parametrize(
    ("raw", "sentence"),
    [
        ("ada", "A mail address has an @ in it, as in name@example.com."),
        ("Ada <ada@mail.org>", "Please type the address alone, without a name."),
        ("a da@mail.org", "There is no space in a mail address."),
        ("ada@home@mail.org", "There is only one @ in a mail address."),
        ("@mail.org", "Something is missing before the @."),
        ("ada@", "Something is missing after the @."),
        ("a..da@mail.org", "There are no two dots in a row in a mail address."),
        (
            "ada.@mail.org",
            "There is no dot at the beginning, beside the @ or at the end of a mail address.",
        ),
        ("ädö@mail.org", "We cannot send mail to addresses with “äö” before the @ yet, even"),
        ('"a(da"@mail.org', 'There can be no “"(” before the @.'),
        ("ada@mail,org", "There can be no “,” after the @."),
        ("ada@mail", "Something like “.com” is missing at the end."),
        ("ada@mail.invalid", "Nobody gets mail at “mail.invalid”. Is it mistyped?"),
        ("ada@" + "x" * 64 + ".org", "This is too long for a mail address."),
        ("x" * 65 + "@mail.org", "This is too long for a mail address."),
        ("ada@" + "x." * 130 + "org", "This is too long for a mail address."),
        ("a\x01da@mail.org", "This is no mail address."),
    ],
)
def test_parse_address_says_what_is_wrong_in_words_that_people_have_for_it(
    raw: str, sentence: str
) -> None:
    with pytest.raises(NoAddress) as refused:
        parse_address(raw)
    assert refused.value.detail.startswith(sentence)


@given(st.text(), st.text())
def test_parse_address_says_a_sentence_of_ours_that_can_be_translated(
    local: str, domain: str
) -> None:
    refused = None
    try:
        parse_address(f"{local}@{domain}")
    except NoAddress as error:
        refused = error
    if refused is not None:
        assert "@-sign" not in refused.detail
        assert refused.detail.one % refused.detail.values


def test_parse_address_takes_reserved_names_only_when_told() -> None:
    with pytest.raises(InvalidInput):
        parse_address("ada@readers.test")
    assert parse_address("ada@readers.test", allow_reserved=True).key == "ada@readers.test"


def test_address_hmac_differs_by_pepper_and_by_address() -> None:
    made = {address_hmac(key, pepper) for key in ("a@b.org", "c@b.org") for pepper in ("x", "y")}
    assert len(made) == 4
    assert {len(one) for one in made} == {32}
