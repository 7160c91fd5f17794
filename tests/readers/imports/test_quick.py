"""Quick addresses and `parse_address` say the same of every text: what quickness rests on."""

from hypothesis import example, given, settings
from hypothesis import strategies as st

from app.addresses import Address, parse_address
from app.errors import InvalidInput
from app.readers.imports.quick import QuickAddresses

_PARTS = st.text("abzAZ09.!#$%&'*+/=?^_`{|}~-\"\\ @,<>é", min_size=0, max_size=70)
_LOCALS = st.one_of(
    st.sampled_from(["a", "Info", "POSTMASTER", "a.b", ".a", "a.", "a..b", "x" * 64, "x" * 65]),
    _PARTS,
)
_DOMAINS = st.one_of(
    st.sampled_from(
        [
            "example.com",
            "EXAMPLE.com",
            "example.com.",
            "a.test",
            "localhost",
            "bücher.example",
            "xn--bcher-kva.example",
            "XN--bcher-kva.de",
            "-a.com",
            "a..com",
            "1.2.3.4",
            "a.b.c.de",
            "[1.2.3.4]",
            ".".join(["x" * 60] * 4) + ".com",
            "example.com ",
            "K.com",
            "",
        ]
    ),
    st.from_regex(r"\A[A-Za-z0-9-]{1,12}(\.[A-Za-z0-9-]{1,12}){1,3}\Z"),
)
_TEXTS = st.one_of(st.builds("{}@{}".format, _LOCALS, _DOMAINS), st.text(max_size=40), _PARTS)


def said(read: object, text: str) -> Address | str:
    try:
        return read(text)  # type: ignore[operator,no-any-return]  # one of the two readers
    except InvalidInput as error:
        return error.detail


@settings(max_examples=400)
@given(texts=st.lists(_TEXTS, min_size=1, max_size=12), allow_reserved=st.booleans())
@example(
    texts=["a@example.com", "Info@example.com", "x" * 65 + "@example.com"], allow_reserved=True
)
def test_quick_reading_is_the_same_as_careful_reading(
    texts: list[str],
    allow_reserved: bool,  # noqa: FBT001  # hypothesis gives it by name
) -> None:
    quick = QuickAddresses(allow_reserved=allow_reserved)

    for text in [*texts, *texts]:  # the second time domains are known
        careful = said(lambda raw: parse_address(raw, allow_reserved=allow_reserved), text)
        assert said(quick.read, text) == careful
