"""`devoured mcp` as a program uses it: over standard input and output, asking the real API."""

import sys
from collections.abc import Awaitable, Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, TextIO

import anyio
import pytest
from fastapi.testclient import TestClient
from mcp import Client, StdioServerParameters, stdio_client
from mcp.types import TextContent

from app.container import Container
from app.enums import Scope
from app.main import create_app
from app.settings import Settings
from localdev.processes import free_port
from tests.api.clients import bearer, digest, open_proposed, secret_of
from tests.at_hand import build_at_hand
from tests.serving import served

READS = {
    "list_issues", "read_issue", "show_issue", "list_categories", "show_schedule", "check_issue",
    "preview_issue", "plan_issue",
}  # fmt: skip
EDITS = {"load_digest", "load_into_draft"}
SENDS = {"approve_issue", "schedule_issue", "reopen_issue", "pause_issue"}
EDITOR = (Scope.READ, Scope.EDIT)

Use = Callable[["Tools"], Awaitable[None]]


class Tools:
    """The tools of a server, as a program calls them."""

    def __init__(self, client: Client) -> None:
        self.client = client

    async def names(self) -> set[str]:
        return {tool.name for tool in (await self.client.list_tools()).tools}

    async def good(self, name: str, **arguments: Any) -> Any:
        """Call a tool and return what it found; fail where it says that something is wrong."""
        told = await self.client.call_tool(name, arguments)
        assert not told.is_error, told.content
        return told.structured_content

    async def wrong(self, name: str, **arguments: Any) -> str:
        """Call a tool that is to fail, and return what it says."""
        told = await self.client.call_tool(name, arguments)
        assert told.is_error, told.content
        (said,) = told.content
        assert isinstance(said, TextContent)
        return said.text


@pytest.fixture
def container(settings: Settings, now: datetime) -> Iterator[Container]:
    container = build_at_hand(settings, clock=lambda: now)
    yield container
    container.engine.dispose()


@pytest.fixture
def url(container: Container) -> Iterator[str]:
    """Serve the API and yield its address."""
    port = free_port()
    with served(create_app(container), port):
        yield f"http://127.0.0.1:{port}"


def _use(url: str, key: str, use: Use, *options: str, log: TextIO | None = None) -> None:
    """Start `devoured mcp` with this key and use its tools."""
    server = StdioServerParameters(
        command=sys.executable,
        args=["-m", "app.cli", "mcp", "--url", url, *options],
        env={"DEVOURED_KEY": key},
        cwd=Path(__file__).parents[2],
    )

    async def talk() -> None:
        async with Client(stdio_client(server, log or sys.__stderr__ or sys.stderr)) as client:
            await use(Tools(client))

    anyio.run(talk)


def test_a_digest_is_loaded_mended_checked_previewed_and_planned(
    container: Container, url: str, now: datetime
) -> None:
    async def use(tools: Tools) -> None:
        assert await tools.names() == READS | EDITS
        assert "cannot approve" in (tools.client.instructions or "")
        text = digest(("A compiler that explains itself", "AI"), ("Less is said", "DevOps"))
        loaded = await tools.good("load_digest", digest=text, issued_on="2026-11-23")
        issue = loaded["issues"][0]["id"]
        found = await tools.good("check_issue", issue_id=issue)
        assert {one["code"] for one in found["findings"]} >= {"hidden_category"}

        with TestClient(create_app(container), headers=bearer(admin)) as api:
            open_proposed(api, loaded)
        version = (await tools.good("show_issue", issue_id=issue))["version"]
        mended = digest(("Less is said", "AI"))
        change = {"issue_id": issue, "digest": mended, "mode": "replace", "version": version}
        assert (await tools.good("load_into_draft", **change))["replaced"]
        assert "stale, 412" in await tools.wrong("load_into_draft", **change)

        assert "Less is said" in (await tools.good("read_issue", issue_id=issue))["result"]
        shown = await tools.good("preview_issue", issue_id=issue, categories=["ai"], depth="brief")
        assert "A compiler that explains itself" in shown["text"]
        assert (shown["categories"], "html" in shown) == (["ai"], False)
        plan = await tools.good("plan_issue", issue_id=issue)
        assert (plan["n_readers"], len(plan["hash"]) > 20) == (0, True)
        listed = await tools.good("list_issues", state="draft")
        assert [one["id"] for one in listed["items"]] == [issue]
        slugs = [one["slug"] for one in (await tools.good("list_categories"))["items"]]
        assert slugs == ["ai", "devops"]
        assert (await tools.good("show_schedule"))["lanes"]

    admin = secret_of(container, [Scope.ADMIN], now)
    _use(url, secret_of(container, EDITOR, now), use)


def test_nothing_is_approved_unless_it_was_started_for_that_whatever_the_key_may(
    container: Container, url: str, now: datetime, tmp_path: Path
) -> None:
    async def use(tools: Tools) -> None:
        assert not SENDS & await tools.names()
        plan = await tools.good("plan_issue", issue_id=issue)
        for name in sorted(SENDS):
            said = await tools.wrong(name, issue_id=issue, plan=plan["hash"], because="so")
            assert name in said
        assert (await tools.good("show_issue", issue_id=issue))["state"] == "draft"
        assert "There is no issue 999" in await tools.wrong("show_issue", issue_id=999)
        assert "No story is left to load" in await tools.wrong("load_digest", digest="no digest")

    admin = secret_of(container, [Scope.ADMIN], now)
    issue = _draft(container, admin)
    with (tmp_path / "log").open("w+") as log:
        _use(url, admin, use, log=log)
        log.seek(0)
        assert admin not in log.read()


def test_an_issue_is_approved_with_its_plan_where_key_and_start_allow_it(
    container: Container, url: str, now: datetime
) -> None:
    async def refused(tools: Tools) -> None:
        assert await tools.names() == READS | EDITS | SENDS
        assert "forbidden, 403" in await tools.wrong("approve_issue", issue_id=issue, plan="0" * 64)

    async def approved(tools: Tools) -> None:
        old = (await tools.good("plan_issue", issue_id=issue))["hash"]
        text = digest(("A third story", "AI"))
        await tools.good("load_into_draft", issue_id=issue, digest=text, mode="add")
        said = await tools.wrong("approve_issue", issue_id=issue, plan=old)
        assert "plan_changed, 409" in said
        new = (await tools.good("plan_issue", issue_id=issue))["hash"]
        made = await tools.good("approve_issue", issue_id=issue, plan=new)
        assert made["state"] == "approved"
        at = "2026-11-23T06:30:00Z"
        made = await tools.good("schedule_issue", issue_id=issue, send_at=at)
        assert (made["state"], made["send_at"]) == ("scheduled", at)
        made = await tools.good("reopen_issue", issue_id=issue)
        assert made["state"] == "draft"
        said = await tools.wrong("pause_issue", issue_id=issue, because="a wrong link")
        assert "wrong_state, 409" in said
        assert "Possible now: approve" in said

    issue = _draft(container, secret_of(container, [Scope.ADMIN], now))
    _use(url, secret_of(container, EDITOR, now), refused, "--may-send")
    _use(url, secret_of(container, [*EDITOR, Scope.SEND], now), approved, "--may-send")


def _draft(container: Container, key: str) -> int:
    """Load an issue that can be approved, and return its number."""
    with TestClient(create_app(container), headers=bearer(key)) as api:
        loaded = api.post(
            "/v1/issues/load",
            content=digest(("A title", "AI")),
            headers={"Content-Type": "application/json"},
            params={"issued_on": "2026-11-23"},
        ).json()
        open_proposed(api, loaded)
    number: int = loaded["issues"][0]["id"]
    return number
