import re
from pathlib import Path
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

import app
from app.accept_headers import weights_of


@pytest.mark.parametrize(
    ("header", "weights"),
    [
        ("", {}),
        ("de", {"de": 1.0}),
        ("de-AT, en;q=0.8", {"de-at": 1.0, "en": 0.8}),
        (
            "text/html,application/xml;q=0.9,*/*; q=0.85",
            {"text/html": 1.0, "application/xml": 0.9, "*/*": 0.85},
        ),
        ("text/html;level=1;Q=0.5", {"text/html": 0.5}),
        ("de;q=0.2, de;q=0.7, de;q=0.3", {"de": 0.7}),
        ("de;q=0", {"de": 0.0}),
        ("de;q=", {"de": 0.0}),
        ("de;q=1.5, en;q=nan, fr;q=-1", {"de": 0.0, "en": 0.0, "fr": 0.0}),
        (";;;,,,q=", {"q=": 1.0}),
    ],
)
def test_weights_are_read_as_the_header_says_them(header: str, weights: dict[str, float]) -> None:
    assert weights_of(header) == weights


@given(st.text() | st.text(alphabet="aq=;,. 01-*/"))
def test_any_header_gives_weights(header: str) -> None:
    assert all(0 <= weight <= 1 for weight in weights_of(header).values())


def test_long_header_is_not_read_to_its_end() -> None:
    assert "de" not in weights_of("en," * 1_000 + "de")


_HOMES: Final = {
    r"""["']accept(-language)?["']""": {"api/signups.py", "pages/negotiate.py"},
    r"\bweights_of\(": {"accept_headers.py", "api/signups.py", "language.py"},
    r"""["']q["']|\bq=""": {
        "accept_headers.py",
        "issues/links/look.py",  # sends one
        "desk/issues.py",  # a search's parameter
        "rate_limits.py",  # a quota, which is written and never read
        "api/openapi.py",  # an example of one
    },
}
"""Who reads such a header, by whose help, and where a weight is read, by what it looks like."""


@pytest.mark.parametrize("looks_like", _HOMES)
def test_headers_are_read_in_one_way(looks_like: str) -> None:
    root = Path(app.__file__).parent
    found = {
        path.relative_to(root).as_posix()
        for path in root.rglob("*.py")
        if re.search(looks_like, path.read_text())
    }
    assert found == _HOMES[looks_like]
