"""The mail of our sample digest, as README shows it."""

from dataclasses import fields
from importlib.resources import files
from itertools import groupby
from typing import Final

from app.content.drafts import StoryDraft
from app.content.parse import parse
from app.enums import Depth
from app.rendering.edition import render_edition
from app.rendering.inputs import StoryFacts
from app.rendering.merge import fields_for, fill
from app.rendering.templates import our_templates
from app.story_fields import StoryTexts
from tests.rendering.samples import BASE_URL, edition, section

_TEXTS: Final = [field.name for field in fields(StoryTexts)]


def sample_mail() -> str:
    """Return the document that a reader of all categories gets at brief."""
    stories = parse(files("localdev").joinpath("samples/digest.txt").read_bytes()).stories
    sections = [
        section(name.lower(), *map(_facts, theirs))
        for name, theirs in groupby(stories, key=lambda story: story.category)
    ]
    html = render_edition(edition(*sections, depth=Depth.BRIEF), our_templates()).html
    return fill(html, fields_for("ada@example.org", f"{BASE_URL}/leave", f"{BASE_URL}/preferences"))


def _facts(story: StoryDraft) -> StoryFacts:
    return StoryFacts(
        **{name: getattr(story, name) for name in _TEXTS},
        minutes=None,
        url=story.url,
        read_url=f"{BASE_URL}/read/1",
        has_article=bool(story.article),
    )
