"""Sign up: one call for forms and the API, so that neither is held to less than the other."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import parse_qs

from sqlalchemy import Connection
from sqlalchemy.orm import Session

from app.addresses import Address
from app.db.session import single_statements
from app.enums import ConsentSource, Depth
from app.errors import FieldError, InvalidInput
from app.language import known
from app.publication.zones import check_hour, check_zone
from app.readers.asks import ask_sign_up
from app.readers.consent import Origin, network_of
from app.readers.signup import SignupFields
from app.readers.signup_guard import SignupGuard

TRAP: Final = "website"
"""The field of a form that no person sees: who fills it in has to bring a proof of work."""

_MAX_FIELDS: Final = 100

Write = Callable[[Session | Connection], None]
"""What writes the sign-up down, in one statement."""


@dataclass(frozen=True, kw_only=True, repr=False)
class SignupRequest:
    """A sign-up as it was sent.

    Without `categories`, given by their slugs, it is for all of them. `hour` is 0 to 23, on the
    clocks of `time_zone`; without them issues come by the publication's. `language` is a BCP 47 tag
    of what they read; mails to them are said in it where they can be. `client` is the network
    address it came from, if known. `wording` is the SHA-256, in hex, of the consent text that the
    form says it showed. `trap` is what stands in the field that no person sees, `proof` a solved
    challenge, `patience` the mark of a form that waited instead.
    """

    address: str
    categories: Sequence[str] | None = None
    depth: Depth = Depth.BRIEF
    hour: int | None = None
    time_zone: str | None = None
    language: str = ""
    source: ConsentSource
    client: str | None
    wording: str = ""
    trap: str = ""
    proof: str = ""
    patience: str = ""

    @property
    def origin(self) -> Origin:
        """Return what is stored with the consent."""
        return Origin(self.source, network_of(self.client), _digest(self.wording))


class InvalidSignup(InvalidInput):
    """More than one field must be changed; `causes` has the error of each."""

    def __init__(self, causes: Sequence[InvalidInput]) -> None:
        super().__init__(
            "Some fields must be changed.", [one for cause in causes for one in cause.errors]
        )
        self.causes = tuple(causes)


def sign_up(
    guard: SignupGuard,
    request: SignupRequest,
    now: datetime,
    commit: Callable[[Write], None] | None = None,
) -> Address:
    """Write the sign-up down for a worker, and return the address as we write to it.

    The same is done, and takes the same time, whatever is known of the address: a worker looks
    that up later (`readers.answers`). Call it outside any transaction, because it asks Valkey.

    `commit` calls what it is handed within a transaction of its own, and commits; it is for who has
    more to write in the same one. Without it the sign-up is a single statement.

    Raises:
        InvalidInput: as `check_request`, or a category is not open.
        ProofNeeded: a proof of work is needed, or the one that came is not good.
        TooMany: the network or the mail domain had many sign-ups; says for how long to wait.
    """
    address = check_request(guard, request)
    guard.proofs.check(request.proof, request.patience, address, now, is_suspect=bool(request.trap))
    # A mailbox that had too many gets the same answer, after the same statement.
    is_limited = not guard.admit(address, request.client)
    fields = SignupFields(
        address,
        request.categories,
        request.depth,
        request.hour,
        request.time_zone,
        known(request.language),
    )

    def write(run: Session | Connection) -> None:
        ask_sign_up(run, fields, request.origin, now, is_limited=is_limited)

    if commit is not None:
        commit(write)
    else:
        with single_statements(guard.engine) as connection:
            write(connection)
    guard.enqueue_soon([("answer_asks", ())])
    return address


def check_request(guard: SignupGuard, request: SignupRequest) -> Address:
    """Return the address of a sign-up whose fields are right; nothing is spent or written.

    Raises:
        InvalidInput: the address, the hour or the time zone is wrong; InvalidSignup if several are.
    """
    address, causes = None, list[InvalidInput]()
    try:
        address = guard.address(request.address)
    except InvalidInput as error:
        causes.append(error)
    try:
        check_hour(request.hour)
        check_zone(guard.engine, request.time_zone)
    except InvalidInput as error:
        causes.append(error)
    if address is None or causes:
        raise causes[0] if len(causes) == 1 else InvalidSignup(causes)
    return address


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


def _digest(text: str) -> bytes | None:
    """Return the bytes of a SHA-256 in hex; None for anything else."""
    try:
        digest = bytes.fromhex(text)
    except ValueError:
        return None
    return digest if len(digest) == 32 else None  # noqa: PLR2004  # what SHA-256 makes
