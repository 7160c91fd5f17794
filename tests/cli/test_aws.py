"""`devoured aws plan`: what it prints, makes and refuses, and its exit codes."""

import json

import pytest
from sqlalchemy.orm import Session

from app.publication.publication import get_publication
from tests.aws.conftest import ACCOUNT, aws, local_ses, moto_url
from tests.cli.conftest import Devoured
from tests.localdev.ses.running import LocalSes

__all__ = ["aws", "local_ses", "moto_url"]

POLICY = ("aws", "plan", "--policy", "--account", ACCOUNT, "--domain", "example.com")


def test_the_policy_is_printed_without_asking_aws(
    cli: Devoured, monkeypatch: pytest.MonkeyPatch
) -> None:
    for service in ("SESV2", "SQS", "SNS", "IAM", "STS"):
        monkeypatch.setenv(f"AWS_ENDPOINT_URL_{service}", "http://127.0.0.1:1")
    ran = cli(*POLICY)
    assert (ran.code, ran.err) == (0, "")
    statements = {one["Sid"]: one for one in json.loads(ran.out)["Statement"]}
    sending = statements["Send"]["Resource"]
    assert f"arn:aws:ses:eu-west-1:{ACCOUNT}:identity/example.com" in sending


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ([*POLICY, "--apply"], "--policy only prints"),
        (["aws", "plan", "--account", "12"], "it has 12 digits"),
        (["aws", "plan", "--name", "with space", "--domain", "example.com"], "is no name"),
    ],
)
def test_a_plan_that_is_asked_for_wrongly_exits_2(
    cli: Devoured, asked: list[str], says: str
) -> None:
    ran = cli(*asked)
    assert (ran.code, ran.out) == (2, "")
    assert says in ran.err


def test_without_a_sender_a_plan_asks_for_the_domain(cli: Devoured, session: Session) -> None:
    get_publication(session).from_address = ""
    session.commit()
    ran = cli("aws", "plan")
    assert ran.code == 2
    assert "--domain" in ran.err


@pytest.mark.usefixtures("aws")
def test_a_plan_is_shown_then_made_once_and_says_what_to_set(cli: Devoured, aws: LocalSes) -> None:
    assert aws.url
    plan = ("aws", "plan", "--domain", "example.com")
    looked = cli(*plan)
    assert looked.code == 0
    assert looked.out.count("missing") == 6
    made = cli(*plan, "--apply")
    assert made.code == 0
    assert "DEVOURED_SES_CONFIGURATION_SET=devoured\n" in made.out
    assert "/devoured-events\n" in made.out
    again = cli(*plan, "--apply", "--json")
    assert {step["state"] for step in json.loads(again.out)["steps"]} == {"there"}
    assert "Made" not in again.err


def test_an_aws_that_is_not_reached_exits_1_with_one_line(
    cli: Devoured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "tests")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "tests")
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", "http://127.0.0.1:1")
    ran = cli("aws", "plan", "--domain", "example.com")
    assert (ran.code, ran.out) == (1, "")
    assert len(ran.err.splitlines()) == 1
    assert "EndpointConnectionError" in ran.err
