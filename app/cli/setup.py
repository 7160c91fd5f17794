"""`devoured setup`: what a new publication needs, asked for or given, and the first person."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import datetime, time
from typing import Annotated, Any, Final

import typer
from sqlalchemy.orm import Session

from app.access.rights import Role
from app.access.sign_in import hand_out_link
from app.access.users import add_user, admins, find_user
from app.actors import CLI
from app.addresses import parse_address
from app.cli.command import one_transaction
from app.cli.failures import BadInput
from app.cli.output import examples, note, say
from app.cli.publication import days, read_weekdays
from app.container import Container
from app.db.migrate import current, head, upgrade
from app.errors import AppError
from app.models import Publication
from app.publication.categories import add_category, categories_by_name, open_categories
from app.publication.names import name_key
from app.publication.publication import get_publication, set_publication
from app.settings import Settings, load_settings
from app.transports.headers import domain_of_mailbox, split_mailbox, written_mailbox

app = typer.Typer()

_MADE_FROM: Final = "Devoured <digest@devoured.example>"
"""Whom the first migration has mail come from: nobody has set up the publication yet."""


@dataclass
class _Answers:
    """What was given; None for what was not. `admin` is `Name <address>`."""

    name: str | None = None
    from_address: str | None = None
    postal_address: str | None = None
    time_zone: str | None = None
    send_time: str | None = None
    weekdays: str | None = None
    categories: str | None = None
    admin: str | None = None


_QUESTIONS: Final = {
    "name": "What is the publication called?",
    "from_address": "Which address is its mail from?",
    "postal_address": "Which postal address stands in every mail?",
    "time_zone": "On whose clocks are its hours, as Europe/Vienna?",
    "send_time": "When does it send, as 07:00?",
    "weekdays": "On which days, as mon,tue,wed,thu,fri?",
    "categories": "Which categories can readers choose, by commas?",
    "admin": "Who are you, as Ada <ada@example.com>?",
}


@app.command(
    epilog=examples(
        "devoured setup",
        'devoured setup --name "The morning paper" --from digest@example.org'
        ' --postal-address "1 Reading Lane, 1010 Vienna" --time-zone Europe/Vienna'
        ' --category AI --category DevOps --admin "Ada <ada@example.org>"',
    ),
)
def setup(
    *,
    name: Annotated[str | None, typer.Option(help="The publication's name.")] = None,
    from_address: Annotated[
        str | None, typer.Option("--from", metavar="ADDRESS", help="Who its mail is from.")
    ] = None,
    postal_address: Annotated[str | None, typer.Option(help="Stands in every mail.")] = None,
    time_zone: Annotated[str | None, typer.Option(help="As in Europe/Vienna.")] = None,
    send_time: Annotated[
        str | None, typer.Option(metavar="HH:MM", help="When it sends, on its clocks.")
    ] = None,
    weekdays: Annotated[
        str | None, typer.Option(metavar="mon,tue,…", help="On which days it sends.")
    ] = None,
    category: Annotated[
        list[str] | None, typer.Option(help="What readers can choose; may be given often.")
    ] = None,
    admin: Annotated[
        str | None, typer.Option(metavar="Name <address>", help="The first person at the desk.")
    ] = None,
) -> None:
    """Set up a new publication: five questions, the first person, and what to do next.

    In a terminal it asks for what is not given, and Enter keeps what is there. Elsewhere it takes
    the options alone and says which are missing. Once more changes only what is answered anew. It
    migrates an empty database, and prints a link that signs the person in.
    """
    settings = load_settings()
    _migrate_an_empty_database(settings)
    wanted = ",".join(category) if category else None
    given = _Answers(
        name, from_address, postal_address, time_zone, send_time, weekdays, wanted, admin
    )
    asks = sys.stdin.isatty()
    with one_transaction() as (session, now, container):
        link = _take(session, given, now, container)
        if not asks and (missing := list(_missing(session, given))):
            raise BadInput(f"Say these too: {', '.join(missing)}. See devoured setup --help.")
    if asks:
        link = _ask_for_the_rest(given) or link
    _say_what_is_next(settings)
    if link:
        note("This link signs you in at the desk, once, within 24 hours:")
        say(link)


def _migrate_an_empty_database(settings: Settings) -> None:
    if current(settings.database_url) is None:
        upgrade(settings.database_url)
        note(f"The database was empty; it is at {head()} now.")


def _take(session: Session, given: _Answers, now: datetime, container: Container) -> str:
    """Do what is given, in the caller's transaction; return the person's link, if one is given.

    Raises:
        BadInput, AppError: an answer cannot be taken; says why.
    """
    publication = get_publication(session)
    changes = _changes(given, publication)
    if changes:
        set_publication(session, CLI, changes, now, allow_reserved=container.allow_reserved)
    for name in (given.categories or "").split(","):
        if name.strip() and name_key(name) not in categories_by_name(session):
            add_category(session, CLI, name, now=now)
            session.flush()
    return _link_of(session, given.admin, now, container) if given.admin else ""


def _changes(given: _Answers, publication: Publication) -> dict[str, Any]:
    """Return the fields of the publication that are given and differ, as it is to have them."""
    changes: dict[str, Any] = {
        "name": given.name,
        "postal_address": given.postal_address,
        "time_zone": given.time_zone,
        "send_time": None if given.send_time is None else _clock(given.send_time),
        "weekdays": None if given.weekdays is None else read_weekdays(given.weekdays),
    }
    if given.from_address is not None:
        name, address = split_mailbox(given.from_address)
        shown = name or given.name or publication.name
        changes["from_address"] = written_mailbox(shown, address)
    return {
        field: value
        for field, value in changes.items()
        if value is not None and value != getattr(publication, field)
    }


def _clock(text: str) -> time:
    try:
        return datetime.strptime(text.strip(), "%H:%M").time()  # noqa: DTZ007  # on its clocks
    except ValueError:
        raise BadInput(f"“{text}” is no time of day; write it as 07:00.") from None


def _link_of(session: Session, admin: str, now: datetime, container: Container) -> str:
    """Return a link for the person of this address, who becomes an admin if they are new."""
    name, typed = split_mailbox(admin)
    address = parse_address(typed, allow_reserved=container.allow_reserved)
    user = find_user(session, address)
    if user is None:
        shown = name or address.text.partition("@")[0]
        user = add_user(session, CLI, shown, address, [Role.ADMIN], now)
        session.flush()
    return hand_out_link(session, CLI, user.id, container.settings.base_url, now)


def _missing(session: Session, given: _Answers) -> Iterator[str]:
    """Yield the options without which there is no publication yet, after what was given."""
    publication = get_publication(session)
    if publication.from_address == _MADE_FROM:
        yield from ("--from",) if given.name else ("--name", "--from")
    if not publication.postal_address.strip():
        yield "--postal-address"
    if not open_categories(session):
        yield "--category"
    if not admins(session):
        yield "--admin"


def _ask_for_the_rest(given: _Answers) -> str:
    """Ask for what was not given, and do each answer at once; return the person's link, if any."""
    link = ""
    for one in fields(_Answers):
        if getattr(given, one.name) is None:
            with one_transaction() as (session, _, _container):
                default, is_needed = _standing(session, one.name)
            link = _ask(one.name, default, is_needed=is_needed) or link
    return link


def _standing(session: Session, field: str) -> tuple[str, bool]:
    """Return what is there for a question already, and whether it has to be answered."""
    row = get_publication(session)
    is_new = row.from_address == _MADE_FROM
    match field:
        case "name" | "from_address":
            return ("" if is_new else getattr(row, field)), is_new
        case "send_time":
            return f"{row.send_time:%H:%M}", False
        case "weekdays":
            return days(row.weekdays), False
        case "categories":
            names = ", ".join(one.name for one in open_categories(session))
            return names, not names
        case "admin":
            return "", not admins(session)
        case _:
            return getattr(row, field), not getattr(row, field)


def _ask(field: str, default: str, *, is_needed: bool) -> str:
    """Ask until the answer can be taken; Enter keeps what is there."""
    while True:
        # Written like a notice: what a pipe gets is the link alone.
        answer = typer.prompt(
            _QUESTIONS[field], default=default, show_default=bool(default), err=True
        ).strip()
        if not answer and is_needed:
            continue
        if not answer or answer == default:
            return ""
        try:
            return _answer(field, answer)
        except (AppError, BadInput) as error:
            note(str(error))


def _answer(field: str, answer: str) -> str:
    with one_transaction() as (session, now, container):
        return _take(session, _Answers(**{field: answer}), now, container)


def _say_what_is_next(settings: Settings) -> None:
    """Say what is left to do, in its order."""
    with one_transaction() as (session, *_):
        publication = get_publication(session)
        names = [one.name for one in open_categories(session)]
    note(
        f"“{publication.name}” sends {', '.join(names)} at {publication.send_time:%H:%M}"
        f" ({publication.time_zone}): {days(publication.weekdays)}."
    )
    note("What is next:")
    for place, line in enumerate(_next_steps(settings, publication), start=1):
        note(f"  {place}. {line}")


def _next_steps(settings: Settings, publication: Publication) -> Iterator[str]:
    domain = domain_of_mailbox(publication.from_address)
    yield "Start devoured serve, devoured worker and devoured beat, if they do not run yet."
    if settings.transport == "ses":
        yield f"In SES, verify {domain} with DKIM, and publish DMARC: docs/ses.md, docs/dns.md."
        if not (settings.events_queue_url or settings.sns_topics):
            yield "Connect SES's events, so that bounces are heard: docs/ses.md, devoured aws plan."
    yield "devoured doctor says what is still amiss, and what mends it."
    yield f"Open the desk at {settings.base_url}/desk, and paste or load the first digest."
    yield f"Let readers sign up at {settings.base_url}/."
