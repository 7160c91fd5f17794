"""`devoured publication` and `devoured templates`."""

from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.enums import Tracking
from app.models import AuditEntry, Publication
from tests.cli.conftest import Devoured


def test_publication_set_changes_the_brakes(cli: Devoured, session: Session) -> None:
    ran = cli("publication", "set", "--brake-after", "100", "--bounce-limit", "0.1")

    assert ran.code == 0
    session.expire_all()
    row = session.get_one(Publication, 1)
    assert (row.brake_after, row.bounce_limit, row.complaint_limit) == (100, 0.1, 0.003)
    assert "10.00% bounces or 0.30% complaints after 100 readers" in ran.out
    assert cli("publication", "set", "--bounce-limit", "1.1").code == 2


def test_publication_set_changes_what_suppresses_softly(cli: Devoured, session: Session) -> None:
    assert "5 soft bounces within 30 days" in cli("publication", "show").out
    ran = cli("publication", "set", "--soft-bounces", "1", "--soft-bounce-days", "14")

    assert ran.code == 0
    assert "1 soft bounce within 14 days" in ran.out
    session.expire_all()
    row = session.get_one(Publication, 1)
    assert (row.soft_bounce_limit, row.soft_bounce_days) == (1, 14)
    for option, value in (("--soft-bounces", "0"), ("--soft-bounce-days", "366")):
        assert cli("publication", "set", option, value).code == 2


def test_templates_are_listed_with_what_they_add(devoured: Devoured) -> None:
    ran = devoured("templates")
    assert ran.code == 0
    rows = [line.split() for line in ran.out.splitlines()]
    assert [row[0] for row in rows] == ["ai", "default", "devops", "security"]
    assert all(0 < int(row[1].replace(",", "")) < 1500 for row in rows)


def test_templates_exit_1_when_an_own_one_is_wrong(devoured: Devoured, tmp_path: Path) -> None:
    (tmp_path / "sections").mkdir()
    (tmp_path / "sections" / "sports.mjml.j2").write_text(
        '{% extends "sections/default.mjml.j2" %}\n{% block band %}{{ nothing }}{% endblock %}'
    )
    ran = devoured("templates", str(tmp_path))
    assert ran.code != 0
    assert ran.out == ""
    assert "sections/sports.mjml.j2:2: nothing is undefined" in ran.err
    assert devoured("templates", str(tmp_path / "none")).code == 2


def test_publication_set_changes_what_is_given_alone(cli: Devoured, session: Session) -> None:
    before = session.get_one(Publication, 1).tagline
    ran = cli(
        *("publication", "set", "--name", "The morning paper", "--send-time", "06:30"),
        *("--weekdays", "mon,Wednesday,fri", "--from-address", "Paper <paper@example.com>"),
    )

    assert ran.code == 0
    session.expire_all()
    row = session.get_one(Publication, 1)
    assert (row.name, row.tagline, row.weekdays) == ("The morning paper", before, [1, 3, 5])
    assert row.from_address == "Paper <paper@example.com>"
    assert "06:30" in cli("publication", "show").out


def test_address_that_is_set_again_as_it_was_is_no_change(cli: Devoured, session: Session) -> None:
    for _ in range(2):
        assert cli("publication", "set", "--postal-address", "2 Other Lane, 1010 Vienna").code == 0
    entries = session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
    assert [one.after.get("addresses") for one in entries] == [["postal_address"], None]


def test_publication_set_says_what_is_kept_of_clicks(cli: Devoured, session: Session) -> None:
    assert "Tracking" in cli("publication", "show").out
    assert cli("publication", "set", "--tracking", "per_reader", "--opens").code == 0
    row = session.get_one(Publication, 1)
    assert (row.tracking, row.tracks_opens) == (Tracking.PER_READER, True)
    assert "who clicks, and opens" in cli("publication", "show").out
    assert cli("publication", "set", "--tracking", "everything").code == 2


@pytest.mark.parametrize(
    "change",
    [
        ("--weekdays", "someday"),
        ("--time-zone", "Mars/Base"),
        ("--from-address", "nobody"),
        ("--from-address", "A <a@mail.org>, b@mail.org"),
        ("--sponsor-label", "Without a text"),
        ("--sponsor-url", "https://example.com"),
    ],
)
def test_publication_set_exits_2_and_changes_nothing_when_it_is_wrong(
    cli: Devoured, session: Session, change: tuple[str, str]
) -> None:
    ran = cli("publication", "set", "--name", "Another", *change)

    assert ran.code == 2
    assert ran.err.count("\n") == 1
    assert session.get_one(Publication, 1).name != "Another"


def test_publication_set_names_a_sponsor_and_takes_it_away(cli: Devoured, session: Session) -> None:
    about = (
        "--sponsor",
        "Servers.",
        "--sponsor-label",
        "Host",
        "--sponsor-url",
        "https://x.example",
    )
    assert cli("publication", "set", *about).code == 0
    row = session.get_one(Publication, 1)
    assert row.sponsor == {"text": "Servers.", "label": "Host", "url": "https://x.example"}
    assert "Servers." in cli("publication", "show").out
    assert cli("publication", "set", "--sponsor", "").code == 0
    session.expire_all()
    assert session.get_one(Publication, 1).sponsor == {"text": "", "label": "", "url": ""}


def test_publication_alone_is_shown(cli: Devoured) -> None:
    alone = cli("publication")
    assert (alone.code, alone.out) == (0, cli("publication", "show").out)
