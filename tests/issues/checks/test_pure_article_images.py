"""An article's image that readers do not see is told, with what makes it seen."""

from dataclasses import replace
from typing import Final

import pytest

from app.issues.checks.article_images import images_of_articles
from app.issues.checks.facts import IssueFacts
from tests.issues.checks.told import COMPILER, brief, facts

NAME: Final = f"{'0a' * 20}.png"
_NOT_SHOWN: Final = ("warns", "article_image_not_shown", "/stories/41/article")
_SILENT: Final = ("blocks", "image_without_text", "/stories/41/article")


def _article(text: str, *, stored: bool = True, reads_markdown: bool = True) -> IssueFacts:
    story = replace(COMPILER, article=text, reads_markdown=reads_markdown)
    return facts(stories=(story,), images=frozenset({NAME} if stored else ()))


@pytest.mark.parametrize(
    "told",
    [
        _article(f"![A plan]({NAME} 'The plan')"),
        _article(f"Words\n![A plan](https://digest.example/images/{NAME})\nand more."),
        _article(f"`![A plan](https://a.example/x.png)`\n```\n![]({NAME})\n```", stored=False),
        _article("![A plan](https://a.example/x.png)", reads_markdown=False),
        facts(),
    ],
)
def test_image_that_is_shown_and_code_are_not_told(told: IssueFacts) -> None:
    assert list(images_of_articles(told)) == []


@pytest.mark.parametrize(
    ("told", "found", "detail", "mend"),
    [
        (
            _article("![A plan](https://a.example/x.png)"),
            _NOT_SHOWN,
            "“A plan” of an article is elsewhere",
            "Upload it, and write its name",
        ),
        (
            _article("![](/x.png)"),
            _NOT_SHOWN,
            "“/x.png” of an article is elsewhere",
            "in place of the address",
        ),
        (
            _article(f"![A plan]({NAME})", stored=False),
            _NOT_SHOWN,
            "“A plan” of an article is not stored here",
            "its new name",
        ),
        (
            _article(f"See ![A plan]({NAME}) here"),
            _NOT_SHOWN,
            "“A plan” of an article stands within a line",
            "line of its own",
        ),
        (
            _article(f"# ![A plan]({NAME})"),
            _NOT_SHOWN,
            "“A plan” of an article stands within a line",
            "line of its own",
        ),
        (
            _article(f"![]({NAME})"),
            _SILENT,
            "Nobody said what an image in",
            f"({NAME})",
        ),
    ],
)
def test_image_that_is_not_shown_is_told_at_the_article(
    told: IssueFacts, found: tuple[str, str, str], detail: str, mend: str
) -> None:
    (finding,) = images_of_articles(told)
    assert brief(finding) == found
    assert detail in finding.detail
    assert mend in finding.mend
