"""The door: all that a sign-up passes before it is written down, whoever brings it.

The API and the pages use the very same one, so that neither is the weaker way in.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import parse_qs

import structlog
from disposable_email_domains import blocklist
from sqlalchemy import Connection
from sqlalchemy.orm import Session

from app.addresses import Address, parse_address
from app.enums import ConsentSource
from app.errors import FieldError, InvalidInput, TooMany
from app.readers.asks import ask_sign_up
from app.readers.consent import Origin, network_of
from app.readers.limits import Bound, Limits, PerHour
from app.readers.proof import Proofs
from app.readers.signup import Wish
from app.settings import Settings
from app.tokens import Signer

TRAP: Final = "website"
"""The field of a form that no person sees: who fills it in has to bring a proof of work."""

_ROLES: Final = (
    "abuse admin administrator billing contact ftp help hostmaster info it jobs list mail marketing"
    " noc noreply no-reply office postmaster press privacy registrar root sales security service"
    " spam support sysadmin tech usenet uucp webmaster www"
)
ROLES: Final = frozenset(_ROLES.split())
"""Mailboxes of a task, which several people read. Source: RFC 2142, and what firms add to it."""

_MAX_FIELDS: Final = 100

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Caller:
    """Who brings a sign-up: the door's side it comes to, and the client's address if known.

    `wording` is the SHA-256, in hex, of the text that the form says it showed.
    """

    source: ConsentSource
    client: str | None
    wording: str = ""

    @property
    def origin(self) -> Origin:
        """Return what is stored of it with the consent."""
        return Origin(self.source, network_of(self.client), _digest(self.wording))


@dataclass(frozen=True, repr=False)
class SignupGuard:
    """What sign-ups are judged with in one process."""

    signer: Signer
    limits: Limits
    proofs: Proofs
    pepper: str
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
        if spent.bound is Bound.MAILBOX:
            return False  # logged by the worker that finds nothing to do: a line takes time, too
        _log.info("signup_limited", bound=spent.bound)
        if spent.bound is Bound.DOMAIN:
            raise TooMany(
                "There were many sign-ups to this mail domain just now. Please try again later.",
                spent.wait_seconds,
            )
        raise TooMany(
            "There were many sign-ups from your network just now. Please try again later.",
            spent.wait_seconds,
        )

    def enter(
        self,
        run: Session | Connection,
        wish: Wish,
        caller: Caller,
        now: datetime,
        *,
        is_limited: bool,
    ) -> None:
        """Write the sign-up down, as `ask_sign_up`; the caller enqueues `answer_asks`."""
        ask_sign_up(run, wish, caller.origin, now, is_limited=is_limited)


def make_signup_guard(
    settings: Settings, signer: Signer, limits_of: Callable[[PerHour], Limits]
) -> SignupGuard:
    """Return the Door for these settings."""
    per_hour = PerHour(
        mailbox=settings.signups_per_address,
        network=settings.signups_per_network,
        site=settings.signups_per_site,
        domain=settings.signups_per_domain,
    )
    limits, pepper = limits_of(per_hour), settings.address_pepper.get_secret_value()
    return SignupGuard(
        signer=signer,
        limits=limits,
        proofs=Proofs(settings.proof_rounds, pepper, signer, limits),
        pepper=pepper,
        allow_reserved=settings.environment == "local",
        refuse_disposable=settings.refuse_disposable,
        refuse_roles=settings.refuse_roles,
    )


def form_fields(body: bytes) -> Mapping[str, list[str]]:
    """Return the fields of an urlencoded form, each with its values.

    Raises:
        InvalidInput: it is no such form, or has more than a hundred fields.
    """
    try:
        return parse_qs(
            body.decode(), keep_blank_values=True, max_num_fields=_MAX_FIELDS, errors="strict"
        )
    except ValueError:
        raise InvalidInput("The form cannot be read.", [FieldError("", "is no form")]) from None


def _is_disposable(domain: str) -> bool:
    """Return whether this domain, or a parent of it, gives out mailboxes for ten minutes."""
    labels = domain.split(".")
    return any(".".join(labels[n:]) in blocklist for n in range(len(labels) - 1))


def _not_taken(sentence: str) -> InvalidInput:
    return InvalidInput(sentence, [FieldError("/address", sentence)])


def _digest(text: str) -> bytes | None:
    """Return the bytes of a SHA-256 in hex; None for anything else."""
    try:
        digest = bytes.fromhex(text)
    except ValueError:
        return None
    return digest if len(digest) == 32 else None  # noqa: PLR2004  # what SHA-256 makes
