"""Headings as they are pasted: alike, once, without a label, linked; and lines that are none."""

import pytest

from app.content.drafts import Digest
from app.content.parse import parse

_BODY = "AI\nOne sentence.\nWhat: x\nWhy it matters: y\n"


def _told(text: str) -> Digest:
    return parse(text.encode())


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("It’s “new” – a\u00a0test (5 minute read)", 'It\'s "new" - a test (5 minute read)'),
        ("AT&amp;T opens (5 minute read)", "AT&T opens (5 minute read)"),
        ("Cafe\u0301 (5 minute read)", "Caf\u00e9 (5 minute read)"),
        ("So\u00adft (5 minute read)", "Soft  (5 minute read)"),
        ("Star \u2b50\ufe0f (5 minute read)", "Star \u2b50 (5 minute read)"),
        ("[Linked](https://a.example/b_(c)) (5 minute read)", "Linked (5 minute read)"),
        ("Mailed (5 minute read) <https://a.example/>", "Mailed (5 minute read)"),
        ("**Bold (5 minute read)**", "Bold (5 minute read)"),
        ("Shouted (5 minute read)", "SHOUTED (5 MINUTE READ)"),
    ],
)
def test_heading_is_one_when_it_looks_the_same_twice(first: str, second: str) -> None:
    digest = _told(f"{first}\n\n{second}\n\n{_BODY}")
    (story,) = digest.stories
    assert (story.minutes, story.category, story.what) == (5, "AI", "x")
    assert digest.unplaced == ()


@pytest.mark.parametrize(
    ("heading", "title", "label", "url"),
    [
        ("Once (5 minute read)", "Once", "5 minute read", ""),
        ("Once (Long form)", "Once", "Long form", ""),
        ("Once", "Once", "", ""),
        ("Once\n\nOnce", "Once", "", ""),
        ("Once\n5 min read", "Once", "5 min read", ""),
        ("Once\t5 minute read", "Once", "5 minute read", ""),
        ("Once\t(5 minute read)", "Once", "5 minute read", ""),
        ("[Once](https://a.example/)", "Once", "", "https://a.example/"),
        (
            "[Once (5 minute read)](https://a.example/)",
            "Once",
            "5 minute read",
            "https://a.example/",
        ),
        (
            '<a href="https://a.example/">Once</a> (Podcast)',
            "Once",
            "Podcast",
            "https://a.example/",
        ),
    ],
)
def test_heading_starts_a_story_when_it_stands_once(
    heading: str, title: str, label: str, url: str
) -> None:
    whole = f"A (b)\n\nA (b)\n\n{_BODY}Original article\n\nThe article ends here.\n"
    for before in ("", whole, "A (b)\n\nA (b)\n\n" + _BODY, "A (b)\n\nA (b)\n\n" + _BODY + "\n"):
        digest = _told(f"{before}{heading}\n{_BODY}")
        story = digest.stories[-1]
        assert (story.title, story.label, story.url) == (title, label, url)
        assert (story.category, story.summary) == ("AI", "One sentence.")
        assert (story.what, story.why_it_matters) == ("x", "y")
        assert len(digest.stories) == (2 if before else 1)
        assert digest.unplaced == ()


def test_article_keeps_its_lines_when_none_is_followed_by_a_story() -> None:
    article = (
        "A line (5 minute read)\n\nOnce\nOnce\n\nShort\nWhat: is this?\n\n"
        "Two\nAI\nA sentence.\nWhat: x"
    )
    (story,) = _told(f"A (b)\n\nA (b)\n\n{_BODY}Original article\n\n{article}\n").stories
    assert story.article == article


@pytest.mark.parametrize(
    "before", ["", f"A (b)\n\nA (b)\n\n{_BODY}", f"A (b)\n\nA (b)\n\n{_BODY}\n"]
)
def test_heading_says_why_when_it_stands_once_and_no_story_follows(before: str) -> None:
    digest = _told(f"{before}Once (5 minute read)\n\nAnd that is all.\n")
    said = [item.reason for item in digest.unplaced]
    assert said[0].startswith("it looks like a heading, and a heading must stand twice")
    assert len(said) == 2


def test_link_is_taken_when_it_stands_on_the_line_after_its_mark() -> None:
    (story,) = _told(f"A (b)\n\nA (b)\n\n{_BODY}Link:\nhttps://a.example/\n").stories
    assert story.url == "https://a.example/"
