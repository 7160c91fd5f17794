"""Pastes: the text of a digest, kept as it came until a person loads it or discards it.

Nothing of it is loaded before that. What a person says of lines that found no place is kept beside
the text (`content.mending`), so every mend can be taken back.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.actors import Actor, Verb
from app.audit import record_step
from app.content.drafts import Digest
from app.content.limits import MAX_BYTES
from app.content.mending import Mend, headings_of, mended
from app.content.parse import Form, numbered_lines, parse
from app.errors import FieldError, InvalidInput, NotFound, Stale, TooLarge, WrongState
from app.issues.lifecycle import get_issue
from app.issues.load import load
from app.issues.load_into import Mode, load_into, title_key
from app.issues.stories import stories_of
from app.models import Issue, Paste
from app.publication.lanes import local_day
from app.publication.publication import get_publication
from app.sentences import Sentence
from app.versions import Expected
from app.written import check_written

LOADED_KEPT: Final = timedelta(days=30)
"""So long a text is kept that was loaded; one that was not until somebody discards it."""

MAX_NAME: Final = 200
"""Characters of a file's name."""


def keep_paste(
    session: Session,
    actor: Actor,
    text: str,
    now: datetime,
    *,
    form: Form | None = None,
    name: str = "",
    issue_id: int | None = None,
) -> Paste:
    """Keep a text as it came; `name` is its file's, `issue_id` the draft that it is meant for.

    Raises:
        InvalidInput: it is empty, or the name is none.
        NotFound: there is no Issue of that number.
        TooLarge: it is longer than a digest may be.
    """
    _check_text(text)
    check_written("name", name, most=MAX_NAME, least=0)
    if issue_id is not None:
        get_issue(session, issue_id)
    paste = Paste(
        text=text,
        form=form or "",
        name=name,
        mends={},
        version=1,
        pasted_by=actor.name,
        created_at=now,
        issue_id=issue_id,
    )
    session.add(paste)
    session.flush()
    record_step(session, actor, Verb.PASTE, "paste", now, target_id=paste.id, issue_id=issue_id)
    return paste


def get_paste(session: Session, paste_id: int) -> Paste:
    """Return the paste, or NotFound."""
    paste = session.get(Paste, paste_id)
    if paste is None:
        raise NotFound("There is no such pasted text: it was discarded, or loaded long ago.")
    return paste


def waiting_pastes(session: Session) -> Sequence[Paste]:
    """Return the pastes that nobody has loaded or discarded yet, the last one first."""
    query = select(Paste).where(Paste.loaded_at.is_(None)).order_by(Paste.created_at.desc())
    return session.scalars(query.limit(50)).all()


def mends_of(paste: Paste) -> dict[int, Mend]:
    """Return what was said of lines, by their numbers."""
    return {int(line): Mend(mend) for line, mend in paste.mends.items()}


def digest_of(paste: Paste) -> Digest:
    """Return what would be loaded; raise ContentError as `parse`."""
    mends = mends_of(paste)
    form = Form(paste.form) if paste.form else None
    return mended(parse(paste.text.encode(), form=form, headings=headings_of(mends)), mends)


def mend_paste(
    session: Session,
    actor: Actor,
    paste_id: int,
    lines: Collection[int],
    mend: Mend | None,
    now: datetime,
    expected: Expected = None,
) -> Paste:
    """Say what becomes of lines, or with None take back what was said of them.

    Of several lines the first one is the heading, and the others follow it.

    Raises:
        NotFound: there is no such paste.
        Stale: it is of another version than `expected`.
        WrongState: it is loaded.
    """
    paste = _lock(session, paste_id, expected)
    mends = {line: said for line, said in mends_of(paste).items() if line not in lines}
    if mend is not None and lines:
        mends |= dict.fromkeys([min(lines)] if mend is Mend.HEADING else lines, mend)
    _set_mends(paste, mends)
    said = {"mend": mend, "n_lines": len(lines), "line": min(lines, default=None)}
    _record(session, actor, Verb.MEND_PASTE, paste, now, said)
    return paste


def change_text(
    session: Session,
    actor: Actor,
    paste_id: int,
    text: str,
    now: datetime,
    expected: Expected = None,
) -> Paste:
    """Set another text; what was said of lines before and behind the changed ones stays.

    Raises as `mend_paste` and `keep_paste`.
    """
    paste = _lock(session, paste_id, expected)
    _check_text(text)
    _set_mends(paste, _moved(mends_of(paste), numbered_lines(paste.text), numbered_lines(text)))
    said = {"n_characters": len(text)}
    paste.text = text
    _record(session, actor, Verb.CHANGE_PASTE, paste, now, said)
    return paste


def discard_paste(
    session: Session, actor: Actor, paste_id: int, now: datetime, expected: Expected = None
) -> None:
    """Delete a paste; what was loaded from it stays.

    Raises:
        NotFound: there is no such paste.
        Stale: it is of another version than `expected`.
    """
    paste = _locked(session, paste_id, expected)
    session.delete(paste)
    record_step(session, actor, Verb.DISCARD_PASTE, "paste", now, target_id=paste_id)


def load_paste(
    session: Session,
    actor: Actor,
    paste_id: int,
    issued_on: date | None,
    now: datetime,
    expected: Expected = None,
) -> Issue:
    """Load a paste as a new draft of this day, else of its own, else of today where we publish.

    Raises as `load` and `mend_paste`.
    """
    paste = _lock(session, paste_id, expected)
    digest = digest_of(paste)
    today = local_day(get_publication(session).time_zone, now)
    day = issued_on or digest.issued_on or today
    issue = load(session, actor, digest, issued_on=day, now=now).issues[0]
    _is_loaded(paste, issue, now)
    return issue


def load_paste_into(
    session: Session,
    actor: Actor,
    paste_id: int,
    issue_id: int,
    mode: Mode,
    now: datetime,
    expected: Expected = None,
) -> Issue:
    """Load a paste into a draft that is there.

    Raises as `load_into` and `mend_paste`.
    """
    paste = _lock(session, paste_id, expected)
    made = load_into(session, actor, issue_id, digest_of(paste), mode, now)
    _is_loaded(paste, made.loaded.issues[0], now)
    return made.loaded.issues[0]


def titles_there(session: Session, issue_id: int, digest: Digest) -> list[str]:
    """Return the titles of a digest that an Issue has already, whatever their case."""
    there = {title_key(story.title) for story in stories_of(session, issue_id)}
    return [story.title for story in digest.stories if title_key(story.title) in there]


def forget_loaded(session: Session, now: datetime) -> None:
    """Delete the pastes that were loaded LOADED_KEPT ago."""
    session.execute(delete(Paste).where(Paste.loaded_at < now - LOADED_KEPT))


def _lock(session: Session, paste_id: int, expected: Expected) -> Paste:
    """Return the paste, locked, if it is of a version that is expected and not loaded yet."""
    paste = _locked(session, paste_id, expected)
    if paste.loaded_at is not None:
        raise WrongState("This text is loaded already: go on in its issue.")
    return paste


def _locked(session: Session, paste_id: int, expected: Expected) -> Paste:
    query = select(Paste).where(Paste.id == paste_id).with_for_update()
    paste = session.scalar(query.execution_options(populate_existing=True))
    if paste is None:
        return get_paste(session, paste_id)
    if expected is not None and paste.version not in expected:
        raise Stale("Somebody changed it meanwhile. Look at it again.", version=paste.version)
    return paste


def _record(
    session: Session,
    actor: Actor,
    verb: Verb,
    paste: Paste,
    now: datetime,
    said: Mapping[str, Any],
) -> None:
    target = {"target_id": paste.id, "issue_id": paste.issue_id}
    record_step(session, actor, verb, "paste", now, after=said, **target)


def _check_text(text: str) -> None:
    if not text.strip():
        raise InvalidInput("There is no text in it.", [FieldError("/text", "is empty")])
    if "\0" in text:
        wrong = [FieldError("/text", "holds a NUL character")]
        raise InvalidInput("It is binary, not text.", wrong)
    if len(text.encode(errors="replace")) > MAX_BYTES:
        raise TooLarge(Sentence("The digest is larger than %(n_bytes)s bytes.", n_bytes=MAX_BYTES))


def _set_mends(paste: Paste, mends: Mapping[int, Mend]) -> None:
    paste.mends = {str(line): mend.value for line, mend in mends.items()}
    paste.version += 1


def _is_loaded(paste: Paste, issue: Issue, now: datetime) -> None:
    paste.loaded_at, paste.issue_id = now, issue.id
    paste.version += 1


def _moved(
    mends: Mapping[int, Mend], before: Sequence[str], after: Sequence[str]
) -> dict[int, Mend]:
    """Return what was said of the lines that both texts begin and end with, renumbered."""
    n_first = _n_alike(before, after)
    rest, other = before[n_first:], after[n_first:]
    n_last = _n_alike(rest[::-1], other[::-1])
    shift, behind = len(after) - len(before), len(before) - n_last
    first = {line: mend for line, mend in mends.items() if line <= n_first}
    return first | {line + shift: mend for line, mend in mends.items() if line > behind}


def _n_alike(some: Sequence[str], others: Sequence[str]) -> int:
    """Return how many lines are the same from the first one on."""
    pairs = enumerate(zip(some, others, strict=False))
    return next((n for n, (one, other) in pairs if one != other), min(len(some), len(others)))
