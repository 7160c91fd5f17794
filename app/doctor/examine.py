"""Examine: every part of the doctor, one after another; one that fails leaves the others."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import structlog
from redis import Redis
from sqlalchemy.exc import SQLAlchemyError

from app.container import Container
from app.db.session import transaction
from app.doctor.asking import make_resolver
from app.doctor.broker import examine_broker
from app.doctor.database import examine_database
from app.doctor.findings import CODES, Finding, Level, unknown, warning, wrong
from app.doctor.machine import MACHINE, examine_machine, folders_of
from app.doctor.records import examine_pointer, examine_records
from app.doctor.site import examine_site
from app.doctor.subject import Subject
from app.doctor.sunset import examine_sunset
from app.errors import ConfigError
from app.publication.publication import get_publication
from app.sentences import Sentence
from app.setting_sources import variable_of
from app.settings import Settings
from app.smtp_urls import parse_smtp_url

if TYPE_CHECKING:
    from app.aws.clients import Clients

Part = Callable[[], Iterable[Finding]]

_SECONDS: Final = 3.0

_log = structlog.get_logger(__name__)


@contextmanager
def open_subject(container: Container) -> Iterator[Subject]:
    """Put together what is examined, and let go of it; asks the database for the sender alone."""
    settings = container.settings
    with Redis.from_url(
        settings.redis_url, socket_timeout=_SECONDS, socket_connect_timeout=_SECONDS
    ) as valkey:
        yield Subject(
            settings=settings,
            sessions=container.sessions,
            valkey=valkey,
            clock=container.clock,
            resolver=make_resolver(),
            clients=_clients(settings),
            sender=_sender(container),
            folders=_folders(settings),
        )


def examine_all(container: Container) -> list[Finding]:
    """Examine what a process's own settings and credentials lead to."""
    with open_subject(container) as subject:
        return examine(subject)


def examine(subject: Subject) -> list[Finding]:
    """Look at everything that can be looked at without sending a mail; within a minute or so.

    No transaction is open while something other than the database is asked.
    """
    parts: list[tuple[str, Part]] = [
        ("database", lambda: examine_database(subject)),
        ("broker", lambda: examine_broker(subject)),
        ("clock", lambda: examine_machine(subject)),
        ("base_url", lambda: examine_site(subject)),
    ]
    found = [one for code, part in parts for one in guarded(code, part)]
    if _is_well(found, "database"):
        found += guarded("sender", lambda: _by_sender(subject))
        found += guarded("sunset", lambda: examine_sunset(subject))
    identity: Mapping[str, Any] = {}
    if subject.clients is not None:
        of_ses, identity = _by_ses(subject, subject.clients)
        found += of_ses
    else:
        found += guarded("smtp_server", lambda: _by_smtp(subject))
    found += guarded("dns", lambda: examine_records(subject, identity))
    return in_order(found)


def in_order(found: Iterable[Finding]) -> list[Finding]:
    """Return findings as they are told, each once."""
    return sorted(dict.fromkeys(found), key=lambda one: CODES.index(one.code))


def guarded(code: str, part: Part) -> list[Finding]:
    """Return what a part finds; one that breaks is itself a finding, and logged."""
    found: list[Finding] = []
    try:
        found.extend(part())
    except Exception as error:  # noqa: BLE001  # whatever it is, the other parts are told
        _log.exception("not_examined", code=code)
        found.append(
            unknown(code, Sentence("This was not looked at: %(kind)s.", kind=type(error).__name__))
        )
    return found


def _is_well(found: Iterable[Finding], code: str) -> bool:
    return any(one.code == code and one.level is Level.OK for one in found)


def _by_ses(subject: Subject, clients: "Clients") -> tuple[list[Finding], Mapping[str, Any]]:
    # boto3 takes 25 MB and a tenth of a second, which SMTP users need not pay.
    from app.doctor.hearing import examine_hearing  # noqa: PLC0415  # as said above
    from app.doctor.identity import examine_identity  # noqa: PLC0415  # as said above
    from app.doctor.rights import examine_rights  # noqa: PLC0415  # as said above
    from app.doctor.ses import examine_ses  # noqa: PLC0415  # as said above

    found = guarded("ses_account", lambda: examine_ses(subject, clients))
    if not _is_well(found, "aws_credentials"):
        return found, {}  # AWS is not reached or knows nobody: whatever else is asked says so too
    identity: dict[str, Any] = {}

    def of_identity() -> Iterator[Finding]:
        of_it, known = examine_identity(subject, clients)
        identity.update(known)
        yield from of_it

    found += guarded("ses_identity", of_identity)
    found += guarded("ses_configuration_set", lambda: examine_hearing(subject, clients))
    found += guarded("aws_rights", lambda: examine_rights(subject, clients))
    return found, identity


def _by_smtp(subject: Subject) -> Iterator[Finding]:
    server = parse_smtp_url(subject.settings.smtp_url.get_secret_value())
    yield warning(
        "smtp_server",
        Sentence("Mail leaves by an SMTP server, which tells nothing of bounces."),
        Sentence("Read the mailbox of the sender's address, where bounces arrive."),
    )
    yield from examine_pointer(subject.resolver, server.host)


def _by_sender(subject: Subject) -> Iterator[Finding]:
    if not subject.domain:
        yield wrong(
            "sender",
            Sentence("Nothing says which address mail is sent from."),
            Sentence("Run devoured publication set --from-address."),
        )


def _clients(settings: Settings) -> "Clients | None":
    if settings.transport != "ses":
        return None
    from app.aws.clients import make_clients  # noqa: PLC0415  # boto3 is dear to import

    return make_clients(settings.aws_region)


def _sender(container: Container) -> str:
    try:
        with transaction(container.sessions) as session:
            return get_publication(session).from_address
    except (SQLAlchemyError, ConfigError):
        return ""


def _folders(settings: Settings) -> dict[str, str]:
    return {
        Sentence("this machine") if name == MACHINE else variable_of(name): path
        for name, path in folders_of(settings).items()
    }
