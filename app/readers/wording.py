"""What people agree to by signing up, and how a consent names the very text.

The text is here and not among the pages' sentences, because it is stored with the consent: whoever
changes it changes `VERSION` too.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import exists, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.models import Publication, Wording

VERSION: Final = "2026-11-28"
"""Of the texts below, for people; the hash tells texts apart by itself."""

SOURCE: Final = "en"

TEXTS: Final[Mapping[str, str]] = {
    SOURCE: (
        "By signing up you ask us to send you %(name)s by mail. First comes a mail to confirm that"
        " the address is yours; no issue is sent until you do. Every issue has a link to leave."
    ),
    "de": (
        "Mit der Anmeldung bittest du uns, dir %(name)s per Mail zu schicken. Zuerst kommt eine"
        " Mail, mit der du bestätigst, dass die Adresse dir gehört; vorher wird keine Ausgabe"
        " geschickt. In jeder Ausgabe steht ein Link zum Abmelden."
    ),
}
"""The text in each language of the pages, by its code; `%(name)s` is the publication's name."""


@dataclass(frozen=True)
class ConsentText:
    """The text as it is shown, and the SHA-256 of it in hex, which the form sends back."""

    text: str
    digest: str


def consent_text(language: str, name: str) -> ConsentText:
    """Return the text in this language, else in English, for a publication of this name."""
    text = TEXTS.get(language, TEXTS[SOURCE]) % {"name": name}
    return ConsentText(text, hashlib.sha256(text.encode()).hexdigest())


def keep_wording(session: Session, digest: bytes | None, now: datetime) -> None:
    """Store the present texts if a consent names one that is not stored yet.

    The texts of all languages are stored together. A hash of anything else stays a hash.
    """
    if digest is None:
        return
    is_kept = exists().where(Wording.hash == digest)
    name = session.scalar(select(Publication.name).where(~is_kept))
    if name is None:
        return
    texts = {language: consent_text(language, name) for language in TEXTS}
    if digest.hex() in {one.digest for one in texts.values()}:
        rows = [
            {
                "hash": bytes.fromhex(one.digest),
                "version": VERSION,
                "language": language,
                "text": one.text,
                "created_at": now,
            }
            for language, one in texts.items()
        ]
        session.execute(insert(Wording).values(rows).on_conflict_do_nothing())
