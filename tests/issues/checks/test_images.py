"""An issue does not go out with an image that is not there, or that nobody put into words."""

from dataclasses import replace

from app.issues.checks.stories import images_of_stories
from tests.issues.checks.told import COMPILER, facts

NAME = f"{'0a' * 20}.jpg"
STORY = replace(COMPILER, image=NAME, image_alt="A terminal with three short lines.")


def test_stored_image_with_its_text_is_fine() -> None:
    assert list(images_of_stories(facts(stories=(STORY,), images=frozenset({NAME})))) == []
    assert list(images_of_stories(facts())) == []


def test_image_without_a_text_blocks_at_its_field() -> None:
    silent = replace(STORY, image_alt="")
    (found,) = images_of_stories(facts(stories=(silent,), images=frozenset({NAME})))
    assert (found.code, found.blocks) == ("image_without_text", True)
    assert found.place.field == "image_alt"


def test_image_that_is_not_stored_blocks_at_its_field() -> None:
    (found,) = images_of_stories(facts(stories=(STORY,)))
    assert (found.code, found.blocks, found.place.field) == ("unknown_image", True, "image")
