"""Every command of README, the tutorial and the how-tos is run as it stands there.

Left out are blocks that are marked as needing AWS or a host of their own (root, systemd, a
cluster), and those that `.ci/run` runs itself.
"""

import shutil
from datetime import datetime
from pathlib import Path
from typing import Final

import pytest
from sqlalchemy.orm import Session

from app.delivery.partitions import ensure_partition
from app.enums import IssueState
from app.settings import Settings
from tests.cli.conftest import environment_of
from tests.documents.pages import COMMANDS, ROOT, Block, blocks, guides
from tests.documents.terminal import opened
from tests.factories import make_issue

_BY_CI: Final = (ROOT / ".ci" / "run").read_text("utf-8").splitlines()
_FILES: Final = {
    "members.csv": "address,name\nada@example.org,Ada\ngrace@example.org,Grace\n",
    "crm.csv": "address,Weg seit,Shoe size\nlin@example.org,2025-03-01,38\nmax@example.org,,44\n",
}
"""What a reader of the guides has beside the project."""


_ON_A_BARE_MACHINE: Final = {
    "README.md",
    "docs/first-issue.md",
    "docs/install.md",
    "docs/rehearsal.md",
}
"""Guides that begin with nothing; the others find what `docs/install.md` leaves."""


_WITH_SERVERS_OF_ITS_OWN: Final = {"docs/rehearsal.md"}
"""Guides whose commands start PostgreSQL and Valkey, and are told of no others."""


def _filled_in(given: dict[str, str]) -> str:
    """Return `.env` as a person fills it in, with the settings of the test."""
    lines = (ROOT / ".env.example").read_text("utf-8").splitlines()
    names = [line.partition("=")[0] for line in lines]
    both = zip(names, lines, strict=True)
    return "".join(
        f"{name}={given[name]}\n" if name in given else f"{line}\n" for name, line in both
    )


def _to_run() -> dict[str, list[Block]]:
    """Return the blocks of each guide that are run, once each: README's where they stand alone."""
    found: dict[str, list[Block]] = {}
    readme, *others = guides()
    for page in (*others, readme):
        seen = {block.text for blocks in found.values() for block in blocks}
        for block in blocks(page):
            is_run = block.language == COMMANDS and block.marks.isdisjoint({"aws", "host"})
            if is_run and block.text not in seen and not {*block.commands} <= {*_BY_CI}:
                found.setdefault(block.page, []).append(block)
    return found


_TO_RUN: Final = _to_run()


def _paused_issue(session: Session, now: datetime) -> int:
    """Make the issue that the page on incidents is about: it paused itself."""
    issue = make_issue(
        session,
        state=IssueState.PAUSED,
        paused_because="brake: 6.0 % bounced",
        n_due=0,
        launched_at=now,
        rendered_at=now,
    )
    ensure_partition(session, issue.id)
    session.commit()
    return issue.id


@pytest.mark.parametrize("page", _TO_RUN)
def test_commands_of_a_guide_do_their_work_one_after_the_other(
    page: str, settings: Settings, session: Session, now: datetime, tmp_path: Path
) -> None:
    words = {"3": str(_paused_issue(session, now))} if "incidents" in page else {}
    given = {} if page in _WITH_SERVERS_OF_ITS_OWN else environment_of(settings)

    with opened(tmp_path, given, words) as terminal:
        if page not in _ON_A_BARE_MACHINE:
            (terminal.folder / ".env").write_text(_filled_in(given), encoding="utf-8")
        for name, text in _FILES.items():
            (terminal.folder / name).write_text(text, encoding="utf-8")
        for block in _TO_RUN[page]:
            if "caddy" not in block.marks or shutil.which("caddy"):
                terminal.type(block)


def test_each_guide_with_commands_has_some_that_are_run() -> None:
    named = {"docs/first-issue.md", "docs/rehearsal.md", "docs/install.md", "docs/https.md"}
    named |= {
        "docs/upgrade.md",
        "docs/restore.md",
        "docs/ses.md",
        "docs/hosts.md",
        "docs/import.md",
        "docs/incidents.md",
    }

    assert set(_TO_RUN) == named
