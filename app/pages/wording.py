"""What people agree to by signing up, and how the consent names the very text."""

import hashlib
import time
from dataclasses import dataclass
from typing import Final

from sqlalchemy.dialects.postgresql import insert
from starlette.datastructures import State

from app.container import Container
from app.db.session import transaction
from app.models import Wording
from app.pages.language import activate, gettext, languages, present
from app.publication.publication import get_publication

VERSION: Final = "2026-11-28"
"""Of the sentence below, for people; the hash tells texts apart by itself."""

_EVERY_SECONDS: Final = 5.0
"""How often unknown hashes may make us look what the present texts are."""


@dataclass(frozen=True)
class ConsentText:
    """The text as it is shown, and the SHA-256 of it in hex, which the form sends back."""

    text: str
    digest: str


def wording_of(name: str) -> ConsentText:
    """Return the text in the language of the page, for a publication of this name."""
    sentence = gettext(
        "By signing up you ask us to send you %(name)s by mail. First comes a mail to confirm that"
        " the address is yours; no issue is sent until you do. Every issue has a link to leave."
    )
    text = sentence % {"name": name}
    return ConsentText(text, hashlib.sha256(text.encode()).hexdigest())


def keep_wording(state: State, digest: str) -> None:
    """Keep the text that a form says it showed, so that the consent's hash leads to it.

    The first time in a process the present text in every language is written down; a hash of
    anything else stays a hash. `state` is the application's. It is a transaction of its own, and
    belongs before the sign-up's.
    """
    kept: set[str] = getattr(state, "kept_wordings", set())
    looked_at: float | None = getattr(state, "wordings_looked_at", None)
    at = time.monotonic()
    if not digest or digest in kept or (looked_at is not None and at - looked_at < _EVERY_SECONDS):
        return
    state.wordings_looked_at = at
    state.kept_wordings = kept | _keep_all(state.container)


def _keep_all(container: Container) -> set[str]:
    """Store the present text in every language and return the hashes."""
    spoken, rows = present(), dict[str, dict[str, object]]()
    with transaction(container.sessions) as session:
        name = get_publication(session).name
        for code, language in languages().items():
            activate(language)
            shown = wording_of(name)
            # A language that nobody has translated says the same as English, which comes first.
            row: dict[str, object] = {"version": VERSION, "language": code, "text": shown.text}
            rows.setdefault(shown.digest, row)
        activate(spoken)
        values = [
            {"hash": bytes.fromhex(digest), "created_at": container.clock(), **row}
            for digest, row in sorted(rows.items())  # in one order: nobody waits for each other
        ]
        session.execute(insert(Wording).values(values).on_conflict_do_nothing())
    return set(rows)
