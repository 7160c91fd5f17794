"""SES, its identity and its events, asked of the local SES and of moto."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from app.aws.clients import make_clients
from app.aws.names import Names
from app.aws.plan import make, plan, queue_url
from app.clock import system_clock
from app.doctor.examine import examine
from app.doctor.findings import Finding, Level
from app.doctor.hearing import examine_hearing
from app.doctor.identity import examine_identity
from app.doctor.rights import examine_rights, principal_of
from app.doctor.ses import examine_ses
from app.doctor.subject import Subject
from tests.aws.answering import Answer, answering, refusing, simulating
from tests.aws.conftest import ACCOUNT
from tests.doctor.conftest import told
from tests.localdev.ses.running import LocalSes, serving

NAMES = Names(ACCOUNT, "eu-west-1", "devoured", ("example.com",))


@pytest.fixture
def by_ses(subject: Subject, aws: LocalSes) -> Subject:
    assert aws.url
    return replace(subject, clients=make_clients("eu-west-1"))


def of_account(subject: Subject, **account: Any) -> dict[str, Level]:
    with serving(account=account) as running, pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL_SESV2", running.url)
        return told(examine_ses(subject, make_clients("eu-west-1")))


def test_an_account_as_it_should_be_is_well(by_ses: Subject) -> None:
    found = of_account(by_ses)
    # The server dates its answers by a tick of each second, which comes late on a busy machine.
    del found["ses_clock"]
    assert found
    assert set(found.values()) == {Level.OK}


@pytest.mark.parametrize(
    ("account", "code", "level"),
    [
        ({"ProductionAccessEnabled": False}, "ses_sandbox", Level.WRONG),
        ({"SendingEnabled": False}, "ses_account", Level.WRONG),
        ({"EnforcementStatus": "PROBATION"}, "ses_enforcement", Level.WARNING),
        ({"EnforcementStatus": "SHUTDOWN"}, "ses_enforcement", Level.WRONG),
        ({"SendQuota": {}}, "ses_quota", Level.UNKNOWN),
    ],
)
def test_what_ses_has_against_the_account_is_told(
    by_ses: Subject, account: dict[str, Any], code: str, level: Level
) -> None:
    assert of_account(by_ses, **account)[code] is level


def test_a_clock_that_amazon_does_not_share_is_told(by_ses: Subject) -> None:
    late = replace(by_ses, clock=lambda: system_clock() + timedelta(minutes=3))
    assert of_account(late)["ses_clock"] is Level.WRONG


@pytest.mark.parametrize(
    ("identity", "code", "level"),
    [
        ({}, "ses_identity", Level.OK),
        ({"VerifiedForSendingStatus": False}, "ses_identity", Level.WRONG),
        ({"DkimAttributes": {"Status": "PENDING"}}, "ses_dkim", Level.WRONG),
        ({"MailFromAttributes": {}}, "ses_mail_from", Level.WARNING),
    ],
)
def test_what_the_identity_lacks_is_told(
    by_ses: Subject, identity: dict[str, Any], code: str, level: Level
) -> None:
    with serving(identity=identity) as running, pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL_SESV2", running.url)
        found, _ = examine_identity(by_ses, make_clients("eu-west-1"))
    assert told(found)[code] is level


def heard(subject: Subject, **settings: Any) -> list[Finding]:
    assert subject.clients is not None
    changed = subject.settings.model_copy(update=settings)
    return list(examine_hearing(replace(subject, settings=changed), subject.clients))


def test_what_aws_plan_makes_is_well(by_ses: Subject) -> None:
    assert by_ses.clients is not None
    make(plan(by_ses.clients, NAMES))
    url = queue_url(by_ses.clients, NAMES)
    found = told(heard(by_ses, ses_configuration_set="devoured", events_queue_url=url))
    assert found == dict.fromkeys(("ses_configuration_set", "ses_events", "events_queue"), Level.OK)


def test_events_that_nobody_hears_are_told(by_ses: Subject) -> None:
    nothing = heard(by_ses, ses_configuration_set="", events_queue_url="", sns_topics=[])
    assert set(told(nothing).values()) == {Level.WARNING}
    absent = heard(by_ses, ses_configuration_set="devoured", sns_topics=[NAMES.topic_arn])
    assert told(absent)["ses_configuration_set"] is Level.WRONG
    assert told(absent)["events_topic"] is Level.WRONG
    assert all(one.mend is not None for one in [*nothing, *absent])


def rights(subject: Subject, answer: Answer, **settings: Any) -> Finding:
    changed = subject.settings.model_copy(update=settings)
    with answering(answer) as url, pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL_IAM", url)
        clients = make_clients("eu-west-1")
        (found,) = examine_rights(replace(subject, settings=changed), clients)
    return found


def simulated(lacking: str, context: str = "") -> Answer:
    """Allow everything but one action; `context` is what the simulation lacks for it."""
    return simulating(
        lambda action: ("implicitDeny", context) if action == lacking else ("allowed", "")
    )


def test_credentials_that_may_do_everything_are_well(by_ses: Subject) -> None:
    assert rights(by_ses, simulated("")).level is Level.OK


@pytest.mark.parametrize(
    ("action", "given"),
    [
        ("ses:SendBulkEmail", {}),
        ("ses:GetAccount", {}),
        ("sqs:DeleteMessage", {"events_queue_url": "https://sqs.eu-west-1.amazonaws.com/1/q"}),
        ("sns:ConfirmSubscription", {"sns_topics": ["arn:aws:sns:eu-west-1:1:t"]}),
        ("s3:PutObject", {"images": "s3://images"}),
        ("s3:ListBucket", {"state_bucket": "s3://kept/devoured"}),
    ],
)
def test_an_action_that_is_lacking_is_named(
    by_ses: Subject, action: str, given: dict[str, Any]
) -> None:
    found = rights(by_ses, simulated(action), **given)
    assert found.level is Level.WRONG
    assert action in found.sentence
    assert found.mend is not None


def test_what_no_setting_leads_to_is_not_asked_for(by_ses: Subject) -> None:
    bare = {"events_queue_url": "", "sns_topics": [], "state_bucket": ""}
    for action in ("sqs:DeleteMessage", "sns:ConfirmSubscription", "s3:PutObject"):
        assert rights(by_ses, simulated(action), **bare).level is Level.OK


def test_an_action_that_hangs_on_a_condition_is_unknown_and_not_lacking(by_ses: Subject) -> None:
    found = rights(by_ses, simulated("ses:SendEmail", context="aws:SourceIp"))
    assert found.level is Level.UNKNOWN
    assert "ses:SendEmail" in found.sentence


@pytest.mark.parametrize(
    "answer", [refusing("AccessDenied"), lambda *_: (200, {}, "a proxy says: sign in first")]
)
def test_where_nobody_may_ask_for_rights_they_are_unknown(by_ses: Subject, answer: Answer) -> None:
    assert rights(by_ses, answer).level is Level.UNKNOWN


@pytest.mark.parametrize(
    ("error", "code"),
    [
        ("AccessDeniedException", "aws_rights"),
        ("InvalidSignatureException", "aws_credentials"),
        ("InternalFailure", "ses_account"),
    ],
)
def test_why_ses_did_not_answer_is_told(by_ses: Subject, error: str, code: str) -> None:
    with answering(refusing(error)) as url, pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL_SESV2", url)
        found = told(examine_ses(by_ses, make_clients("eu-west-1")))
    assert found[code] is Level.WRONG


def test_where_aws_knows_nobody_nothing_else_is_asked(by_ses: Subject) -> None:
    unknown = answering(refusing("InvalidSignatureException"))
    with unknown as url, pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL_SESV2", url)
        subject = replace(by_ses, clients=make_clients("eu-west-1"), sender="")
        found = told(examine(subject))
    assert found["aws_credentials"] is Level.WRONG
    assert not {"ses_identity", "events_queue", "aws_rights"} & set(found)


def test_a_session_is_simulated_as_its_role() -> None:
    assert principal_of("arn:aws:iam::1:user/ada") == "arn:aws:iam::1:user/ada"
    assert principal_of("arn:aws:sts::1:assumed-role/worker/i-0") == "arn:aws:iam::1:role/worker"
