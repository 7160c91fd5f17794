"""The one place where settings become objects; built once per process and handed around."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from redis import Redis
from sqlalchemy import Engine

from app import traces
from app.clock import Clock, system_clock
from app.db.session import WORKING, EnqueueNow, Pool, Sessions, make_engine, make_sessions
from app.db.traced import trace_statements
from app.errors import ConfigError, RenderError
from app.images.make import make_image_store
from app.images.stores import ImageStore
from app.issues.approval_rules import ApprovalRules
from app.issues.checks.gather import CheckSettings
from app.jobs import BackgroundQueue, make_send, sending_at_once
from app.outside.base import Store
from app.outside.journal import Journal
from app.outside.make import make_places
from app.readers.limits import Limits
from app.readers.signup_guard import SignupGuard, make_signup_guard
from app.rendering.template_check import check_templates
from app.rendering.templates import Templates, load_templates, our_templates
from app.settings import Settings
from app.tokens import Signer
from app.webhooks.endpoints import Rules

API_SECONDS: Final = 30.0
"""How long a statement of the API may take: editors ask for more than readers do, by a key."""

SEARCH_SECONDS: Final = 2.0
"""How long a statement of a search may take; of some hundred thousand stories it takes 50 ms."""


@dataclass(frozen=True)
class Container:
    """What the API, the pages, the CLI and the workers are made with.

    `sessions` have the process's own limit of time for each statement, those of the API and of
    searches one of theirs.
    """

    settings: Settings
    engine: Engine
    sessions: Sessions
    api_sessions: Sessions
    search_sessions: Sessions
    clock: Clock
    enqueue_now: EnqueueNow
    enqueue_soon: EnqueueNow
    signer: Signer
    signup_guard: SignupGuard
    templates: Templates
    places: tuple[Store, ...] = ()
    images: ImageStore | None = None

    @property
    def pepper(self) -> str:
        """Return what keys the HMAC of addresses."""
        return self.settings.pepper

    @property
    def check_settings(self) -> CheckSettings:
        """Return what issues are checked with."""
        settings = self.settings
        rules = ApprovalRules(
            needs_plan=settings.approve_needs_plan,
            four_eyes=settings.four_eyes,
            drift_percent=settings.audience_drift_percent,
        )
        return CheckSettings(self.templates, settings.base_url, settings.check_links, rules)

    @property
    def webhook_rules(self) -> Rules:
        """Return what webhooks are made with; plain http is for networks of the operator's own."""
        takes_http = bool(self.settings.webhook_networks)
        return Rules(self.signer.keys, takes_http=takes_http)

    @property
    def allow_reserved(self) -> bool:
        """Return whether addresses under reserved names such as `.test` are taken."""
        return self.settings.environment == "local"


def build(
    settings: Settings,
    *,
    clock: Clock = system_clock,
    enqueue_now: EnqueueNow | None = None,
    pool: Pool = WORKING,
) -> Container:
    """Build the objects of a process; connect to nothing yet."""
    engine = make_engine(settings.database_url, pool)
    if traces.are_on():
        trace_statements(engine)
    signer = Signer([key.get_secret_value() for key in settings.secret_keys])
    pepper = settings.pepper
    # Short: whoever signs up waits for it, and goes on without.
    valkey = Redis.from_url(settings.redis_url, socket_timeout=0.3, socket_connect_timeout=0.3)
    places = make_places(settings)
    journal = Journal(places, clock)
    send = make_send(settings.redis_url)
    enqueue = enqueue_now or sending_at_once(send)
    enqueue_soon = enqueue_now or BackgroundQueue(send)
    return Container(
        settings=settings,
        engine=engine,
        sessions=make_sessions(engine, journal.write),
        api_sessions=make_sessions(engine, journal.write, statement_seconds=API_SECONDS),
        search_sessions=make_sessions(engine, statement_seconds=SEARCH_SECONDS),
        clock=clock,
        enqueue_now=enqueue,
        enqueue_soon=enqueue_soon,
        signer=signer,
        signup_guard=make_signup_guard(
            settings,
            engine,
            signer,
            lambda per_hour: Limits(valkey, per_hour, pepper),
            enqueue_soon,
        ),
        templates=_templates(settings),
        places=places,
        images=make_image_store(settings),
    )


def _templates(settings: Settings) -> Templates:
    """Return the templates, tried on a sample where some of them are the operator's own.

    Raises:
        ConfigError: one of them is wrong; names file and line.
    """
    if not settings.templates:
        return our_templates()
    try:
        templates = load_templates(own=Path(settings.templates))
        check_templates(templates)
    except RenderError as error:
        raise ConfigError(f"DEVOURED_TEMPLATES: {error}") from error
    return templates
