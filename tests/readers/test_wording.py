"""The text that a consent names is kept, in the very words that were shown."""

import hashlib
from datetime import datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import Wording
from app.pages.language import languages
from app.publication.publication import get_publication
from app.readers.wording import TEXTS, VERSION, consent_text, keep_wording


def _kept(session: Session) -> dict[str, str]:
    return {row.language: row.text for row in session.scalars(select(Wording))}


@pytest.mark.parametrize("code", languages())
def test_every_language_of_the_pages_has_a_text_that_names_the_publication(code: str) -> None:
    shown = consent_text(code, "The Daily 100%")
    assert "The Daily 100%" in shown.text
    assert shown.digest == hashlib.sha256(shown.text.encode()).hexdigest()
    assert shown.text == TEXTS[code] % {"name": "The Daily 100%"}


def test_language_without_a_text_shows_the_english_one() -> None:
    assert consent_text("tlh", "Devoured") == consent_text("en", "Devoured")


def test_keep_wording_stores_the_text_in_every_language_once(
    session: Session, now: datetime
) -> None:
    name = get_publication(session).name
    for code in ("de", "en", "de"):
        keep_wording(session, bytes.fromhex(consent_text(code, name).digest), now)
    assert _kept(session) == {code: consent_text(code, name).text for code in TEXTS}
    assert set(session.scalars(select(Wording.version))) == {VERSION}


def test_keep_wording_stores_nothing_for_a_text_that_is_none_of_ours(
    session: Session, now: datetime
) -> None:
    old = consent_text("en", "A name that it has no more").digest
    for digest in (None, bytes(32), bytes.fromhex(old)):
        keep_wording(session, digest, now)
    assert _kept(session) == {}


def test_text_is_kept_beside_the_one_with_the_former_name(session: Session, now: datetime) -> None:
    texts = []
    for name in ("Before", "After"):
        get_publication(session).name = name
        session.flush()
        texts.append(consent_text("en", name))
        keep_wording(session, bytes.fromhex(texts[-1].digest), now)
    kept = session.scalars(select(Wording.text).where(Wording.language == "en"))
    assert sorted(kept) == sorted(one.text for one in texts)
