"""What a change of the publication or a category may hold is said by the command, not the door."""

from datetime import datetime
from math import nan
from typing import Any, Final

import pytest
from pydantic import BaseModel
from sqlalchemy.orm import Session

from app.actors import CLI
from app.api.categories import CategoryChanges, NewCategory
from app.api.publication import PublicationChanges
from app.errors import InvalidInput
from app.publication.categories import add_category, change_category
from app.publication.limits import NUMBERS, check_limits
from app.publication.publication import get_publication, set_publication
from tests.factories import make_category

_LONG: Final = "x" * 1001
_WRONG: Final[dict[str, list[Any]]] = {
    "name": ["x" * 61],
    "tagline": [_LONG, "two\nlines"],
    "from_address": ["", _LONG, "no address", "a@b.example\nBcc: c@d.example"],
    "reply_to": [_LONG, "no address"],
    "postal_address": [_LONG, "a\x00b"],
    "time_zone": ["Mars/Olympus"],
    "weekdays": [[0], [8], [1, 1]],
    "late_seconds": [-1, 10**9],
    "subject_template": ["x" * 201, "{unknown}", "two\nlines"],
    "preheader_template": ["x" * 201],
    "sign_off": [_LONG, "two\nlines"],
    "brake_after": [0],
    "bounce_limit": [-0.1, 1.1, nan],
    "complaint_limit": [nan],
    "soft_bounce_limit": [0, 101],
    "soft_bounce_days": [0, 366],
    "language": ["english, mostly", "en\n"],
    "slug": ["A b", "../x", "x" * 61],
    "template": ["../secrets", "x" * 61],
    "accent": ["red", "#5B3FD6;x"],
    "accent_dark": ["red"],
    "position": [0, 1001],
    "unwanted_warnings": [["no_postal_address"], ["long_subject", ""]],
}
_OF_TYPE: Final = {
    "sponsor": "its limits are those of a digest's",
    "state": "a word of its enum",
    "send_time": "a time",
    "archive_is_open": "a boolean",
    "shows_articles": "a boolean",
    "shows_all_points": "a boolean",
    "asks_if_good": "a boolean",
    "offers_reply": "a boolean",
    "offers_sharing": "a boolean",
    "sends_welcome": "a boolean",
    "tracking": "a word of its enum",
    "tracks_opens": "a boolean",
}
"""Fields that have no limit but their type, or theirs elsewhere."""


def _cases(names: set[str]) -> list[tuple[str, Any]]:
    return [(name, value) for name in _WRONG if name in names for value in _WRONG[name]]


def test_every_field_that_can_be_given_has_a_case() -> None:
    bodies = (PublicationChanges, CategoryChanges, NewCategory)
    assert {name for body in bodies for name in body.model_fields} == {*_WRONG, *_OF_TYPE}


@pytest.mark.parametrize("body", [PublicationChanges, CategoryChanges])
def test_schema_has_the_bounds_of_the_command(body: type[BaseModel]) -> None:
    found = {
        name: (one["minimum"], one["maximum"])
        for name, one in body.model_json_schema()["properties"].items()
        if "minimum" in one
    }
    assert found == {name: NUMBERS[name] for name in NUMBERS if name in body.model_fields}


@pytest.mark.parametrize(("name", "value"), _cases(set(PublicationChanges.model_fields)))
def test_publication_keeps_what_it_has_when_a_field_is_out_of_bounds(
    session: Session, now: datetime, name: str, value: object
) -> None:
    before = getattr(get_publication(session), name)
    with pytest.raises(InvalidInput) as refused:
        set_publication(session, CLI, {name: value}, now)
    assert refused.value.errors[0].pointer == f"/{name}"
    assert getattr(get_publication(session), name) == before


@pytest.mark.parametrize(
    ("name", "value"), _cases(set(CategoryChanges.model_fields) - {"time_zone"})
)
def test_category_keeps_what_it_has_when_a_field_is_out_of_bounds(
    session: Session, now: datetime, name: str, value: object
) -> None:
    category = make_category(session, "ai")
    before = getattr(category, name)
    with pytest.raises(InvalidInput) as refused:
        change_category(session, CLI, category, {name: value}, now)
    assert refused.value.errors[0].pointer == f"/{name}"
    assert getattr(category, name) == before


@pytest.mark.parametrize(("name", "value"), _cases(set(NewCategory.model_fields)))
def test_category_is_not_made_when_a_field_is_out_of_bounds(
    session: Session, now: datetime, name: str, value: object
) -> None:
    given: dict[str, Any] = {"name": "AI"} | {name: value}
    with pytest.raises(InvalidInput) as refused:
        add_category(session, CLI, **given, now=now)
    assert refused.value.errors[0].pointer == f"/{name}"


def test_every_field_that_is_wrong_is_named() -> None:
    with pytest.raises(InvalidInput) as refused:
        check_limits({"tagline": "a\nb", "language": "?", "weekdays": None, "brake_after": 1})
    assert [one.pointer for one in refused.value.errors] == ["/tagline", "/language"]
    assert "Tagline holds a control character" in refused.value.detail
