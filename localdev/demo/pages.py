"""Where to look now: the addresses that the demo prints, and that each of them answers."""

import sys
from collections.abc import Sequence
from pathlib import Path
from shlex import quote
from typing import Final

import httpx2
from rich.console import Console
from sqlalchemy import select

from app.db.session import transaction
from app.delivery.compose import browser_url, read_url
from app.models import Edition, Story
from localdev.demo.check import Findings
from localdev.demo.place import DemoFolder
from localdev.demo.processes import Deployment

_DEVOURED: Final = str(Path(sys.executable).with_name("devoured"))


def show_addresses(
    place: DemoFolder, issue_ids: Sequence[int], desk: str, key: str, console: Console
) -> None:
    """Print where everything is, the link that opens the desk, and the key that the API wants."""
    console.print("\n[bold]Have a look[/bold]")
    for what, value in (
        *_addresses(place, issue_ids[0]).items(),
        ("API key", key),
        ("Desk, once", desk),
        ("Logs", str(place.logs)),
        ("Commands", f". {quote(str(place.settings_file))} && {quote(_DEVOURED)} --help"),
    ):
        # No wrapping: an address or a key is to be copied.
        console.print(f"  [dim]{what:<14}[/dim]{value}", soft_wrap=True)


def check_pages(deployment: Deployment, issue_ids: Sequence[int]) -> Findings:
    """Check with a GET that every page answers to which a person or a mail leads."""
    with transaction(deployment.container.sessions) as session:
        stories = session.scalars(select(Story).where(Story.issue_id.in_(issue_ids))).all()
        editions = session.scalars(select(Edition).where(Edition.issue_id.in_(issue_ids))).all()
    base_url = deployment.place.base_url
    urls = list(_addresses(deployment.place, issue_ids[0]).values())
    urls += [read_url(base_url, issue_id) for issue_id in issue_ids]
    urls += [read_url(base_url, story.issue_id, story.id) for story in stories]
    urls += [browser_url(base_url, edition.public_id) for edition in editions]
    findings = Findings()
    with httpx2.Client(timeout=30, trust_env=False, follow_redirects=True) as browser:
        answers = [(url, browser.get(url).status_code) for url in urls]
    wrong = [f"{url} answers {status}" for url, status in answers if status != httpx2.codes.OK]
    findings.note(f"{len(urls)} pages answer: inbox, reading, stories, editions, API", wrong)
    return findings


def _addresses(place: DemoFolder, issue_id: int) -> dict[str, str]:
    return {
        "Inbox": f"{place.ses_url}/inbox",
        "Reading page": read_url(place.base_url, issue_id),
        "Sign up": f"{place.base_url}/signup",
        "API": f"{place.base_url}/docs",
    }
