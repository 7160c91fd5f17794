"""PostgreSQL: whether it answers, is new and safe enough, and has what this version needs."""

from collections.abc import Iterator
from typing import Final

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from app.db.migrate import ENCODING, OLDEST_SERVER, head
from app.db.session import transaction
from app.doctor.findings import Finding, ok, warning, wrong
from app.doctor.subject import Subject
from app.sentences import Sentence

_EXTENSIONS: Final = ("unaccent",)

_SAFE: Final = ("fsync", "full_page_writes")
"""Without these a power cut may lose who was written to, and they would be written to again."""


def examine_database(subject: Subject) -> Iterator[Finding]:
    """Look at PostgreSQL; what follows from its not answering is left out."""
    try:
        with transaction(subject.sessions) as session:
            found = list(_of_server(session))
    except SQLAlchemyError as error:
        yield wrong(
            "database",
            Sentence("PostgreSQL does not answer: %(error)s.", error=type(error).__name__),
            Sentence("Look at DEVOURED_DATABASE_URL, and whether the server runs."),
        )
        return
    yield ok("database", Sentence("PostgreSQL answers."))
    yield from found


def _of_server(session: Session) -> Iterator[Finding]:
    yield _version(session)
    yield _extensions(session)
    yield from _settings(session)
    yield _migrations(session)


def _version(session: Session) -> Finding:
    number = int(session.scalars(text("SHOW server_version_num")).one())
    return judge_version(number, str(session.scalars(text("SHOW server_version")).one()))


def judge_version(number: int, name: str) -> Finding:
    """Judge a version by its number, as 180001, and its name, as `18.1`."""
    if number < OLDEST_SERVER:
        return wrong(
            "database_version",
            Sentence("PostgreSQL is %(version)s, which is too old.", version=name),
            Sentence("Upgrade it to 18 or newer: on an older one nobody can sign up."),
        )
    return ok("database_version", Sentence("PostgreSQL is %(version)s.", version=name))


def _extensions(session: Session) -> Finding:
    there = set(session.scalars(text("SELECT extname FROM pg_extension")))
    lacking = sorted(set(_EXTENSIONS) - there)
    if lacking:
        return wrong(
            "database_extensions",
            Sentence("The database lacks the extension %(names)s.", names=lacking),
            Sentence(
                "Install PostgreSQL's contrib package, then run CREATE EXTENSION as an"
                " administrator of the database."
            ),
        )
    return ok("database_extensions", Sentence("The extensions are there."))


def _settings(session: Session) -> Iterator[Finding]:
    code = "database_settings"
    unsafe = [name for name in _SAFE if _shown(session, name) == "off"]
    if unsafe:
        yield wrong(
            code,
            Sentence("PostgreSQL runs with %(names)s off.", names=unsafe),
            Sentence("Turn it on: after a power cut readers could be written to twice."),
        )
    if session.scalars(text("SELECT pg_is_in_recovery()")).one():
        yield wrong(
            code,
            Sentence("PostgreSQL is a replica, and takes no writes."),
            Sentence("Let DEVOURED_DATABASE_URL name the primary."),
        )
    encoding = _shown(session, "server_encoding")
    if encoding != ENCODING:
        yield wrong(
            code,
            Sentence("The database is in %(encoding)s.", encoding=encoding),
            Sentence("Make a database in UTF8 and move everything there."),
        )
    if _shown(session, "autovacuum") == "off":
        yield warning(
            code,
            Sentence("PostgreSQL runs with autovacuum off: it grows and slows down."),
            Sentence("Turn autovacuum on."),
        )
    elif not unsafe:
        yield ok(code, Sentence("PostgreSQL's settings are safe."))


def _shown(session: Session, name: str) -> str:
    found = session.scalars(text("SELECT current_setting(:name)"), {"name": name}).one()
    return str(found)


def _migrations(session: Session) -> Finding:
    has_any = session.scalars(text("SELECT to_regclass('alembic_version') IS NOT NULL")).one()
    at = None
    if has_any:
        at = session.scalars(text("SELECT version_num FROM alembic_version")).one_or_none()
    if at == head():
        return ok("migrations", Sentence("The database is at %(at)s, the newest.", at=str(at)))
    return wrong(
        "migrations",
        Sentence(
            "The database is at %(at)s, and this version needs %(head)s.",
            at=at or Sentence("no migration"),
            head=head(),
        ),
        Sentence("Run devoured migrate with this version; where it is newer, upgrade this one."),
    )
