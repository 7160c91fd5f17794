"""The catalogue of events: its pages are as it says, and nothing personal can be told."""

import json
from typing import Any

import pytest
from jsonschema_rs import Draft202012Validator
from pydantic import ValidationError

from app.models import OutboxEntry, OutboxKind
from app.webhooks.catalogue import DATA, check, sample_of
from localdev import events_page


def test_pages_are_those_of_the_catalogue() -> None:
    assert events_page.PAGE.read_text(encoding="utf-8") == events_page.page(), "make events"
    assert events_page.SCHEMAS.read_text(encoding="utf-8") == events_page.schemas(), "make events"


def test_every_kind_is_in_the_catalogue() -> None:
    assert list(DATA) == list(OutboxKind)


@pytest.mark.parametrize("kind", OutboxKind)
def test_sample_fits_the_schema_and_no_other_kinds(kind: OutboxKind) -> None:
    schemas: dict[str, Any] = json.loads(events_page.schemas())
    told = {"type": kind.value, "timestamp": "2026-04-28T05:00:00Z", "data": sample_of(kind)}
    validator = Draft202012Validator(schemas)
    validator.validate(told)
    assert not validator.is_valid(told | {"data": {}})
    assert not validator.is_valid(told | {"type": "reader.unknown"})


@pytest.mark.parametrize(
    "facts", [{"source": "page", "address": "ada@example.com"}, {"source": "ada@example.com"}]
)
def test_entry_that_says_more_does_not_fit(facts: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        check(OutboxEntry(kind=OutboxKind.READER_LEFT, reader_id=1, facts=facts))
