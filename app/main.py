"""The web application: the JSON API, its documentation and the readers' pages in one process."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import cache
from typing import Any, Final

from anyio import to_thread
from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import OperationalError
from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute

from app import traces
from app.api import (
    account,
    arranging,
    categories,
    checks,
    corrections,
    cuts,
    deliverability,
    deliveries,
    document,
    doubts,
    events,
    health,
    images,
    imports,
    issue_list,
    issues,
    keys,
    loads,
    look,
    notices,
    openapi,
    pastes,
    plan,
    previews,
    progress,
    publication,
    reader_counts,
    results,
    revisions,
    sharing,
    signups,
    stories,
    subscribers,
    suppressions,
    today,
    transfers,
    transitions,
    users,
    warm_up,
    webhook_messages,
    webhooks,
)
from app.api.asgi import Bounds, with_body_limit, with_origins, with_request_id, with_safe_headers
from app.api.concurrency import ConcurrencyLimit, limit_of, patient_limit_of, with_limits
from app.api.errors import ApiRoute, answer_problem, app_error
from app.api.health import DatabaseProbe
from app.api.open_documents import Documents
from app.api.progress import Watch
from app.api.request_times import with_request_times
from app.api.request_traces import with_traces
from app.container import Container
from app.content.limits import MAX_BYTES
from app.desk.cookies import FRONT
from app.desk.errors import desk_error
from app.desk.images import PATH as IMAGES_OF_DESK
from app.desk.look import PATH as LOOK
from app.desk.routes import make_desk_router
from app.errors import AppError, RenderError
from app.events.make import make_webhook
from app.images.upload import MAX_UPLOAD
from app.metrics.requests import RequestTimes
from app.pages.errors import page_error
from app.pages.negotiate import with_language
from app.pages.routes import make_router
from app.pages.signup import answer_form

VERSION: Final = "1.0"

_STREAMED: Final = frozenset({("POST", imports.PATH)})

_LONGER: Final = {
    ("POST", images.PATH): MAX_UPLOAD,
    ("POST", f"{FRONT}{IMAGES_OF_DESK}"): MAX_UPLOAD,
    ("POST", f"{FRONT}{LOOK}"): 2 * MAX_UPLOAD,
}
"""Routes that take longer bodies than the others, in bytes."""

_FILES: Final = frozenset({("POST", images.PATH)})
"""Routes whose body is a file as it is."""

_API_PREFIX: Final = "/v1/"

_ROUTERS: Final = (
    signups.router,
    reader_counts.router,  # its words are no numbers of subscribers
    subscribers.router,
    transfers.readers_router,
    transfers.router,
    imports.router,
    images.router,
    suppressions.router,
    categories.router,
    publication.router,
    look.router,
    issue_list.router,
    loads.router,
    pastes.router,
    issues.router,
    stories.router,
    revisions.router,
    document.router,
    arranging.unplaced_router,
    arranging.router,
    previews.router,
    cuts.router,
    sharing.router,
    checks.router,
    plan.router,
    transitions.router,
    corrections.takedown_router,
    progress.router,
    cuts.clicks_router,
    results.router,
    corrections.router,
    doubts.router,
    deliveries.router,
    deliveries.reader_router,
    doubts.restored_router,
    account.router,
    warm_up.router,
    deliverability.router,
    events.router,
    transitions.schedule_router,
    today.router,
    keys.audit_router,
    account.setbacks_router,
    notices.router,
    keys.router,
    webhooks.router,
    webhook_messages.router,
    users.router,
    health.router,
    openapi.router,
)


def create_app(
    container: Container,
    watch: Watch | None = None,
    *,
    is_hurried: bool = False,
    request_times: RequestTimes | None = None,
) -> FastAPI:
    """Return the application around this container; it connects to nothing yet.

    Whoever made the container may go on using it: at shutdown only idle connections are closed.
    `watch` says how progress is watched; it is for tests, which do not wait. A server is started
    with `is_hurried`: it answers in time whatever happens (`api.concurrency`). Tests wait for what
    they ask. Where there are `request_times`, they are told how long each request takes.
    """
    app = bare_app(limit_of if is_hurried else patient_limit_of)
    app.state.container = container
    app.state.transfers = transfers.Transfers()
    app.state.database_probe = (
        DatabaseProbe(container) if is_hurried else DatabaseProbe(container, 3600, 0)
    )
    app.state.watch = watch or Watch()
    app.state.documents = Documents(container)
    app.state.form_page = answer_form
    if container.settings.allowed_origins:
        app.add_middleware(
            with_origins, origins=container.settings.allowed_origins, path="/v1/signups"
        )
    app.add_middleware(with_safe_headers)
    if request_times is not None:
        app.add_middleware(with_request_times, note=request_times.note)
    if traces.are_on():
        app.add_middleware(with_traces)
    app.state.webhook = make_webhook(container.settings, container.sessions, container.enqueue_now)
    return app


def bare_app(choose_limit: Callable[[str], ConcurrencyLimit | None] = patient_limit_of) -> FastAPI:
    """Return the application without a container: good for its routes and OpenAPI document only."""
    app = FastAPI(
        title="Devoured",
        summary="A daily digest by mail: every reader's own edition, sent exactly once.",
        version=VERSION,
        license_info={"name": "Apache License 2.0", "identifier": "Apache-2.0"},
        routes=_routes(),
        openapi_url=None,  # api/openapi.py: FastAPI's page asks a third party for its scripts
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=_lifespan,
    )
    for kind in (AppError, RenderError, RequestValidationError, HTTPException, OperationalError):
        app.add_exception_handler(kind, answer_error)
    # The last one added is the outermost.
    app.add_middleware(
        with_limits, answer_error=answer_error, choose=choose_limit, streamed=_STREAMED
    )
    app.add_middleware(
        with_body_limit,
        bounds=Bounds(MAX_BYTES, _LONGER, _FILES),
        answer_error=answer_error,
        streamed=_STREAMED,
    )
    app.add_middleware(with_request_id, answer_error=answer_error)
    app.add_middleware(with_language)
    app.openapi = _document  # type: ignore[method-assign]  # as FastAPI's documentation has it
    return app


@cache
def _document() -> dict[str, Any]:
    """Return the OpenAPI document of the routes, made once a process as they are."""
    return openapi.make_document(bare_app())


@cache
def _routes() -> list[BaseRoute]:
    """Return every route, made once a process: FastAPI takes 80 ms of CPU to read their parameters.

    The readers' pages come first: FastAPI asks one router after the other, and a morning's letters
    lead to these.
    """
    router = APIRouter(
        strict_content_type=False,  # a key stands in a header: no other site's form can send one
        generate_unique_id_function=lambda route: route.name,
    )
    router.include_router(make_router())
    for part in _ROUTERS:
        router.include_router(part)
    router.mount("/docs/viewer", openapi.FILES)
    router.include_router(make_desk_router())
    return router.routes


def answer_error(request: Request, error: Exception) -> Response:
    """Return a problem from a route of the API, a page from a person's.

    Where there is nothing, and before a route was found, the address says whose it would be.
    """
    of_api = isinstance(request.scope.get("route"), ApiRoute)
    of_api = of_api or request.url.path.startswith(_API_PREFIX)
    if of_api and not signups.prefers_page(request):
        return answer_problem(request, error)
    if isinstance(error, RenderError | OperationalError):
        error = app_error(request, error)
    if f"{request.url.path}/".startswith(f"{FRONT}/"):
        return desk_error(request, error)
    return page_error(request, error)


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Keep the open documents; at the end tell the last spans and give idle connections back."""
    async with app.state.documents.running():
        yield
    await to_thread.run_sync(traces.stop)
    app.state.container.engine.dispose()
