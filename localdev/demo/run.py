"""The demo from beginning to end: set up, load, approve, send, report, check, stay or go."""

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx2
from rich.console import Console
from rich.markup import escape

from app.cli.output import counted
from app.container import Container
from app.content.drafts import Digest
from app.db.session import transaction
from localdev.demo import editor
from localdev.demo.check import check_issue
from localdev.demo.earlier import end_leases, finish_earlier
from localdev.demo.follow import follow
from localdev.demo.pages import check_pages, show_addresses
from localdev.demo.place import DemoFolder, find_place, keep_secrets, read_secrets
from localdev.demo.processes import Deployment, start_deployment
from localdev.demo.readers import give_followers
from localdev.demo.report import show_sent, what_was_sent
from localdev.processes import ChildError, claim, orderly_end

_WATCH_SECONDS: Final = 0.5
_FAILURES_SHOWN: Final = 10
_PARTS: Final = "PostgreSQL, Valkey, SES, API, worker, beat and listener"


@dataclass(frozen=True)
class Options:
    """What a person may ask of the demo; `data` is the digest, and `digest` what it parses to."""

    data: bytes
    digest: Digest
    name: str
    folder: Path
    port: int
    n_readers: int
    once: bool
    drop_incomplete: bool
    split: bool


def run_demo(options: Options, console: Console) -> bool:
    """Run the demo and return whether all went well.

    With `once` that means that everybody's message is in the inbox, exactly once. Returns at once
    with `once`, otherwise after Ctrl-C, SIGTERM or SIGHUP. No process is left.

    Raises:
        ChildError: the folder is in use, or a part did not start or ended; with its last lines.
        Refusal: the API refused a step, such as approving incomplete stories.
        NotSent: an issue did not get to its end.
        KeyboardInterrupt: it was stopped before the digest was delivered.
    """
    is_well = False
    with _own(options.folder):
        place = find_place(options.folder, options.port)
        known = read_secrets(place.folder)
        try:
            with orderly_end(), _deployment(options, place, known, console) as deployment:
                is_well = _deliver(deployment, options, known["api_key"], console)
                if not options.once:
                    _stay(deployment, console)
        except KeyboardInterrupt:
            if not is_well:
                raise
        console.print("Stopped; no process is left.")
    return is_well


@contextmanager
def _own(folder: Path) -> Iterator[None]:
    """Lock the folder for this demo alone; raise ChildError while another demo has it."""
    with ExitStack() as stack:
        try:
            stack.enter_context(claim(folder, seconds=_WATCH_SECONDS))
        except ChildError:
            raise ChildError(
                f"another demo runs in {folder}: stop it, or choose a folder with --var."
            ) from None
        yield


@contextmanager
def _deployment(
    options: Options, place: DemoFolder, known: dict[str, str], console: Console
) -> Iterator[Deployment]:
    """Start all servers; the API key is put into `known` and kept for the next run."""

    def before_work(container: Container) -> None:
        now = container.clock()
        with transaction(container.sessions) as session:
            end_leases(session, now)
            known["api_key"] = editor.demo_key(session, known.get("api_key"), now)
        keep_secrets(place.folder, known)

    began = time.monotonic()
    with (
        console.status(f"Starting {_PARTS}") as status,
        start_deployment(place, known, before_work) as deployment,
    ):
        status.stop()
        console.print(f"{_PARTS} are up in {time.monotonic() - began:.1f} s.")
        if (place.port, place.ses_port) != (options.port, options.port + 1):
            console.print(f"Ports were taken: this run is on {place.port} and {place.ses_port}.")
        yield deployment


def _deliver(deployment: Deployment, options: Options, key: str, console: Console) -> bool:
    """Load the digest, send it and say what was sent; with `once`, whether the inbox is right."""
    with editor.at_desk(deployment.place.base_url, key) as desk:
        finish_earlier(deployment, desk, console)
        editor.set_up(desk)
        issue_ids = _load(deployment, desk, options, console)
        for issue_id in issue_ids:
            editor.approve(desk, issue_id)
            editor.schedule_now(desk, issue_id)
        follow(deployment, desk, issue_ids, console)
    with transaction(deployment.container.sessions) as session:
        sent = [what_was_sent(session, issue_id) for issue_id in issue_ids]
    for one in sent:
        show_sent(one, console)
    is_right = not options.once or _check(deployment, issue_ids, console)
    show_addresses(deployment.place, issue_ids, _desk_link(deployment), key, console)
    return is_right


def _desk_link(deployment: Deployment) -> str:
    """Return a link that opens the desk."""
    container = deployment.container
    with transaction(container.sessions) as session:
        return editor.demo_link(session, deployment.place.base_url, container.clock())


def _load(
    deployment: Deployment, desk: httpx2.Client, options: Options, console: Console
) -> Sequence[int]:
    """Load the digest, give its categories readers and return the numbers of the new issues."""
    loaded = editor.load(
        desk, options.data, drop_incomplete=options.drop_incomplete, split=options.split
    )
    say_loaded(options, loaded, console)
    issue_ids = [int(issue["id"]) for issue in loaded["issues"]]
    with transaction(deployment.container.sessions) as session:
        slugs = editor.slugs_in(session, issue_ids)
    editor.open_categories(desk, slugs)
    n_new = editor.add_readers(desk, options.n_readers, slugs)
    with transaction(deployment.container.sessions) as session:
        give_followers(session, slugs)
    known = "all of them known from before" if n_new == 0 else f"{n_new:,} of them new"
    console.print(f"{counted(options.n_readers, 'sample reader', 'sample readers')}, {known}.")
    return issue_ids


def say_loaded(options: Options, loaded: dict[str, Any], console: Console) -> None:
    """Print what the digest holds, and what of it was left out or unfinished."""
    numbers = ", ".join(str(issue["id"]) for issue in loaded["issues"])
    stories = options.digest.stories
    by_category = Counter(story.category or "without a category" for story in stories)
    inside = ", ".join(f"{name} {n}" for name, n in by_category.items())
    console.print(
        f"[bold]{escape(options.name)}[/bold]: {_stories(len(stories))} ({escape(inside)}), "
        f"{sum(story.incomplete for story in stories)} incomplete."
    )
    for title in loaded["dropped"]:
        console.print(f"  Incomplete, left out (--drop-incomplete): “{escape(title)}”")
    for story in loaded["incomplete"]:
        missing = ", ".join(story["missing"])
        console.print(f"  Incomplete ({missing}), kept: “{escape(story['title'])}”")
    for item in loaded["unplaced"]:
        line = f"{item['text'].strip()} – {item['reason']}"
        console.print(f"  Line {item['line']} found no place: {escape(line)}")
    issues = "Issue" if len(loaded["issues"]) == 1 else "Issues"
    console.print(f"{issues} {numbers} of today: {_stories(loaded['n_stories'])}.")


def _stories(n: int) -> str:
    return counted(n, "story", "stories")


def _check(deployment: Deployment, issue_ids: Sequence[int], console: Console) -> bool:
    """Show what was checked and the first failures; return whether the inbox is right."""
    findings = [check_issue(deployment, issue_id) for issue_id in issue_ids]
    findings.append(check_pages(deployment, issue_ids))
    console.print("\n[bold]Checked[/bold]")
    failures = [failure for one in findings for failure in one.failures]
    for one in findings:
        for what in one.checked:
            console.print(f"  {what}.")
    for failure in failures[:_FAILURES_SHOWN]:
        console.print(f"  [red]Wrong:[/red] {escape(failure)}")
    verdict = "Nothing is wrong." if not failures else f"{len(failures):,} things are wrong."
    console.print(f"  [bold]{verdict}[/bold]")
    return not failures


def _stay(deployment: Deployment, console: Console) -> None:
    """Never returns: until a signal ends it, or a part of it ends.

    Raises:
        KeyboardInterrupt: Ctrl-C, SIGTERM or SIGHUP.
        ChildError: a part has ended.
    """
    console.print("\nIt stays up until Ctrl-C.")
    while True:
        deployment.check()
        time.sleep(_WATCH_SECONDS)
