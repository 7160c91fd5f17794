"""Stand-ins at the edge: a Transport that keeps what it is handed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from app.transports.base import Accepted, Mail, Outcome, Quota, Recipient

Answer = Callable[[Recipient], Outcome]


def accept(recipient: Recipient) -> Outcome:
    """Return what a healthy provider answers."""
    return Accepted(f"provider-{recipient.delivery_id}")


@dataclass
class KeepingTransport:
    """Takes at most `max_recipients` a call, as a provider would, and answers as told."""

    answer: Answer = accept
    max_recipients: int = 50
    name: str = "keeping"
    calls: list[tuple[Mail, list[Recipient]]] = field(default_factory=list)
    one_by_one: list[bool] = field(default_factory=list)
    before_answer: Callable[[], None] = lambda: None
    allowed: Quota | None = None

    def send(
        self,
        mail: Mail,
        recipients: Sequence[Recipient],
        *,
        attempt: int,
        opened_at: datetime,
        one_by_one: bool = False,
    ) -> list[Outcome]:
        assert 0 < len(recipients) <= self.max_recipients
        assert attempt >= 1
        assert opened_at.tzinfo is not None
        self.calls.append((mail, list(recipients)))
        self.one_by_one.append(one_by_one)
        self.before_answer()
        return [self.answer(recipient) for recipient in recipients]

    def quota(self) -> Quota | None:
        return self.allowed

    def close(self) -> None:
        """There is nothing to let go of."""

    def call_size(self, *, one_by_one: bool) -> int:  # noqa: ARG002  # for it both are the same
        """Return the most recipients that it takes, always."""
        return self.max_recipients

    @property
    def addresses(self) -> list[str]:
        """Everybody who was written to, in order; somebody written to twice is in it twice."""
        return [one.address for _, recipients in self.calls for one in recipients]


def fake_chromium(folder: Path) -> Path:
    """Write a program that takes Chromium's options and reports a height.

    What it makes for a picture begins with a line `PNG`; the others are the options it was given.
    """
    program = folder / "chromium"
    program.write_text(
        '#!/bin/sh\nfor one in "$@"; do case $one in\n'
        '--screenshot=*) printf \'%s\\n\' PNG "$@" > "${one#--screenshot=}";;\n'
        "--dump-dom) echo '<title>900</title>';;\nesac; done\n"
    )
    program.chmod(0o755)
    return program
