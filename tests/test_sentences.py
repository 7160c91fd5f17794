import pickle
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.content.reasons import NO_FIELD, no_column, sentence_of
from app.directions import Direction, isolated
from app.enums import Depth, IssueState
from app.pages.language import SOURCE, activate, languages, translated
from app.sentences import Sentence, Value, counted

MORE: Final = ("One more line found no place.", "%(n)s more lines found no place.")
LINK: Final = Sentence(
    "The link of %(name)s %(seen)s (%(seen_at)s UTC).",
    name=Sentence("the sponsor"),
    seen=Sentence("answers %(status)s", status=404),
    seen_at=datetime(2026, 3, 23, 5, 30, tzinfo=UTC),
)
TOLD: Final = Sentence(
    "“%(title)s” was in issue %(issue)s of %(day)s already.",
    title="A",
    issue=1234,
    day=date(2026, 11, 30),
)
FIELD: Final = Sentence(
    "“%(title)s” has no “%(field)s”.", title="100 % <b>", field=Sentence("What")
)
STATE: Final = Sentence(
    "Issue %(issue)s of the same day is %(state)s already.", issue=7, state=IssueState.APPROVED
)
SIZE: Final = Sentence(
    "At depth “%(depth)s” it would be too long for a mail, so it goes without %(parts)s.",
    depth=Depth.DEEP,
    parts=["A", "B", counted("the whole of one story", "the whole of %(n)s stories", 2)],
)
CONTRAST: Final = Sentence(
    "%(category)s: %(colour)s on the light card has a contrast of %(ratio)s to 1; text needs"
    " %(enough)s.",
    category="AI",
    colour="#abcdef",
    ratio=1.6,
    enough=4.5,
)
IN_BOTH: Final = [
    (FIELD, "“100 % <b>” has no “What”.", "„100 % <b>“ hat kein „Was“."),
    (
        TOLD,
        "“A” was in issue 1234 of 2026-11-30 already.",
        "„A“ stand schon in Ausgabe 1234 (Montag, 30. November 2026).",
    ),
    (
        STATE,
        "Issue 7 of the same day is approved already.",
        "Ausgabe 7 desselben Tages steht schon auf „freigegeben“.",
    ),
    (counted(*MORE, 1), "One more line found no place.", "1 weitere Zeile fand keinen Platz."),
    (
        counted(*MORE, 1234),
        "1,234 more lines found no place.",
        "1.234 weitere Zeilen fanden keinen Platz.",
    ),
    (
        LINK,
        "The link of the sponsor answers 404 (23 March, 05:30 UTC).",
        "Der Link von dem Sponsor antwortet mit 404 (23. März, 05:30 UTC).",
    ),
    (
        SIZE,
        (
            "At depth “deep” it would be too long for a mail, so it goes without A, B and the whole"
            " of 2 stories."
        ),
        (
            "In der Tiefe „ausführlich“ wäre es zu lang für eine Mail; darin fehlt deshalb: A, B"
            " und 2 ganze Meldungen."
        ),
    ),
    (
        CONTRAST,
        "AI: #abcdef on the light card has a contrast of 1.6 to 1; text needs 4.5.",
        "AI: #abcdef hat auf hellem Grund einen Kontrast von 1,6 zu 1; Text braucht 4,5.",
    ),
]


@pytest.fixture(autouse=True)
def _english_afterwards() -> Iterator[None]:
    yield
    activate(languages()[SOURCE])


@pytest.mark.parametrize(("sentence", "english", "german"), IN_BOTH)
def test_sentence_is_english_and_is_said_in_another_language(
    sentence: Sentence, english: str, german: str
) -> None:
    assert sentence == english
    activate(languages()["de"])
    assert translated(sentence) == german
    assert sentence == english


@given(st.text(), st.text())
def test_what_a_person_wrote_stands_in_a_sentence_as_it_is(title: str, field: str) -> None:
    values: dict[str, Value] = {"title": title, "field": field}
    sentence = Sentence("“%(title)s” has no “%(field)s”.", **values)
    assert sentence == f"“{title}” has no “{field}”."
    lying_apart = [isolated(text, Direction.LTR) for text in (title, field)]
    assert translated(sentence) == "“{}” has no “{}”.".format(*lying_apart)


@given(st.text())
def test_text_without_values_is_itself(text: str) -> None:
    assert translated(Sentence(text)) == Sentence(text) == text


def test_sentence_passes_from_process_to_process() -> None:
    sentence = counted("%(n)s %% of %(of)s", "%(n)s %% of %(of)s", 3, of="it")
    again = pickle.loads(pickle.dumps(sentence))  # noqa: S301 - it was made here
    assert (again, again.one, again.many, again.values) == (
        *("3 % of it", sentence.one, sentence.many, sentence.values),
    )


def test_reason_that_names_cells_is_known_again() -> None:
    reason = no_column("“100 %”, “a\nb”")
    assert sentence_of(str(reason)).values == {"cells": "“100 %”, “a\nb”"}
    assert sentence_of(str(reason)) == reason
    assert sentence_of(NO_FIELD) == NO_FIELD
