import pytest
from hypothesis import given
from hypothesis import strategies as st

from localdev.ses.faults import Fault
from localdev.ses.search import merge_headers
from localdev.ses.template import fields_of, fill, rendering_failure

KEYS = st.from_regex(r"[A-Za-z_][A-Za-z0-9_-]{0,8}", fullmatch=True)
PLAIN = st.text(st.characters(exclude_characters="{}", exclude_categories=["Cs"]), max_size=20)


@given(st.lists(st.tuples(PLAIN, KEYS), max_size=8), PLAIN, st.data())
def test_fill_puts_each_value_in_its_place_when_every_key_has_one(
    parts: list[tuple[str, str]], end: str, data: st.DataObject
) -> None:
    values = {key: data.draw(st.text(max_size=10)) for _, key in parts}
    template = "".join(f"{plain}{{{{{key}}}}}" for plain, key in parts) + end
    assert fields_of(template) == set(values)
    assert fill(template, values) == "".join(plain + values[key] for plain, key in parts) + end


def test_value_is_not_filled_again_when_it_looks_like_a_key() -> None:
    assert fill("{{a}}{{b}}", {"a": "{{b}}", "b": "<b>"}) == "{{b}}<b>"


def test_braces_of_css_are_left_alone_when_they_are_single() -> None:
    css = "@media print { a { color: red }}"
    assert fields_of(css) == frozenset()
    assert fill(css, {}) == css


@pytest.mark.parametrize("text", ["{{{a}}}", "{{#each a}}", "{{> part}}", "{{a b}}", "{{", "{{}}"])
def test_template_is_refused_when_it_wants_more_than_substitution(text: str) -> None:
    with pytest.raises(Fault, match="only simple substitutions"):
        fields_of(text)


def test_first_missing_key_is_named_when_several_are_missing() -> None:
    failure = rendering_failure(frozenset("cab"), frozenset(), {"c": "x"})
    assert failure == "Attribute 'a' is not present in the rendering data."


@given(
    st.dictionaries(st.sampled_from(["A", "a", "B", "b", "C"]), st.text(max_size=3)),
    st.dictionaries(st.sampled_from(["A", "a", "B", "D"]), st.text(max_size=3)),
)
def test_merged_headers_hold_the_entrys_own_whatever_the_template_says_when_names_meet(
    shared: dict[str, str], own: dict[str, str]
) -> None:
    merged = merge_headers(shared, own)
    assert own.items() <= merged.items()
    kept = {name for name in shared if name.lower() not in {mine.lower() for mine in own}}
    assert set(merged) == kept | set(own)
