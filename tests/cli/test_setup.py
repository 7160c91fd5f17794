"""`devoured setup`: by options or asked in a terminal, whole or not at all, safe to run again."""

import os
import pty
import select as polling
import subprocess
import sys
from time import monotonic

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.access.sign_in import check_link
from app.clock import system_clock
from app.models import AuditEntry, Category, User
from app.publication.publication import get_publication
from app.settings import Settings
from tests.cli.conftest import Devoured, environment_of

WHOLE = (
    *("setup", "--name", "The morning paper", "--from", "digest@example.org"),
    *("--postal-address", "1 Reading Lane, 1010 Vienna", "--time-zone", "Europe/Vienna"),
    *("--send-time", "06:30", "--weekdays", "mon,fri", "--category", "AI", "--category", "DevOps"),
    *("--admin", "Ada <ada@example.org>"),
)


def _unset(session: Session) -> None:
    """Bring the publication to what the first migration made of it."""
    publication = get_publication(session)
    publication.from_address = "Devoured <digest@devoured.example>"
    publication.postal_address = ""
    session.commit()


def test_setup_takes_all_by_options_and_prints_the_link_alone(
    cli: Devoured, session: Session
) -> None:
    _unset(session)
    ran = cli(*WHOLE)
    assert ran.code == 0
    session.expire_all()
    publication = get_publication(session)
    assert publication.from_address == "The morning paper <digest@example.org>"
    assert (publication.time_zone, publication.weekdays) == ("Europe/Vienna", [1, 5])
    assert session.scalars(select(Category.name).order_by(Category.position)).all() == [
        "AI",
        "DevOps",
    ]
    link = check_link(session, ran.out.strip().rpartition("/")[2], system_clock())
    assert session.get_one(User, link.user_id).roles == ["admin"]
    assert "What is next:" in ran.err
    assert "/desk, and paste or load the first digest" in ran.err


def test_setup_once_more_makes_nothing_twice_and_hands_out_another_link(
    cli: Devoured, session: Session
) -> None:
    _unset(session)
    first, second = cli(*WHOLE), cli(*WHOLE)
    assert (first.code, second.code) == (0, 0)
    assert first.out != second.out
    counts = [session.scalar(select(func.count()).select_from(one)) for one in (Category, User)]
    assert counts == [2, 1]
    again = cli("setup")
    assert (again.code, again.out) == (0, "")
    made = session.scalars(select(AuditEntry.verb)).all()
    assert (made.count("add_user"), made.count("change_publication")) == (1, 1)


def test_setup_without_a_terminal_says_what_is_missing_and_does_nothing(
    cli: Devoured, session: Session
) -> None:
    _unset(session)
    ran = cli("setup", "--name", "The morning paper", "--category", "AI")
    assert ran.code == 2
    assert "Say these too: --from, --postal-address, --admin." in ran.err
    assert session.scalar(select(func.count()).select_from(Category)) == 0


def test_setup_refuses_what_it_cannot_take_and_does_nothing(
    cli: Devoured, session: Session
) -> None:
    _unset(session)
    for option, value, said in (
        ("--send-time", "7 am", "is no time of day"),
        ("--time-zone", "Mars/Olympus", "is no time zone"),
        ("--weekdays", "monkey", "“monkey” is no weekday"),
        ("--from", "digest", "has an @ in it"),
        ("--admin", "Ada", "has an @ in it"),
    ):
        ran = cli(*WHOLE, option, value)
        assert ran.code == 2, option
        assert said in ran.err
    assert session.scalar(select(func.count()).select_from(Category)) == 0


def test_setup_asks_in_a_terminal_and_asks_again_for_what_it_cannot_take(
    session: Session, settings: Settings
) -> None:
    _unset(session)
    answers = {
        "publication called": ["The morning paper"],
        "mail from": ["digest", "digest@example.org"],
        "postal address": ["1 Reading Lane, 1010 Vienna"],
        "whose clocks": ["Europe/Vienna"],
        "When does it send": [""],
        "On which days": ["someday", "mon,fri"],
        "Which categories": ["AI, DevOps"],
        "Who are you": ["Ada <ada@example.org>"],
    }
    out = _answer_all(settings, answers)
    assert out.count("Which address is its mail from?") == 2
    assert "has an @ in it" in out
    assert "/desk/sign-in/" in out
    publication = get_publication(session)
    session.refresh(publication)
    assert publication.from_address == "The morning paper <digest@example.org>"
    assert publication.weekdays == [1, 5]
    assert session.scalars(select(User.name)).all() == ["Ada"]


def _answer_all(settings: Settings, answers: dict[str, list[str]]) -> str:
    """Run `devoured setup` in a terminal, answer what it asks, and return all that it shows."""
    ours, theirs = pty.openpty()
    child = subprocess.Popen(
        [sys.executable, "-m", "app.cli", "setup"],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env={**os.environ, **environment_of(settings)},
    )
    os.close(theirs)
    shown, answered, until = "", 0, monotonic() + 120
    try:
        while monotonic() < until:
            if not polling.select([ours], [], [], 1)[0]:
                continue
            try:
                shown += os.read(ours, 4096).decode()
            except OSError:  # the terminal's other end is closed
                break
            asked = shown[answered:]
            question = next((one for one in answers if one in asked and asked.endswith(": ")), None)
            if question is not None:
                answered = len(shown)
                os.write(ours, f"{answers[question].pop(0)}\n".encode())
        assert child.wait(30) == 0, shown
    finally:
        child.kill()
        child.wait()
        os.close(ours)
    return shown
