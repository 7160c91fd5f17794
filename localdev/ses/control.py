"""The switches that a drill turns while it runs, as JSON, for callers on this machine only."""

import ipaddress
from collections.abc import Awaitable, Callable
from typing import Any

import orjson
from pydantic import BaseModel, ValidationError
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from localdev.ses.context import Context
from localdev.ses.envelope import Topic
from localdev.ses.event_queue import Queue, n_hidden, n_visible, put
from localdev.ses.feed import turn
from localdev.ses.inbound import Inbound, notification_of
from localdev.ses.knobs import Knobs
from localdev.ses.mishaps import Settings, set_mishaps
from localdev.ses.webhook import Webhook

_Endpoint = Callable[[Request], Awaitable[Response]]


def control_routes(
    context: Context, queue: Queue | None, webhook: Webhook | None, topic: Topic | None
) -> list[BaseRoute]:
    """`/control` with its parts `faults` and `events`, and the certificate that SNS would serve.

    `/control/told` are the messages whose acceptance was said, see `Context`.

    A PUT replaces all settings of its part; what it leaves out is off.
    """

    async def everything(_: Request) -> Response:
        return _json(_state(context, queue, webhook))

    async def faults(request: Request) -> Response:
        if request.method == "PUT":
            set_mishaps(context.dealer, Settings.model_validate_json(await request.body()))
        return _json(_faults(context))

    async def events(request: Request) -> Response:
        if request.method == "PUT":
            context.knobs = Knobs.model_validate_json(await request.body())
            for feed in context.feeds:
                turn(feed, context.knobs, context.clock().timestamp())
        return _json(_events(context))

    async def told(_: Request) -> Response:
        return _json(sorted(context.told))

    async def certificate(_: Request) -> Response:
        found = topic.signer.certificate if topic else b""
        return Response(found, media_type="application/x-pem-file")

    both = ["GET", "PUT"]
    routes: list[BaseRoute] = [
        Route("/control", _guarded(everything)),
        Route("/control/faults", _guarded(faults), methods=both),
        Route("/control/events", _guarded(events), methods=both),
        Route("/control/told", _guarded(told)),
    ]
    if topic is not None:
        routes.append(Route(topic.signer.path, certificate))
    return routes + ([_inbound(context, queue, topic)] if queue and topic else [])


def _inbound(context: Context, queue: Queue, topic: Topic) -> BaseRoute:
    """Return `/control/inbound`: what is posted there comes in as mail, see `Inbound`."""

    async def inbound(request: Request) -> Response:
        came = Inbound.model_validate_json(await request.body())
        put(queue, notification_of(topic, came, context.clock()))
        return _json({})

    return Route("/control/inbound", _guarded(inbound), methods=["POST"])


def _guarded(endpoint: _Endpoint) -> _Endpoint:
    """Guard the endpoint for callers of this machine; answer 422 to settings that are not valid."""

    async def guarded(request: Request) -> Response:
        if request.client is None or not ipaddress.ip_address(request.client.host).is_loopback:
            return _json({"message": "Only from this machine."}, 403)
        try:
            return await endpoint(request)
        except ValidationError as error:
            return _json({"message": str(error)}, 422)

    return guarded


def _state(context: Context, queue: Queue | None, webhook: Webhook | None) -> dict[str, Any]:
    """Return all settings and counts; null for what was not started."""
    at = context.clock().timestamp()
    return {
        "faults": _faults(context),
        "events": _events(context),
        "queue": queue and {"n_visible": n_visible(queue, at), "n_hidden": n_hidden(queue, at)},
        "webhook": webhook and _webhook(webhook),
    }


def _faults(context: Context) -> dict[str, Any]:
    """Return the settings, and what they have done to how many calls."""
    dealer = context.dealer
    return {
        "settings": _dumped(dealer.settings),
        "n_calls": dealer.n_calls,
        "dealt": dict(dealer.dealt),
    }


def _events(context: Context) -> dict[str, Any]:
    """Return the settings, and how many events are withheld at the moment."""
    withheld = {feed.name: len(feed.withheld) for feed in context.feeds}
    return {"settings": _dumped(context.knobs), "n_withheld": withheld}


def _webhook(webhook: Webhook) -> dict[str, Any]:
    """Return where the events are pushed, and how that went so far."""
    names = ("delivered", "refused", "retried", "failed")
    counts = {f"n_{name}": webhook.counts[name] for name in names}
    return {"url": webhook.url, "confirmed": webhook.confirmed.is_set(), **counts}


def _dumped(settings: BaseModel) -> dict[str, Any]:
    """Return settings as they can be put again."""
    return settings.model_dump(mode="json")


def _json(value: object, status: int = 200) -> Response:
    """Return the value as JSON, never kept by a browser."""
    headers = {"Cache-Control": "no-store"}
    return Response(orjson.dumps(value), status, headers, "application/json")
