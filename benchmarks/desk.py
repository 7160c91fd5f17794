"""Desk: how long its pages take where there are many readers, each asked for by itself.

They are the application's own, so a new page is measured as well.
"""

import time
from dataclasses import dataclass
from statistics import median, quantiles
from typing import Final

import httpx2
from fastapi.routing import iter_route_contexts
from sqlalchemy import select

from app.access.rights import Role
from app.access.sessions import Browser, open_session
from app.access.users import add_user
from app.actors import CLI
from app.addresses import parse_address
from app.db.session import transaction
from app.desk.cookies import FRONT, SESSION, cookie_name
from app.main import bare_app
from app.models import Category, Issue, Story, Subscriber
from benchmarks.deployment import Deployment, answers, serving
from benchmarks.measure import Row
from benchmarks.sending import Ready
from localdev.demo.place import HOST
from localdev.processes import wait_until

_TIMES: Final = 5
_SLOWEST: Final = 3


@dataclass(frozen=True)
class Page:
    """A page of the desk, and the milliseconds until its answer was read, at the median."""

    path: str
    took: float


def desk_rows(deployment: Deployment, ready: Ready) -> list[Row]:
    """Measure each page that can be asked for, signed in as an admin; then the slowest of them."""
    settings = deployment.settings(ready.name)
    arguments = ["serve", "--host", HOST, "--port", str(deployment.place.port)]
    with serving(deployment, "app.cli", arguments, settings) as child:
        wait_until(lambda: answers(f"{deployment.place.base_url}/health"), 30, child)
        with httpx2.Client(
            base_url=deployment.place.base_url,
            cookies={cookie_name(ready.container.settings, SESSION): _signed_in(ready)},
            timeout=60,
            trust_env=False,
        ) as client:
            pages = [page for path in _paths(ready) if (page := _page(client, path))]
    times = [page.took for page in pages]
    slowest = sorted(pages, key=lambda page: -page.took)[:_SLOWEST]
    return [
        Row(
            f"{len(pages)} pages of the desk, {ready.n_readers:,} readers",
            f"median {median(times):.0f} ms",
            seen=f"p90 {quantiles(times, n=10)[-1]:.0f} ms",
        ),
        *(Row(f"  {page.path}", f"{page.took:.0f} ms") for page in slowest),
    ]


def _signed_in(ready: Ready) -> str:
    """Return the secret of a new person's session."""
    container = ready.container
    now = container.clock()
    with transaction(container.sessions) as session:
        address = parse_address("desk@benchmark.example", allow_reserved=True)
        user = add_user(session, CLI, "Benchmark", address, [Role.ADMIN], now)
        session.flush()
        return open_session(session, user, Browser(None, "benchmark"), now, way="link")[1]


def _paths(ready: Ready) -> list[str]:
    """Return the address of each page whose parts are known, in order."""
    with transaction(ready.container.sessions) as session:
        issue = select(Issue.id).where(Issue.launched_at.is_not(None)).order_by(Issue.id).limit(1)
        issue_id = session.scalar(issue)
        story = select(Story.id).where(Story.issue_id == issue_id).limit(1)
        parts: dict[str, object] = {
            "issue_id": issue_id,
            "story_id": session.scalar(story),
            "reader_id": session.scalar(select(Subscriber.id).limit(1)),
            "slug": session.scalar(select(Category.slug).limit(1)),
        }
    found = set()
    for context in iter_route_contexts(bare_app().routes):
        path, methods = context.path_format or "", context.methods or set()
        if path.startswith(FRONT) and "GET" in methods:
            found.add(_filled(path, parts))
    return sorted(path for path in found if "{" not in path)


def _filled(path: str, parts: dict[str, object]) -> str:
    for name, value in parts.items():
        path = path.replace(f"{{{name}}}", str(value))
    return path


def _page(client: httpx2.Client, path: str) -> Page | None:
    """Ask for a page a few times; return None for what is no page that shows something."""
    times = []
    for _ in range(_TIMES):
        start = time.perf_counter()
        answer = client.get(path)
        times.append((time.perf_counter() - start) * 1000)
        if not answer.is_success:
            return None
    return Page(path, median(times))
