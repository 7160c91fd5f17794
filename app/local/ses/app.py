"""The local SES put together: the SESv2 operations, the inbox, and what checks ask for."""

from collections.abc import Callable, Iterable
from datetime import datetime

from starlette.applications import Starlette

from app.clock import system_clock
from app.local.ses.checks import check_routes
from app.local.ses.context import Context
from app.local.ses.inbox import inbox_routes
from app.local.ses.quota import Quota, spend
from app.local.ses.store import Store
from app.local.ses.wire import operation_routes

DEFAULT_RATE = 10_000_000.0


def make_app(
    store: Store,
    *,
    rate: float = DEFAULT_RATE,
    daily: int = -1,
    verified_domains: Iterable[str] = (),
    clock: Callable[[], datetime] = system_clock,
) -> Starlette:
    """An ASGI app that is SES for whoever calls it; run it in one process only.

    `rate` is MaxSendRate in recipients per second, `daily` the quota of 24 hours (-1: none),
    `verified_domains` the From domains that are taken (none: all).
    """
    quota = Quota(rate=rate, daily=daily)
    for at, n_recipients in store.sent:
        spend(quota, n_recipients, at)
    context = Context(store, quota, clock, frozenset(name.lower() for name in verified_domains))
    # Checks come first: /inbox/summary.json is no message.
    routes = [*operation_routes(context), *check_routes(context), *inbox_routes(context)]
    return Starlette(routes=routes)
