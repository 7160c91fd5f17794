"""An editor's opening and sign-off are looked at as all that is read in a mail."""

from typing import Any

import pytest

from tests.issues.checks.told import facts, found


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"opening": "Good morning.", "sign_off": "Until tomorrow"}, []),
        ({"opening": "Lorem ipsum."}, [("blocks", "placeholder_text", "/opening")]),
        ({"sign_off": "*Ada*"}, [("warns", "markdown_in_text", "/sign_off")]),
        (
            {"sign_off": "TODO: who signs?", "sign_off_of_publication": True},
            [("warns", "placeholder_text", "/publication/sign_off")],
        ),
    ],
)
def test_an_editors_own_words_are_checked(
    said: dict[str, Any], expected: list[tuple[str, str, str]]
) -> None:
    assert found(facts(**said)) == expected
