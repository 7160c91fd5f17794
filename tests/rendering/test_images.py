"""A story's image in its mail: ours alone, sized, told in words, and not at headlines."""

import re
from dataclasses import replace
from typing import Final

import pytest

from app.enums import Depth
from app.rendering.edition import render_edition
from app.rendering.images import ImageFacts
from app.rendering.inputs import StoryFacts
from app.rendering.templates import our_templates
from tests.rendering.samples import BASE_URL, QUIET_FIX, edition, section

NAME: Final = f"{'0a' * 20}.jpg"
SRC: Final = f"{BASE_URL}/images/{NAME}"
STORY: Final = replace(
    QUIET_FIX,
    image=NAME,
    image_alt='A chart: "sessions" & seconds',
    image_caption="Counted by us",
    stored_image=ImageFacts(SRC, 1200, 676),
)


def _mail(story: StoryFacts, depth: Depth = Depth.DEEP, slug: str = "general") -> tuple[str, str]:
    mail = render_edition(edition(section(slug, story), depth=depth), our_templates())
    return mail.html, mail.text


def _images(html: str) -> list[str]:
    return re.findall(r"<img [^>]*>", html)


@pytest.mark.parametrize("slug", ["general", "ai", "devops", "security"])
@pytest.mark.parametrize("depth", [Depth.BRIEF, Depth.DEEP])
def test_mail_shows_the_image_with_its_size_and_what_it_shows(depth: Depth, slug: str) -> None:
    html, text = _mail(STORY, depth, slug)
    (image,) = _images(html)
    assert f'src="{SRC}"' in image
    assert 'width="560"' in image
    assert 'height="315"' in image
    assert "A chart: &#34;sessions&#34; &amp; seconds" in image.replace("&quot;", "&#34;")
    assert "Counted by us" in html
    assert '[Image: A chart: "sessions" & seconds]' in " ".join(text.split())
    assert "Counted by us" in text
    assert SRC not in text


def test_headlines_have_no_image() -> None:
    html, text = _mail(STORY, Depth.HEADLINES)
    assert _images(html) == []
    assert "[Image" not in text
    assert "Counted by us" not in html + text


def test_small_image_is_as_wide_as_it_is() -> None:
    html, _ = _mail(replace(STORY, stored_image=ImageFacts(SRC, 300, 200)))
    assert 'width="300" height="200"' in html


@pytest.mark.parametrize(
    "story", [QUIET_FIX, replace(STORY, stored_image=None), replace(STORY, image="")]
)
def test_image_that_is_not_stored_is_asked_for_by_nobody(story: StoryFacts) -> None:
    html, text = _mail(story)
    assert _images(html) == []
    assert "[Image" not in text


def test_image_costs_a_mail_little() -> None:
    one, other = _mail(STORY)[0], _mail(QUIET_FIX)[0]
    assert len(one.encode()) - len(other.encode()) < 800
