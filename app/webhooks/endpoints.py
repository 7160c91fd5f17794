"""Webhooks as an admin makes and changes them: an address, kinds of event, and a secret.

Each is a command in the caller's transaction, which the API, the command line and the desk call.
"""

import secrets
from base64 import b64encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.actors import Actor, Verb
from app.audit import fields_of, record
from app.db.session import enqueue_after_commit
from app.delivery.alone import forget_setbacks
from app.errors import AlreadyExists, FieldError, InvalidInput, NotFound, WrongState
from app.models import DisabledBecause, OutboxKind, Webhook
from app.sealing import is_under_first, seal, unseal
from app.sentences import N_, Sentence
from app.web_addresses import is_web_address, web_parts
from app.webhooks.fan_out import read_on
from app.webhooks.record import setback_of

MAX_WEBHOOKS: Final = 20
"""So many there may be: each entry of the outbox is written once more for each of them."""

OVERLAP: Final = timedelta(hours=24)
"""So long the former secret signs beside a new one."""

_SECRET_BYTES: Final = 32


@dataclass(frozen=True, repr=False)
class Rules:
    """What a webhook is made with: the signing keys, and whether plain http is ever taken."""

    keys: Sequence[str]
    takes_http: bool


def add_webhook(
    session: Session,
    actor: Actor,
    url: str,
    kinds: Iterable[OutboxKind],
    rules: Rules,
    now: datetime,
) -> tuple[Webhook, str]:
    """Return a new webhook and its secret, which cannot be had again; no kinds: all of them.

    It is told of what is committed from now on.

    Raises:
        InvalidInput: the address is none that may be told, or there are as many as there may be.
        AlreadyExists: there is one of that address.
    """
    _check_url(session, url, rules)
    if session.scalar(select(func.count()).select_from(Webhook)) == MAX_WEBHOOKS:
        raise InvalidInput(Sentence("There are %(n)s webhooks already, the most.", n=MAX_WEBHOOKS))
    read_on(session)
    secret = _new_secret()
    webhook = Webhook(url=url, kinds=_words(kinds), secret=seal(rules.keys, secret), created_at=now)
    session.add(webhook)
    record(session, actor, Verb.ADD_WEBHOOK, webhook, now)
    return webhook, secret


def change_webhook(
    session: Session,
    actor: Actor,
    webhook_id: int,
    rules: Rules,
    now: datetime,
    *,
    url: str | None = None,
    kinds: Iterable[OutboxKind] | None = None,
) -> Webhook:
    """Change where it is or what it is told of; what is None stays. Raises as `add_webhook`."""
    webhook = get_webhook(session, webhook_id, lock=True)
    before = fields_of(webhook)
    if url is not None and url != webhook.url:
        _check_url(session, url, rules)
        webhook.url = url
        webhook.n_failures, webhook.failing_since, webhook.rests_until = 0, None, None
    if kinds is not None:
        webhook.kinds = _words(kinds)
    record(session, actor, Verb.CHANGE_WEBHOOK, webhook, now, before=before)
    return webhook


def rotate_secret(
    session: Session, actor: Actor, webhook_id: int, rules: Rules, now: datetime
) -> tuple[Webhook, str]:
    """Return the webhook and its new secret; for a day the former one signs beside it."""
    webhook = get_webhook(session, webhook_id, lock=True)
    secret = _new_secret()
    webhook.former_secret, webhook.former_until = webhook.secret, now + OVERLAP
    webhook.secret = seal(rules.keys, secret)
    webhook.rests_until = None
    record(session, actor, Verb.ROTATE_WEBHOOK, webhook, now)
    return webhook, secret


def disable_webhook(session: Session, actor: Actor, webhook_id: int, now: datetime) -> Webhook:
    """Tell it nothing until it is enabled; what waits goes on waiting, what comes passes it by."""
    webhook = get_webhook(session, webhook_id, lock=True)
    if webhook.disabled_at is None:
        before = fields_of(webhook)
        webhook.disabled_at, webhook.disabled_because = now, DisabledBecause.PERSON
        record(session, actor, Verb.DISABLE_WEBHOOK, webhook, now, before=before)
    return webhook


def enable_webhook(session: Session, actor: Actor, webhook_id: int, now: datetime) -> Webhook:
    """Tell it again: what still waits, and what is committed from now on."""
    webhook = get_webhook(session, webhook_id, lock=True)
    if webhook.disabled_at is not None:
        read_on(session)
        before = fields_of(webhook)
        webhook.disabled_at = webhook.disabled_because = None
        webhook.n_failures, webhook.failing_since, webhook.rests_until = 0, None, None
        forget_setbacks(session, [setback_of(webhook.id)])
        record(session, actor, Verb.ENABLE_WEBHOOK, webhook, now, before=before)
        enqueue_after_commit(session, "tell_webhooks")
    return webhook


def remove_webhook(session: Session, actor: Actor, webhook_id: int, now: datetime) -> None:
    """Remove it: it is told nothing more, and its secret is gone.

    Its messages and attempts may be millions, and go a page at a time (`messages.forget_removed`).
    """
    webhook = get_webhook(session, webhook_id, lock=True)
    forget_setbacks(session, [setback_of(webhook.id)])
    record(
        session,
        actor,
        Verb.REMOVE_WEBHOOK,
        webhook,
        now,
        before=fields_of(webhook),
        after={},
    )
    session.delete(webhook)


def all_webhooks(session: Session) -> Sequence[Webhook]:
    """Return every webhook, the oldest first."""
    return session.scalars(select(Webhook).order_by(Webhook.id)).all()


def get_webhook(session: Session, webhook_id: int, *, lock: bool = False) -> Webhook:
    """Return a webhook, for a change with its row locked; NotFound if there is none."""
    webhook = session.get(Webhook, webhook_id, with_for_update=lock, populate_existing=lock)
    if webhook is None:
        raise NotFound(Sentence("There is no webhook %(webhook)s.", webhook=webhook_id))
    return webhook


def refuse_disabled(webhook: Webhook) -> None:
    """Raise WrongState where it is told nothing."""
    if webhook.disabled_at is not None:
        raise WrongState("This webhook is stopped. Let it go on first.", ["enable"])


def seal_anew(session: Session, keys: Sequence[str]) -> None:
    """Put secrets under the signing key that is the first now, so that former ones may go."""
    for webhook in session.scalars(select(Webhook).with_for_update(skip_locked=True)):
        webhook.secret = _under_first(keys, webhook.secret)
        if webhook.former_secret is not None:
            webhook.former_secret = _under_first(keys, webhook.former_secret)


def _under_first(keys: Sequence[str], sealed: bytes) -> bytes:
    if is_under_first(keys, sealed):
        return sealed
    opened = unseal(keys, sealed)
    return sealed if opened is None else seal(keys, opened)


def _new_secret() -> str:
    """Return 256 random bits as the Standard Webhooks specification spells a secret."""
    return "whsec_" + b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()


def _words(kinds: Iterable[OutboxKind]) -> list[str]:
    return sorted({one.value for one in kinds})


def check_address(url: str, *, takes_http: bool) -> None:
    """Raise InvalidInput where this is no address that a webhook may have; it asks nobody."""
    parts = web_parts(url) if is_web_address(url) else None
    if parts is None or "@" in parts.netloc or parts.fragment or not _has_port(url):
        raise _refused(N_("must be a web address, as https://hooks.example.org/devoured"))
    if parts.scheme == "http" and not takes_http:
        raise _refused(N_("must begin with https://, outside your own networks"))


def _check_url(session: Session, url: str, rules: Rules) -> None:
    check_address(url, takes_http=rules.takes_http)
    if session.scalar(select(Webhook.id).where(Webhook.url == url)) is not None:
        raise AlreadyExists("There is a webhook of this address already.")


def _has_port(url: str) -> bool:
    """Return whether the port of an address, if it names one, is a port."""
    parts = web_parts(url)
    try:
        return parts is not None and parts.port != 0
    except ValueError:
        return False


def _refused(why: str) -> InvalidInput:
    detail = Sentence(why)
    return InvalidInput(
        Sentence("The address %(fault)s.", fault=detail), [FieldError("/url", detail)]
    )
