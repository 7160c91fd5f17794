"""`devoured doctor`: what it prints, and its exit codes."""

import json

import pytest
from sqlalchemy.orm import Session

from app.doctor.findings import CODES, PAGE
from app.publication.publication import get_publication
from tests.aws.conftest import aws, local_ses, moto_url
from tests.cli.conftest import Devoured

__all__ = ["aws", "local_ses", "moto_url"]


@pytest.fixture
def nameless(session: Session) -> None:
    """Take the sender away, so that no DNS is asked for it."""
    get_publication(session).from_address = ""
    session.commit()


@pytest.mark.usefixtures("nameless", "aws")
def test_what_is_wrong_is_told_with_its_mend_and_exits_1(
    cli: Devoured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DEVOURED_BASE_URL", "http://127.0.0.1:1")  # where nobody listens
    ran = cli("doctor")
    assert ran.code == 1
    lines = ran.out.splitlines()
    told = lines.index("WRONG    Nothing says which address mail is sent from.")
    assert lines[told + 1].endswith(f"({PAGE}#sender)")
    assert "WRONG    The base address is not reached from here" in ran.out
    assert ran.err.endswith(" things wrong.\n")


@pytest.mark.usefixtures("nameless", "aws")
def test_programs_read_the_same(cli: Devoured) -> None:
    ran = cli("doctor", "--json")
    assert ran.code == 1
    told = json.loads(ran.out)
    assert told["is_well"] is False
    assert {one["code"] for one in told["findings"]} <= set(CODES)
    (sender,) = [one for one in told["findings"] if one["code"] == "sender"]
    assert sender == {
        "code": "sender",
        "level": "wrong",
        "sentence": "Nothing says which address mail is sent from.",
        "mend": "Run devoured publication set --from-address.",
        "page": f"{PAGE}#sender",
    }


@pytest.mark.parametrize("wrong", [["--patience", "0"], ["--patience", "soon"], ["now"]])
def test_what_is_asked_wrongly_exits_2(cli: Devoured, wrong: list[str]) -> None:
    ran = cli("doctor", *wrong)
    assert (ran.code, ran.out) == (2, "")
