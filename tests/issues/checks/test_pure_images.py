"""An issue does not go out with an image that is not there, or that nobody put into words."""

from dataclasses import replace

from app.issues.checks.stories import images_of_stories
from tests.issues.checks.told import COMPILER, brief, facts

NAME = f"{'0a' * 20}.jpg"
STORY = replace(COMPILER, image=NAME, image_alt="A terminal with three short lines.")


def test_stored_image_with_its_text_is_fine() -> None:
    assert list(images_of_stories(facts(stories=(STORY,), images=frozenset({NAME})))) == []
    assert list(images_of_stories(facts())) == []


def test_image_without_a_text_blocks_at_its_field() -> None:
    silent = replace(STORY, image_alt="")
    (finding,) = images_of_stories(facts(stories=(silent,), images=frozenset({NAME})))
    assert brief(finding) == ("blocks", "image_without_text", "/stories/41/image_alt")


def test_image_that_is_not_stored_blocks_at_its_field() -> None:
    (finding,) = images_of_stories(facts(stories=(STORY,)))
    assert brief(finding) == ("blocks", "unknown_image", "/stories/41/image")
