"""What every request handler of the local SES is given."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from app.local.ses.quota import Quota
from app.local.ses.store import Store


@dataclass(slots=True)
class Context:
    """The account: its store, its quotas, its switches.

    `verified_domains` empty means that every From domain is taken.
    """

    store: Store
    quota: Quota
    clock: Callable[[], datetime]
    verified_domains: frozenset[str] = frozenset()
    sending_enabled: bool = True
