"""What a Transport takes and gives back: one mail for many recipients, one outcome for each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol

from app.transports.answers import Answer

RefusedKind = Literal["later", "throttled", "never", "stop", "halt", "quota", "clock", "unreached"]
"""What to do about a refusal: see `Refused`."""


@dataclass(frozen=True)
class Mail:
    """What all recipients of one call share.

    `from_address` and `reply_to` are `name@domain` or `Display Name <name@domain>`; the display
    name is plain Unicode, the transport encodes it. `subject`, `html` and `text` may hold merge
    fields, `{{key}}`; every recipient gives a value for every key. `headers` are printable ASCII,
    without the names a transport sets itself (`checks.OWN_HEADERS`). `tags` are
    `[A-Za-z0-9_-]{1,256}`, as SES wants them; a transport without tags leaves them out.
    """

    from_address: str
    subject: str
    html: str
    text: str
    reply_to: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Recipient:
    """One person of a call: where to, the values of the merge fields, headers of their own.

    A header here takes the place of the mail's header of that name. `delivery_id` goes out as a
    tag and an `X-Devoured-Delivery` header, so that events and the inbox can be held against the
    ledger; it never holds anything personal.
    """

    delivery_id: str
    address: str
    fields: Mapping[str, str]
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Accepted:
    """The provider took the message. `message_id` is its name there, or for SMTP our own."""

    message_id: str


@dataclass(frozen=True)
class Refused:
    """The provider said no: nothing was sent.

    `kind` says what to do. For this recipient: `later` (a passing fault: try again), `throttled`
    (try again, and slower), `never` (this recipient cannot be written to). For everybody:
    `unreached` (no server takes the connection: try again until one does), `stop` (this mail or its
    set-up is at fault: pause the issue), `halt` (the account is: pause it until a person has
    looked), `quota` (the account's day is used up: pause it until there is room). For this machine:
    `clock` (its clock is wrong: try again, by another worker). `code` is the provider's word for
    it; `detail` is one line without addresses, fit for a log and a page.
    `answer` says whose doing it is, where a server refused this recipient or what was written.
    """

    kind: RefusedKind
    code: str
    detail: str = ""
    answer: Answer | None = None


@dataclass(frozen=True)
class InDoubt:
    """Nobody can tell whether the provider took it: a time-out, a lost connection, a 5xx."""

    code: str
    detail: str = ""


class TransportError(Exception):
    """A provider did not answer a question; sending itself raises nothing.

    `is_final` where asking again soon is of no use: a permission is missing, or it has no such
    question. The message is a line for a log and a page, without addresses.
    """

    def __init__(self, detail: str, *, is_final: bool = False) -> None:
        super().__init__(detail)
        self.is_final = is_final


Outcome = Accepted | Refused | InDoubt


@dataclass(frozen=True)
class Quota:
    """What an account allows: recipients per second, and how many more within its day.

    `left` is None where there is no daily limit; `daily` is that limit, where it is known.
    """

    rate: float
    left: int | None = None
    daily: int | None = None


class Transport(Protocol):
    """Sends mail, with one attempt on the wire per recipient.

    Only a definite refusal of a whole call may be followed by a smaller call for the same people.
    """

    name: str
    max_recipients: int

    def call_size(self, *, one_by_one: bool) -> int:
        """Return how many recipients to hand over at once: what takes about a second at most.

        A pause, a stop and a correction wait for the call under way. `one_by_one` as in `send`.
        """
        ...

    def send(
        self,
        mail: Mail,
        recipients: Sequence[Recipient],
        *,
        attempt: int,
        opened_at: datetime,
        one_by_one: bool = False,
    ) -> list[Outcome]:
        """Send the mail and return one outcome per recipient, in their order.

        Takes at most `max_recipients`. Raises nothing: what a provider or a network does, and input
        that cannot be sent, is an outcome. `opened_at` is when the intent was committed; what is
        not on the wire 30 s later comes back as refused `later`, `stale_intent`. `attempt` counts
        from 1. `one_by_one` gives every recipient a request of their own, where the provider could
        take several at once.
        """
        ...

    def quota(self) -> Quota | None:
        """Return what the account allows just now; None where nothing limits it.

        Asks the provider. Callers ask at most about once a minute.

        Raises:
            TransportError: the provider did not say.
        """
        ...

    def close(self) -> None:
        """Let go of kept connections; the transport may be used again afterwards."""
        ...
