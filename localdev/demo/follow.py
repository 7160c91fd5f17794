"""Watching issues go out: a bar for each, fed by the API's progress."""

import time
from collections.abc import Callable, Sequence
from typing import Any, Final

import httpx2
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)

from localdev.demo.editor import ask
from localdev.demo.processes import Deployment

_LOOK_SECONDS: Final = 0.1
_PATIENCE_SECONDS: Final = 60.0
"""How long nothing may move before it is taken for stuck."""


class NotSent(Exception):
    """An issue did not get to its end."""


def follow(
    deployment: Deployment,
    desk: httpx2.Client,
    issue_ids: Sequence[int],
    console: Console,
    meanwhile: Callable[[], None] = lambda: None,
) -> None:
    """Wait until all these issues are sent; `meanwhile` is called between two checks.

    Raises:
        NotSent: one was paused, cancelled, found stale, or nothing moved for a minute.
        ChildError: a part of the demo has ended.
    """
    with _bars(console) as bars:
        waiting = {number: bars.add_task(f"Issue {number}", total=None) for number in issue_ids}
        last: object = None
        moved_at = time.monotonic()
        while waiting:
            deployment.check()
            meanwhile()
            seen = {number: _look(desk, number, bars, waiting[number]) for number in waiting}
            waiting = {number: waiting[number] for number in waiting if not seen[number]["done"]}
            if seen != last:
                last, moved_at = seen, time.monotonic()
            elif time.monotonic() - moved_at > _PATIENCE_SECONDS:
                raise NotSent(
                    f"nothing moved for {_PATIENCE_SECONDS:g} s; see {deployment.place.logs}"
                )
            time.sleep(_LOOK_SECONDS)


def _bars(console: Console) -> Progress:
    return Progress(
        TextColumn("  {task.description}"),
        BarColumn(bar_width=36),
        MofNCompleteColumn(),
        TextColumn("readers"),
        TimeElapsedColumn(),
        console=console,
    )


def _look(desk: httpx2.Client, issue_id: int, bars: Progress, task: TaskID) -> dict[str, Any]:
    """Return the state of an issue and its counts, shown on its bar; `done` once it is sent."""
    issue = ask(desk, "GET", f"/v1/issues/{issue_id}")
    progress = ask(desk, "GET", f"/v1/issues/{issue_id}/progress")
    state = issue["state"]
    if state in {"paused", "cancelled"} or (state == "approved" and issue["stale_at"]):
        raise NotSent(f"issue {issue_id} is {state}: {issue['paused_because'] or 'not by us'}")
    n_settled = sum(progress["settled"].values())
    total = progress["n_due"] if issue["launched_at"] else None
    bars.update(
        task, description=_describe(issue_id, state, progress), total=total, completed=n_settled
    )
    return {"state": state, "n_settled": n_settled, "done": state == "sent"}


def _describe(issue_id: int, state: str, progress: dict[str, Any]) -> str:
    if state == "sending" and progress["n_editions_rendered"] < progress["n_editions"]:
        done, of = progress["n_editions_rendered"], progress["n_editions"]
        return f"Issue {issue_id}: rendered {done} of {of} editions"
    words = {"scheduled": "waits for beat", "approved": "waits for beat"}
    return f"Issue {issue_id} {words.get(state, state)}"
