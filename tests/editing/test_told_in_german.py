"""What an editor's document holds that cannot be stored, and what was done meanwhile, in German."""

from datetime import datetime

import pytest
from sqlalchemy.orm import Session

from app.actors import CLI
from app.editing.settle import settle
from app.errors import Conflict, Stale
from app.in_words import message_of, translated
from app.issues.stories import change_story
from app.issues.written import refuse_unsettled, told_of
from app.language import speaking
from app.models import Issue
from app.sentences import Sentence, counted, kept, said_again
from app.versions import refuse_stale
from tests.editing.writers import Writer


def test_what_cannot_be_stored_is_told_in_the_language_of_who_reads(
    session: Session, issue: Issue, ada: Writer, now: datetime
) -> None:
    ada.type("s1", "title", "x" * 400, at=0)
    ada.set("s1", "category", "nowhere")
    ada.send()
    settle(session, issue.id, now)
    session.commit()
    with pytest.raises(Conflict) as refused:
        refuse_unsettled(session, issue.id)
    assert "Title is 414 characters long; at most 300" in str(refused.value.detail)
    with speaking("de"):
        said = message_of(refused.value)
    assert "Titel ist 414 Zeichen lang; höchstens 300" in said
    assert "Kategorie ist keine Kategorie" in said


def test_what_was_done_meanwhile_is_told_in_the_language_of_who_reads(
    session: Session, issue: Issue, now: datetime
) -> None:
    before = issue.version
    change_story(session, CLI, issue.id, 1, {"summary": "Other."}, now)
    with pytest.raises(Stale) as refused:
        refuse_stale(session, issue, {before})
    assert "Since then: Command line changed a story." in str(refused.value.detail)
    with speaking("de"):
        assert "Seither: Kommandozeile hat eine Meldung geändert." in message_of(refused.value)


def test_sentence_that_was_kept_is_said_again_in_any_language() -> None:
    inner = Sentence("is %(n)s characters long; at most %(n_most)s", n=2_000, n_most=300)
    for one in (
        inner,
        Sentence("100 % sure"),
        Sentence("%(field)s %(fault)s", field=Sentence("Title"), fault=inner),
        counted("%(n)s story", "%(n)s stories", 1),
        counted("%(n)s story", "%(n)s stories", 2),
    ):
        again = said_again(kept(one))
        assert again == one
        with speaking("de"):
            assert translated(again) == translated(one)
    assert told_of({"detail": "is kept in English"}) == "is kept in English"
