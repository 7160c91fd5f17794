"""A story's image in the digest forms: by its name, and by no address but for the name in it."""

import pytest

from app.content.drafts import Digest, StoryDraft
from app.content.markdown_form import parse_markdown
from app.content.reasons import NO_IMAGE
from app.content.text_form import parse_text

NAME = f"{'0a' * 20}.jpg"
TEXT = """\
A title (3 minute read)

A title (3 minute read)

AI
A summary.
What: Something.
Story image: {image}
Story image shows: A chart.
Story image caption: Drawn by us.
"""


def _story(digest: Digest) -> StoryDraft:
    (story,) = digest.stories
    return story


@pytest.mark.parametrize("image", [NAME, f"https://digest.example/images/{NAME}"])
def test_image_is_read_with_what_it_shows(image: str) -> None:
    story = _story(parse_text(TEXT.format(image=image)))
    assert (story.image, story.image_alt, story.image_caption) == (
        NAME,
        "A chart.",
        "Drawn by us.",
    )


@pytest.mark.parametrize("image", ["https://example.org/a.png", "a chart", "../../a.jpg"])
def test_image_that_is_none_of_ours_is_told_and_not_kept(image: str) -> None:
    digest = parse_text(TEXT.format(image=image))
    assert _story(digest).image == ""
    assert [(one.text, one.reason) for one in digest.unplaced] == [
        (f"Story image: {image}", NO_IMAGE)
    ]


def test_words_about_an_image_are_text_as_ever() -> None:
    digest = parse_text(TEXT.format(image=NAME).replace("Story image", "Image"))
    assert _story(digest).image == ""
    assert "Image shows: A chart." in _story(digest).what


def test_markdown_has_it_too() -> None:
    text = (
        f"## A title (3 minute read)\n\n**Category:** AI\n\nA summary.\n\n**Story image:** {NAME}\n"
    )
    assert _story(parse_markdown(text)).image == NAME
