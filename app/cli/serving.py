"""`devoured serve` and `openapi`: the API and the pages, served or described."""

import socket
from contextlib import suppress
from typing import Annotated, Final

import typer
import uvicorn
from prometheus_client import CollectorRegistry

from app import traces
from app.api.concurrency import SERVING
from app.api.openapi import openapi_json
from app.api.progress import Watch
from app.cli.connections import BoundedProtocol
from app.cli.failures import FAILED, BadInput
from app.cli.metrics import telling_metrics
from app.cli.output import examples
from app.container import build
from app.editing.frames import MAX_FRAME
from app.gc_tuning import leave_loaded_alone
from app.logs import configure_logs
from app.main import bare_app, create_app
from app.metrics.requests import RequestTimes
from app.readers.pepper import check_pepper_at_start
from app.settings import load_settings
from app.watch.watcher import watching

app = typer.Typer()

_STOP_SECONDS: Final = 20


@app.command(rich_help_panel="Running it")
def serve(
    *,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="The port; 0 takes a free one.")
    ] = 8000,
    fd: Annotated[
        int | None,
        typer.Option(min=3, help="A listening socket to take over instead, by its descriptor."),
    ] = None,
) -> None:
    """Serve the API and the pages until told to stop."""
    listeners = None if fd is None else [taken_over(fd)]
    settings = load_settings()
    configure_logs(settings)
    if settings.traces:
        traces.start("serve", settings.environment)
    container = build(settings, pool=SERVING)
    check_pepper_at_start(container.sessions, container.pepper)
    # Whoever watches a send would stay until it ends, and hold up the stop.
    watch = Watch(is_stopping=lambda: server.should_exit)
    registry = CollectorRegistry()
    times = RequestTimes(registry) if settings.metrics_listen else None
    config = uvicorn.Config(
        create_app(container, watch, is_hurried=True, request_times=times),
        http=BoundedProtocol,
        ws="websockets-sansio",
        ws_max_size=MAX_FRAME,
        host=host,
        port=port,
        log_config=None,
        access_log=False,
        server_header=False,
        # Without one that is named, anybody could say where they come from.
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=settings.trusted_proxies,
        timeout_graceful_shutdown=_STOP_SECONDS,
    )
    server = uvicorn.Server(config)
    leave_loaded_alone()
    with telling_metrics(settings, registry), watching(settings), suppress(KeyboardInterrupt):
        server.run(sockets=listeners)  # Ctrl-C has stopped it by then
    if not server.started:
        raise typer.Exit(FAILED)


def taken_over(fd: int) -> socket.socket:
    """Return the listening socket of this descriptor; raise BadInput where there is none."""
    try:
        listener = socket.socket(fileno=fd)
    except OSError:
        raise BadInput(f"{fd} is no listening socket.") from None
    if not listener.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
        listener.close()
        raise BadInput(f"{fd} is no listening socket.")
    return listener


@app.command(rich_help_panel="Setting up", epilog=examples("devoured openapi > openapi.json"))
def openapi() -> None:
    """Print the API's OpenAPI description; needs no server and no settings."""
    typer.echo(openapi_json(bare_app()), nl=False)
