"""A Transport whose sends are spans: how many, and what became of them; never who."""

from collections.abc import Sequence
from datetime import datetime

from app import traces
from app.transports.base import (
    Accepted,
    InDoubt,
    Mail,
    Outcome,
    Quota,
    Recipient,
    Refused,
    Transport,
)


class TracedTransport:
    """Sends by another Transport, and traces it."""

    def __init__(self, transport: Transport) -> None:
        """Send by this one."""
        self._transport = transport
        self.name = transport.name
        self.max_recipients = transport.max_recipients

    def call_size(self, *, one_by_one: bool) -> int:
        """Return how many recipients to hand over at once."""
        return self._transport.call_size(one_by_one=one_by_one)

    def send(
        self,
        mail: Mail,
        recipients: Sequence[Recipient],
        *,
        attempt: int,
        opened_at: datetime,
        one_by_one: bool = False,
    ) -> list[Outcome]:
        """Send the mail inside a span and return one outcome per recipient."""
        told: dict[str, str | int] = {
            "devoured.transport": self.name,
            "devoured.recipients": len(recipients),
            "devoured.attempt": attempt,
        }
        with traces.span(f"send by {self.name}", "CLIENT", told) as span:
            outcomes = self._transport.send(
                mail, recipients, attempt=attempt, opened_at=opened_at, one_by_one=one_by_one
            )
            if span is not None:
                span.tell(_became(outcomes))
        return outcomes

    def quota(self) -> Quota | None:
        """Return what the account allows just now."""
        return self._transport.quota()

    def close(self) -> None:
        """Let go of kept connections."""
        self._transport.close()


def _became(outcomes: Sequence[Outcome]) -> dict[str, int]:
    kinds = {"accepted": Accepted, "refused": Refused, "in_doubt": InDoubt}
    return {
        f"devoured.{word}": sum(isinstance(one, kind) for one in outcomes)
        for word, kind in kinds.items()
    }
