"""`devoured plan`, and `approve` by its hash."""

import re
from pathlib import Path

from sqlalchemy.orm import Session

from tests.cli.conftest import Devoured
from tests.cli.samples import load
from tests.factories import make_subscriber


def test_plan_says_who_and_when_and_approve_takes_its_hash(
    cli: Devoured, tmp_path: Path, session: Session
) -> None:
    (issue,) = load(cli, tmp_path)
    make_subscriber(session, follows=1 | 2)
    make_subscriber(session, follows=4)
    session.commit()
    ran = cli("plan", issue)

    assert ran.code == 0
    assert "1 edition for 1 reader." in ran.out
    assert re.search(r"nothing to read +1", ran.out)
    assert re.search(r"deep +1", ran.out)
    assert not re.search("headlines|brief|whole", ran.out), "nobody reads them"
    assert "Starts at" in ran.out
    found = re.search(r"[0-9a-f]{32}-[0-9a-f]{28}", ran.err)
    assert found is not None
    assert cli("approve", issue, "--plan", found[0]).code == 0


def test_approve_refuses_another_plan_and_what_is_none(cli: Devoured, tmp_path: Path) -> None:
    (issue,) = load(cli, tmp_path)
    other = cli("approve", issue, "--plan", f"{'0' * 32}-{'0' * 28}")

    assert other.code == 1
    assert "Look at the plan again" in other.err
    wrong = cli("approve", issue, "--plan", "5b1e")
    assert wrong.code == 2
    assert wrong.err.count("\n") == 1
