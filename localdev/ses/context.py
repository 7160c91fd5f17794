"""What every request handler of the local SES is given."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from localdev.ses.feed import Feed
from localdev.ses.knobs import Knobs
from localdev.ses.mishaps import Dealer
from localdev.ses.quota import Quota
from localdev.ses.store import Store


@dataclass(slots=True)
class Context:
    """The account: its store, its quotas, its switches.

    `verified_domains` empty means that every From domain is taken. `bulk_calls` limits the calls
    of SendBulkEmail rather than recipients. `feeds` are told of every acceptance. `told` are the
    messages whose acceptance was said, whole, to their sender, while calls go wrong on purpose.
    `account` and `identity` replace parts of what GetAccount and GetEmailIdentity answer.
    """

    store: Store
    quota: Quota
    clock: Callable[[], datetime]
    verified_domains: frozenset[str] = frozenset()
    sending_enabled: bool = True
    bulk_calls: Quota | None = None
    dealer: Dealer = field(default_factory=Dealer)
    knobs: Knobs = field(default_factory=Knobs)
    feeds: list[Feed] = field(default_factory=list)
    told: set[str] = field(default_factory=set)
    account: dict[str, Any] = field(default_factory=dict)
    identity: dict[str, Any] = field(default_factory=dict)
    configuration_sets: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
