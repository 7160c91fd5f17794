"""The local SES put together: the SESv2 operations, the inbox, what checks ask for, and events."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from starlette.applications import Starlette
from starlette.routing import Route

from app.clock import system_clock
from localdev.ses.checks import check_routes
from localdev.ses.context import Context
from localdev.ses.control import control_routes
from localdev.ses.envelope import TOPIC, Topic
from localdev.ses.event_queue import Queue
from localdev.ses.feed import Feed, Style, close_feed, open_feed
from localdev.ses.inbox import inbox_routes
from localdev.ses.knobs import Knobs
from localdev.ses.mishaps import Dealer, Settings
from localdev.ses.payloads import ACCOUNT
from localdev.ses.quota import Quota, spend
from localdev.ses.signing import make_signer
from localdev.ses.sns import sns_endpoint
from localdev.ses.sqs import sqs_endpoint
from localdev.ses.store import Store
from localdev.ses.webhook import Webhook, pushing
from localdev.ses.wire import operation_routes

DEFAULT_RATE = 10_000_000.0


@dataclass(frozen=True)
class Publishing:
    """How events are told: into the queue always, and to `webhook_url` when there is one.

    `base_url` is where this server is reached; envelopes name the certificate there unless
    `certificate_base` is another. `sign_queued` signs what goes into the queue too, which costs
    0.3 ms an event. With `webhook_confirm` the webhook has to confirm its subscription by
    ConfirmSubscription first. Webhook seconds are those of `Webhook`.
    """

    base_url: str
    style: Style = field(default_factory=Style)
    knobs: Knobs = field(default_factory=Knobs)
    certificate_base: str = ""
    sign_queued: bool = False
    webhook_url: str = ""
    webhook_confirm: bool = False
    webhook_timeout_seconds: float = 15.0
    webhook_pause_seconds: float = 0.5


def make_app(
    store: Store,
    *,
    rate: float = DEFAULT_RATE,
    daily: int = -1,
    bulk_calls_per_second: float = 0.0,
    verified_domains: Iterable[str] = (),
    faults: Settings | None = None,
    publishing: Publishing | None = None,
    clock: Callable[[], datetime] = system_clock,
    account: dict[str, Any] | None = None,
    identity: dict[str, Any] | None = None,
) -> Starlette:
    """Build an ASGI app that acts as SES; run it in one process only.

    Faults need a server with `OpenProtocol`, a webhook one that runs the lifespan.

    Args:
        store: what was and will be accepted.
        rate: MaxSendRate in recipients per second.
        daily: the quota of 24 hours; -1 for none.
        bulk_calls_per_second: the limit on SendBulkEmail itself; 0 for none.
        verified_domains: the From domains that are taken; none: all.
        faults: what goes wrong on purpose.
        publishing: how events are published; None for no events.
        clock: gives the present time.
        account: replaces parts of what GetAccount answers.
        identity: replaces parts of what GetEmailIdentity answers.
    """
    quota = Quota(rate=rate, daily=daily)
    for at, n_recipients in store.sent:
        spend(quota, n_recipients, at)
    context = Context(store, quota, clock, frozenset(name.lower() for name in verified_domains))
    context.dealer = Dealer(faults or Settings())
    context.account, context.identity = account or {}, identity or {}
    if bulk_calls_per_second:
        context.bulk_calls = Quota(rate=bulk_calls_per_second, daily=-1)
    # Checks come before the pages: /inbox/summary.json is no message.
    if publishing is None:
        control = control_routes(context, None, None, None)
        pages = [*check_routes(context), *inbox_routes(context)]
        return Starlette(routes=[*operation_routes(context), *control, *pages])
    return _with_events(context, publishing)


def _with_events(context: Context, publishing: Publishing) -> Starlette:
    """Build the app with a queue, and with a webhook where one is wanted."""
    now = context.clock()
    topic = Topic(
        make_signer(now),
        publishing.base_url,
        publishing.certificate_base or publishing.base_url,
        publishing.sign_queued,
    )
    context.knobs = publishing.knobs
    queue = Queue(_feed(context, publishing, "queue"))
    endpoint = sqs_endpoint(context, queue, topic)
    # botocore asks at the root; other clients at the queue's own address.
    at_queue = Route(f"/{ACCOUNT}/{TOPIC}", endpoint, methods=["POST"])
    webhook = lifespan = None
    if publishing.webhook_url:
        webhook = _webhook(context, publishing, now)
        lifespan = pushing(webhook, topic, context.clock)
        endpoint = sns_endpoint(webhook, context.clock, endpoint)
    routes = [
        *operation_routes(context),
        at_queue,
        Route("/", endpoint, methods=["POST"]),
        *control_routes(context, queue, webhook, topic),
        *check_routes(context, queue),
        *inbox_routes(context),
    ]
    app = Starlette(routes=routes, lifespan=lifespan)

    def before_end() -> None:
        for feed in context.feeds:
            close_feed(feed)

    app.state.before_end = before_end
    return app


def _feed(context: Context, publishing: Publishing, name: str) -> Feed:
    """Open a feed of these events, which gets every acceptance from now on."""
    feed = open_feed(name, context.store, publishing.style, publishing.knobs)
    context.feeds.append(feed)
    return feed


def _webhook(context: Context, publishing: Publishing, now: datetime) -> Webhook:
    """Build the webhook; what was not pushed before a restart counts as published now."""
    feed = _feed(context, publishing, "webhook")
    feed.released = now.timestamp()
    webhook = Webhook(
        publishing.webhook_url,
        feed,
        publishing.webhook_timeout_seconds,
        publishing.webhook_pause_seconds,
    )
    if not publishing.webhook_confirm:
        webhook.confirmed.set()
    return webhook
