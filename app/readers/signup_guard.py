"""The signup guard: refuse addresses and limit networks, for sign-ups from anywhere."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import structlog
from disposable_email_domains import blocklist
from sqlalchemy import Engine

from app.addresses import Address, parse_address
from app.db.session import EnqueueNow
from app.errors import FieldError, InvalidInput, TooMany
from app.readers.limits import LimitKind, LimitReached, Limits, PerHour
from app.readers.proof import Proofs
from app.sentences import N_
from app.settings import Settings
from app.tokens import Signer

_ROLES: Final = (
    "abuse admin administrator billing contact ftp help hostmaster info it jobs list mail marketing"
    " noc noreply no-reply office postmaster press privacy registrar root sales security service"
    " spam support sysadmin tech usenet uucp webmaster www"
)
ROLES: Final = frozenset(_ROLES.split())
"""Mailboxes of a task, which several people read. Source: RFC 2142, and what firms add to it."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, repr=False)
class SignupGuard:
    """What a process needs to judge sign-ups and to write them down."""

    engine: Engine
    enqueue_soon: EnqueueNow
    limits: Limits
    proofs: Proofs
    allow_reserved: bool
    refuse_disposable: bool
    refuse_roles: bool

    def address(self, raw: str) -> Address:
        """Return the address that was typed, if we take such ones.

        Raises:
            InvalidInput: with a sentence for the person who typed it.
        """
        address = parse_address(raw, allow_reserved=self.allow_reserved)
        local, _, domain = address.key.rpartition("@")
        if self.refuse_disposable and _is_disposable(domain):
            raise _not_taken("Please use an address that you will still have tomorrow.")
        if self.refuse_roles and local.partition("+")[0] in ROLES:
            raise _not_taken("Please use an address of your own, not one that several people read.")
        return address

    def admit(self, address: Address, client: str | None) -> bool:
        """Return whether the address may be written to; the answer is the same if not.

        `client` is the network address that asks, if it is known. What is asked for is written
        down in either case (`is_limited`): the time that takes must not tell.

        Ask outside any transaction: it asks Valkey.

        Raises:
            TooMany: for the network or the domain; it says for how long.
        """
        spent = self.limits.take(address, client)
        if spent is None:
            return True
        if spent.bound is LimitKind.MAILBOX:
            return False  # logged by the worker that finds nothing to do: a line takes time, too
        raise self._too_many(spent)

    def admit_network(self, client: str | None) -> None:
        """Count a request that names no address; ask outside any transaction, as `admit`.

        Raises:
            TooMany: for the network; it says for how long.
        """
        spent = self.limits.take(None, client)
        if spent is not None:
            raise self._too_many(spent)

    def _too_many(self, spent: LimitReached) -> TooMany:
        _log.info("signup_limited", bound=spent.bound)
        sentence = (
            N_("There were many sign-ups to this mail domain just now. Please try again later.")
            if spent.bound is LimitKind.DOMAIN
            else N_("There were many sign-ups from your network just now. Please try again later.")
        )
        return TooMany(sentence, spent.wait_seconds, self.limits.per_hour.told(spent))


def make_signup_guard(
    settings: Settings,
    engine: Engine,
    signer: Signer,
    limits_of: Callable[[PerHour], Limits],
    enqueue_soon: EnqueueNow,
) -> SignupGuard:
    """Return the guard for these settings."""
    per_hour = PerHour(
        mailbox=settings.signups_per_address,
        network=settings.signups_per_network,
        site=settings.signups_per_site,
        domain=settings.signups_per_domain,
    )
    limits, pepper = limits_of(per_hour), settings.pepper
    return SignupGuard(
        engine=engine,
        enqueue_soon=enqueue_soon,
        limits=limits,
        proofs=Proofs(settings.proof_rounds, pepper, signer, limits),
        allow_reserved=settings.environment == "local",
        refuse_disposable=settings.refuse_disposable,
        refuse_roles=settings.refuse_roles,
    )


def _is_disposable(domain: str) -> bool:
    """Return whether this domain, or a parent of it, gives out mailboxes for ten minutes."""
    labels = domain.split(".")
    return any(".".join(labels[n:]) in blocklist for n in range(len(labels) - 1))


def _not_taken(sentence: str) -> InvalidInput:
    return InvalidInput(sentence, [FieldError("/address", sentence)])
