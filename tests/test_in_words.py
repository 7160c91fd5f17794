"""Days in words, each language's own way."""

from datetime import date

import pytest

from app.in_words import coming_day
from app.language import speaking


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("en", "Tuesday 24 November"),
        ("de", "Dienstag, 24. November"),
        ("he", "יום שלישי, 24 בנובמבר"),
    ],
)
def test_day_of_the_coming_weeks_is_written_in_full(code: str, said: str) -> None:
    with speaking(code):
        assert coming_day(date(2026, 11, 24)) == said
