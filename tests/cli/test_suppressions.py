"""`devoured suppressed`, `suppress` and `lift`."""

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.models import Lift, Suppression
from tests.cli.conftest import Devoured

ADDRESS = "ada@example.com"


def n_suppressed(session: Session) -> int:
    session.rollback()
    return session.scalar(select(func.count()).select_from(Suppression)) or 0


def test_suppression_is_made_shown_and_lifted_with_a_reason(
    cli: Devoured, session: Session
) -> None:
    made = cli("suppress", "Ada@Example.com", "--note", "asked by telephone")
    assert made.code == 0
    assert made.out.endswith(", manual: asked by telephone.\n")
    assert cli("suppressed", ADDRESS).out == made.out

    lifted = cli("lift", ADDRESS, "--because", "asked\nto come back")
    assert (lifted.code, lifted.out) == (0, "The address may be written to again.\n")
    assert n_suppressed(session) == 0
    assert session.scalars(select(Lift.because)).one() == "asked to come back"
    assert cli("suppressed", ADDRESS).code == 1

    again = cli("suppress", ADDRESS)
    assert "manual: asked to come back" in again.err


@pytest.mark.parametrize("because", ["", "  ", "x" * 201, "a\x00b"])
def test_suppression_stays_when_there_is_no_reason(
    cli: Devoured, session: Session, because: str
) -> None:
    cli("suppress", ADDRESS)
    assert cli("lift", ADDRESS, "--because", because).code == 2
    assert cli("lift", ADDRESS).code == 2
    assert n_suppressed(session) == 1


def test_address_that_is_not_suppressed_or_is_none_is_said_so(
    cli: Devoured, session: Session
) -> None:
    ran = cli("lift", ADDRESS, "--because", "why not")
    assert (ran.code, ran.err) == (1, "devoured: This address is not suppressed.\n")
    assert cli("lift", "nobody", "--because", "why not").code == 2
    assert n_suppressed(session) == 0
