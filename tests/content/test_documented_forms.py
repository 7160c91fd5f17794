"""The examples of docs/digest-forms.md do what that page says."""

import re
from pathlib import Path

from app.content import limits
from app.content.parse import Form, form_of, parse

_PAGE = Path(__file__).parents[2] / "docs" / "digest-forms.md"
_EXAMPLES = dict(
    re.findall(r"^```(\w+)\n(.*?)^```", _PAGE.read_text("utf-8"), re.DOTALL | re.MULTILINE)
)


def test_examples_are_whole_when_parsed() -> None:
    assert set(_EXAMPLES) == set(Form)
    for name, example in _EXAMPLES.items():
        digest = parse(example.encode())
        (story,) = digest.stories
        assert form_of(example) == name
        assert (story.title, story.minutes, story.incomplete) == ("Why queues fill up", 4, False)
        assert [item.line for item in digest.unplaced] == ([21] if name == Form.JSON else [])
        assert story.deep_dive
        assert story.decoder[0].term == "Utilisation"


def test_limits_are_the_documented_ones_when_compared() -> None:
    page = _PAGE.read_text("utf-8")
    numbers = {value for name, value in vars(limits).items() if name.startswith("MAX_")}
    for number in numbers - {limits.MAX_BYTES}:
        assert f"{number:,}" in page, number
