"""What is examined: the settings, the servers, and how the world outside is asked."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dns.resolver import Resolver
from redis import Redis

from app.clock import Clock
from app.db.session import Sessions
from app.settings import Settings
from app.transports.headers import domain_of_mailbox

if TYPE_CHECKING:
    from app.aws.clients import Clients


@dataclass(frozen=True)
class Subject:
    """Hold what the parts of the doctor look at.

    `sender` is the From address of the publication, empty where the database does not tell it.
    `clients` are None where mail does not leave by SES. `folders` are those whose disk is looked
    at, by what they are for. `resolver` asks DNS.
    """

    settings: Settings
    sessions: Sessions
    valkey: Redis
    clock: Clock
    resolver: Resolver
    clients: "Clients | None"
    sender: str
    folders: Mapping[str, str]

    @property
    def domain(self) -> str:
        """Return the domain that mail is sent from; empty where no sender is known."""
        return domain_of_mailbox(self.sender)
