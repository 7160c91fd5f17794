import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.transports.slots import SlotError, Slots, missing_keys

_LITERALS = st.text(st.characters(exclude_characters="{}\\"))
_NAMES = st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,5}", fullmatch=True)


@given(
    first=_LITERALS,
    rest=st.lists(st.tuples(_NAMES, st.text(), _LITERALS)),
)
def test_fill_puts_every_value_in_its_place(first: str, rest: list[tuple[str, str, str]]) -> None:
    fields = {name: value for name, value, _ in rest}
    template = first + "".join(f"{{{{{name}}}}}{literal}" for name, _, literal in rest)
    filled = first + "".join(fields[name] + literal for name, _, literal in rest)
    assert Slots.of(template).fill(fields) == filled


@pytest.mark.parametrize(
    "template",
    [
        "{{ name }}",
        "{{#if x}}",
        "{{",
        "a {{name",
        "{{{name}}}",
        "{{name}}}",
        "\\{{name}}",
        "{{a.b}}",
    ],
)
def test_template_is_refused_when_handlebars_would_read_it_otherwise(template: str) -> None:
    with pytest.raises(SlotError):
        Slots.of(template)


def test_single_braces_are_text() -> None:
    css = "a{color:red} b{c{d}}"
    assert Slots.of(css).fill({}) == css


def test_fill_names_all_keys_when_values_are_missing() -> None:
    with pytest.raises(SlotError, match="no value for a, c"):
        Slots.of("{{c}}{{b}}{{a}}{{c}}").fill({"b": ""})
    assert missing_keys(("c", "b", "a", "c"), {"b": ""}) == ["a", "c"]


def test_value_is_not_read_again_when_it_looks_like_a_slot() -> None:
    assert Slots.of("{{a}}{{b}}").fill({"a": "{{b}}", "b": "x"}) == "{{b}}x"
