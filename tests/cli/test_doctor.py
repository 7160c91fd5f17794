"""`devoured doctor`: what it prints, and its exit codes."""

import json

import pytest
from sqlalchemy.orm import Session

from app.clock import system_clock
from app.doctor.findings import CODES, PAGE
from app.publication.publication import get_publication
from app.sentences import Sentence
from app.watch.alerts import Alert
from app.watch.notices import notice_of
from app.watch.rules import RULES
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


@pytest.mark.usefixtures("nameless", "aws")
def test_what_is_told_at_the_moment_is_among_it_with_the_page_of_its_alert(
    cli: Devoured, session: Session
) -> None:
    now = system_clock()
    rule = next(one for one in RULES if one.name == "DevouredIssuePaused")
    for issue, ended_at in (("3", None), ("4", now)):
        said = Sentence("Issue %(issue)s is paused.", issue=issue)
        notice = notice_of(Alert(rule, issue, said, now), now - rule.holds)
        notice.ended_at = ended_at
        session.add(notice)
    session.commit()

    found = json.loads(cli("doctor", "--json").out)["findings"]
    assert [one for one in found if one["code"] == "notices"] == [
        {
            "code": "notices",
            "level": "wrong",
            "sentence": "Issue 3 is paused.",
            "mend": "Do what the alerts say of DevouredIssuePaused.",
            "page": "docs/alerts.md#devouredissuepaused",
        }
    ]
