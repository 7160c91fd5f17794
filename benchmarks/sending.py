"""Sending: what a worker and PostgreSQL spend per recipient, each transport beside a bare client.

The floor sends the same editions to as many recipients, with nothing asked and nothing kept.
"""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import select

from app.clock import system_clock
from app.container import Container
from app.db.session import transaction
from app.delivery.editions import render_pending
from app.delivery.launch import launch
from app.models import Edition
from benchmarks.audience import add_issue
from benchmarks.deployment import Deployment, serving
from benchmarks.measure import MICRO, Row, ratio
from localdev.processes import free_port, wait_until

_MEGA: Final = 1 << 20


@dataclass(frozen=True)
class Ready:
    """A database with readers in it, and this process's way into it."""

    name: str
    container: Container
    n_readers: int


def send_through_ses(deployment: Deployment, ready: Ready, issue_id: int) -> Row:
    """Bulk calls to the local SES, for an issue that is launched and rendered."""
    return _row("ses", deployment, ready, issue_id, deployment.settings(ready.name))


def send_through_smtp(deployment: Deployment, ready: Ready, issue_id: int) -> Row:
    """Measure one message each to a sink, for an issue that is launched and rendered."""
    with _sink(deployment) as url:
        settings = deployment.settings(ready.name, transport="smtp", smtp_url=url)
        return _row("smtp", deployment, ready, issue_id, settings)


def prepare_issue(ready: Ready) -> int:
    """Launch and render an issue, so that only sending is left, and return its id."""
    container = ready.container
    with transaction(container.sessions) as session:
        issue = add_issue(session, container.clock())
        launch(session, issue, container.clock())
        issue_id = issue.id
    render_editions(container, issue_id)
    return issue_id


def render_editions(container: Container, issue_id: int) -> None:
    """Render all of an issue, as the workers would."""
    with transaction(container.sessions) as session:
        editions = session.scalars(select(Edition.id).where(Edition.issue_id == issue_id)).all()
    for edition_id in editions:
        render_pending(
            container.sessions,
            edition_id,
            container.templates,
            container.settings.base_url,
            system_clock(),
        )


def _row(
    transport: str, deployment: Deployment, ready: Ready, issue_id: int, settings: dict[str, Any]
) -> Row:
    postgres = deployment.postgres.child.process.pid
    floor = deployment.run("benchmarks.floors", transport, str(issue_id), settings=settings)
    said = deployment.run("benchmarks.worker", str(postgres), settings=settings)
    own, server = (MICRO * said[part] / ready.n_readers for part in ("own", "server"))
    bare = MICRO * floor["own"] / floor["recipients"]
    return Row(
        f"send through {transport}, {ready.n_readers:,} recipients",
        f"{own:.0f} + {server:.0f} µs",
        f"{bare:.0f} µs",
        ratio(own + server, bare),
        f"{ready.n_readers / said['wall']:,.0f}/s, {said['peak'] / _MEGA:.0f} MB",
    )


@contextmanager
def _sink(deployment: Deployment) -> Iterator[str]:
    """Start a sink and yield its address; it answers by then."""
    port = free_port()
    settings = deployment.settings("devoured")
    with serving(deployment, "benchmarks.sink", [str(port)], settings) as child:
        wait_until(lambda: _listens(port), 10, child)
        yield f"smtp://127.0.0.1:{port}"


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
