"""The JSON form by example: its shape, and what it refuses."""

import json
from datetime import date
from typing import Any

import pytest

from app.content.drafts import Digest, StoryDraft, Unplaced
from app.content.errors import MAX_ERRORS, ContentError
from app.content.json_form import parse_json, to_json
from app.content.limits import MAX_STORIES
from app.story_fields import Term

_STORY = StoryDraft(
    title="Очереди",
    label="4 minute read",
    category="DevOps",
    summary="One.",
    deep_dive=("a",),
    decoder=(Term("t", "d"),),
)


def _places(value: Any) -> list[tuple[str, str]]:
    with pytest.raises(ContentError) as caught:
        parse_json(json.dumps(value))
    return [(error.pointer, error.detail) for error in caught.value.errors]


def test_shape_is_the_documented_one_when_written() -> None:
    written = to_json(Digest((_STORY,), (Unplaced(3, "x", "r", "A"),)))
    assert "Очереди" in written
    assert json.loads(written) == {
        "stories": [
            {
                "title": "Очереди",
                "label": "4 minute read",
                "category": "DevOps",
                "url": "",
                "summary": "One.",
                "what": "",
                "why_it_matters": "",
                "takeaway": "",
                "deep_dive": ["a"],
                "decoder": [{"term": "t", "definition": "d"}],
                "article": "",
                "image": "",
                "image_alt": "",
                "image_caption": "",
                "incomplete": True,
            }
        ],
        "unplaced": [{"line": 3, "text": "x", "reason": "r", "after": "A", "field": ""}],
    }


def test_issue_keys_are_there_when_they_are_set() -> None:
    digest = Digest((), issued_on=date(2026, 11, 23), subject="s", preheader="p")
    written = json.loads(to_json(digest))
    assert {**written, "stories": 0, "unplaced": 0} == {
        "stories": 0,
        "unplaced": 0,
        "issued_on": "2026-11-23",
        "subject": "s",
        "preheader": "p",
    }


@pytest.mark.parametrize("value", [[{"title": "A"}], {"stories": [{"title": " A", "url": None}]}])
def test_story_is_read_when_only_its_title_is_given(value: Any) -> None:
    assert parse_json(json.dumps(value)) == Digest((StoryDraft(title="A"),))


def test_incomplete_is_worked_out_anew_when_given() -> None:
    (story,) = parse_json('[{"title": "A", "incomplete": false}]').stories
    assert story.incomplete


@pytest.mark.parametrize(
    ("value", "pointer", "said"),
    [
        ({}, "/stories", "is needed"),
        ({"stories": {}}, "/stories", "must be a list"),
        ({"stories": [1]}, "/stories/0", "must be an object"),
        ({"stories": [{}]}, "/stories/0/title", "is needed"),
        ([{}], "/0/title", "is needed"),
        ([{"title": " "}], "/0/title", "is needed"),
        ([{"title": 1}], "/0/title", "must be text"),
        ([{"title": "A", "headline": "B"}], "/0/headline", "unknown key 'headline'"),
        ([{"title": "A", "a/b~é": 1}], "/0/a~1b~0é", "unknown key 'a/b~é'"),
        ([{"title": "A", "url": "javascript:x"}], "/0/url", "must be an http or https address"),
        ([{"title": "A", "url": "http://[::1"}], "/0/url", "must be an http or https address"),
        ([{"title": "A", "what": "\0"}], "/0/what", "holds the control character U+0000"),
        ([{"title": "\ud800"}], "/0/title", "holds the control character U+D800"),
        ([{"title": "x" * 301}], "/0/title", "is 301 characters long; at most 300"),
        ([{"title": "A", "deep_dive": ["x"] * 101}], "/0/deep_dive", "at most 100 entries"),
        (
            [{"title": "A", "decoder": [{"term": "x" * 301}]}],
            "/0/decoder/0/term",
            "is 301 characters long; at most 300",
        ),
        ({"stories": [], "issued_on": "today"}, "/issued_on", "must be a day like 2026-11-23"),
        ({"stories": [], "subject": "x" * 201}, "/subject", "is 201 characters long; at most 200"),
        (
            {"stories": [], "unplaced": [{"line": 1, "text": "\b"}]},
            "/unplaced/0/text",
            "holds the control character U+0008",
        ),
        (
            {"stories": [], "unplaced": [{"line": 1, "text": "x", "reason": "x" * 201}]},
            "/unplaced/0/reason",
            "is 201 characters long; at most 200",
        ),
        ([{"title": "A"}] * 10_000, "", "has 10,000 stories"),
        ({"stories": [1] * (MAX_STORIES + 1)}, "/stories", "has 501 stories"),
    ],
)
def test_pointer_is_named_when_a_value_is_wrong(value: Any, pointer: str, said: str) -> None:
    assert _places(value) == [(pointer, said)]


def test_first_places_are_named_when_there_are_many() -> None:
    assert len(_places([{}] * 300)) == MAX_ERRORS


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "not JSON"),
        ("[1,]", "not JSON"),
        ('"text"', "must be an object"),
        ("[" * 100_000, "nested too deeply"),
        ('{"a":' * 100_000, "nested too deeply"),
        ("[" + "1" * 10_000 + "]", "number that is too long"),
        ('[{"title": "A", "title": "B"}]', "'title' is given twice"),
    ],
)
def test_text_is_refused_when_it_is_no_json_we_take(text: str, said: str) -> None:
    with pytest.raises(ContentError, match=said):
        parse_json(text)


def test_error_can_be_written_out_when_a_key_is_no_text() -> None:
    ((pointer, said),) = _places([{"title": "A", "\ud800": 1}])
    assert pointer.startswith("/0")
    assert said.encode()


def test_line_is_named_when_json_is_broken() -> None:
    with pytest.raises(ContentError) as caught:
        parse_json('{\n  "stories": [}\n')
    assert caught.value.errors[0].pointer == "line 2"
