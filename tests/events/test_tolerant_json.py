import json
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.events.tolerant_json import MAX_DEPTH, read_json

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(VALUES)
def test_what_is_plain_json_is_read_as_it_is(value: Any) -> None:
    assert read_json(json.dumps(value)) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (r'{"agent": "A \ud83d"}', {"agent": "A ?"}),
        (r'{"agent": "\ude00 A", "b": "é \ud83d"}', {"agent": "? A", "b": "é ?"}),
        (r'{"\ud83d": 1}', {"?": 1}),
        ('{"agent": "\ud83d"}', {"agent": "?"}),
        (r'{"agent": "\ud83d\ude00", "n": NaN}', {"agent": "\U0001f600", "n": None}),
        ("[NaN, Infinity, -Infinity, 1]", [None, None, None, 1]),
        (f"[{'9' * 5000}, NaN]", [None, None]),
        ('["a\tb\n"]', ["a\tb\n"]),
        (r'["\"[[{", NaN]', ['"[[{', None]),
        (r'["\\", NaN, "]"]', ["\\", None, "]"]),
    ],
)
def test_what_cannot_be_read_is_replaced(text: str, value: object) -> None:
    with pytest.raises(orjson.JSONDecodeError):
        orjson.loads(text)
    assert read_json(text) == value


@pytest.mark.parametrize("n_levels", [2_000, 200_000])
def test_what_nests_too_deep_is_left_out_and_the_rest_is_read(n_levels: int) -> None:
    deep = "[" * n_levels + "]" * n_levels
    found = read_json(f'{{"deep": {deep}, "after": [{deep}, 1]}}')
    assert found["after"][1] == 1
    levels, inner = 1, found["deep"]
    while inner != [None]:
        levels, inner = levels + 1, inner[0]
    assert levels == MAX_DEPTH - 1


@pytest.mark.parametrize("text", ["", "{", "[" * 5_000, "nothing", '{"a": 1} more', "]" * 5_000])
def test_what_is_no_json_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_json(text)
