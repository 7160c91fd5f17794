"""The project's own sample digest, which the demo loads."""

from importlib import resources

from app.content.parse import Form, form_of, parse
from app.content.text_form import write_text
from app.story_fields import MAX_PROSE

_SAMPLE = resources.files("localdev").joinpath("samples/digest.txt").read_text("utf-8")


def test_sample_is_whole_when_read() -> None:
    digest = parse(_SAMPLE.encode())
    assert form_of(_SAMPLE) is Form.TEXT
    assert digest.unplaced == ()
    assert [story.title for story in digest.stories if story.incomplete] == []
    assert len(digest.stories) == 16
    assert {story.category for story in digest.stories} == {"AI", "DevOps", "Security"}


def test_sample_is_as_we_would_write_it_when_written() -> None:
    assert write_text(parse(_SAMPLE.encode())) == _SAMPLE


def test_sample_shows_every_variety_when_counted() -> None:
    stories = parse(_SAMPLE.encode()).stories
    for name in ("url", "takeaway", "deep_dive", "decoder", "article", "minutes"):
        given = [bool(getattr(story, name)) for story in stories]
        assert any(given), name
        assert not all(given), name
    assert not _SAMPLE.isascii()
    assert max(len(story.what) for story in stories) < MAX_PROSE
