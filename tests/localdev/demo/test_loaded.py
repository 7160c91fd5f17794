"""What the demo says of a digest it has loaded."""

from pathlib import Path

from rich.console import Console

from app.content.parse import parse
from localdev.demo.run import Options, say_loaded

_STORY = '{"title": "One [b]title[/b]", "category": "AI"}'


def test_one_story_is_not_said_in_the_plural_when_it_is_alone() -> None:
    data = f'{{"stories": [{_STORY}]}}'.encode()
    options = Options(
        data=data,
        digest=parse(data),
        name="one.json",
        folder=Path("var"),
        port=8025,
        n_readers=1,
        once=True,
        drop_incomplete=False,
        split=False,
    )
    console = Console(width=200)
    loaded = {
        "issues": [{"id": 7}],
        "n_stories": 1,
        "dropped": [],
        "incomplete": [{"title": "One [b]title[/b]", "missing": ["summary"]}],
        "unplaced": [{"line": 3, "text": "left over ", "reason": "[b]no[/b] field"}],
    }
    with console.capture() as said:
        say_loaded(options, loaded, console)
    assert said.get().splitlines() == [
        "one.json: 1 story (AI 1), 1 incomplete.",
        "  Incomplete (summary), kept: “One [b]title[/b]”",
        "  Line 3 found no place: left over – [b]no[/b] field",
        "Issue 7 of today: 1 story.",
    ]
