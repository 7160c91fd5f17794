"""Every command of README, the tutorial and the how-tos is run as it stands there.

Left out are blocks that are marked as needing AWS or a host of their own (root, systemd, a
cluster), and those that `.ci/run` runs itself.
"""

import shutil
from datetime import datetime
from itertools import chain
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
from tests.upgrades.first import APPROVED, LAUNCHED, N_DUE, PENDING

_BY_CI: Final = (ROOT / ".ci" / "run").read_text("utf-8").splitlines()
_FILES: Final = {
    "members.csv": "address,name\nada@example.org,Ada\ngrace@example.org,Grace\n",
    "crm.csv": "address,Weg seit,Shoe size\nlin@example.org,2025-03-01,38\nmax@example.org,,44\n",
}
"""What a reader of the guides has beside the project."""


_ROADS: Final = {
    "tutorial": ("docs/first-issue.md",),
    "rehearsal": ("docs/rehearsal.md",),
    "one host": ("docs/install.md", "docs/https.md", "docs/upgrade.md", "docs/restore.md"),
    "SES": ("docs/ses.md",),
    "hosts": ("docs/hosts.md",),
    "commands": ("docs/import.md", "docs/incidents.md"),
}
"""Guides that are followed one after the other, on what the one before left."""

_ON_A_BARE_MACHINE: Final = {"tutorial", "rehearsal", "one host"}
"""Roads that begin with nothing; the others find a file of settings."""

_WITH_SERVERS_OF_ITS_OWN: Final = {"rehearsal"}
"""Roads whose commands start PostgreSQL and Valkey, and are told of no others."""

_SAID: Final = {
    "rehearsal": (
        "The database is at 0004.",
        f"Issue {LAUNCHED} is sent.",
        f"{N_DUE} readers: delivered",
        *PENDING.values(),
        f"Issue {APPROVED} is sent.",
    )
}
"""What is said on a road, in this order, beyond that every command ends well: of the rehearsal that
the first release was upgraded, its readers are there, and what it began and what it left go out."""


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


@pytest.mark.parametrize("road", _ROADS)
def test_commands_of_guides_do_their_work_one_after_the_other(
    road: str, settings: Settings, session: Session, now: datetime, tmp_path: Path
) -> None:
    pages = _ROADS[road]
    words = {"3": str(_paused_issue(session, now))} if "docs/incidents.md" in pages else {}
    given = {} if road in _WITH_SERVERS_OF_ITS_OWN else environment_of(settings)

    with opened(tmp_path, given, words) as terminal:
        if road not in _ON_A_BARE_MACHINE:
            (terminal.folder / ".env").write_text(_filled_in(given), encoding="utf-8")
        for name, text in _FILES.items():
            (terminal.folder / name).write_text(text, encoding="utf-8")
        typed = chain.from_iterable(_TO_RUN[page] for page in pages)
        is_here = shutil.which("caddy") is not None
        said = "".join(
            terminal.type(block) for block in typed if is_here or "caddy" not in block.marks
        )

    for words_said in _SAID.get(road, ()):
        _, found, said = said.partition(words_said)
        assert found, f"“{words_said}” was not said"


def test_each_guide_with_commands_that_are_run_lies_on_one_road() -> None:
    assert sorted(_TO_RUN) == sorted(chain.from_iterable(_ROADS.values()))
