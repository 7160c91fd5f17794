"""`app.aws.plan` against moto (SNS, SQS, IAM) and the local SES: made once, found the next time."""

import json
from dataclasses import replace

import pytest

from app.aws.clients import Clients, make_clients
from app.aws.names import Names
from app.aws.plan import make, plan, queue_url
from app.aws.policies import EVENT_TYPES
from app.aws.rights import least_policy
from tests.aws.conftest import ACCOUNT
from tests.localdev.ses.running import LocalSes

NAMES = Names(ACCOUNT, "eu-west-1", "devoured", ("example.com",))


@pytest.fixture
def clients(aws: LocalSes) -> Clients:
    return make_clients("eu-west-1")


def states(clients: Clients, names: Names = NAMES) -> dict[str, str]:
    return {step.what: step.state for step in plan(clients, names)}


def test_all_is_missing_in_an_empty_account_and_nothing_is_made_by_looking(
    clients: Clients,
) -> None:
    assert set(states(clients).values()) == {"missing"}
    assert set(states(clients).values()) == {"missing"}


def test_what_is_made_is_found_and_made_once(clients: Clients) -> None:
    assert len(make(plan(clients, NAMES))) == 6
    assert set(states(clients).values()) == {"there"}
    assert make(plan(clients, NAMES)) == []
    subscriptions = clients.sns.list_subscriptions_by_topic(TopicArn=NAMES.topic_arn)
    assert [one["Endpoint"] for one in subscriptions["Subscriptions"]] == [NAMES.queue_arn]


def test_a_message_of_the_topic_arrives_in_the_queue(clients: Clients) -> None:
    make(plan(clients, NAMES))
    clients.sns.publish(TopicArn=NAMES.topic_arn, Message="heard")
    found = clients.sqs.receive_message(QueueUrl=queue_url(clients, NAMES))["Messages"]
    assert json.loads(found[0]["Body"])["Message"] == "heard"


def test_the_topic_takes_only_what_ses_says_for_this_configuration_set(clients: Clients) -> None:
    make(plan(clients, NAMES))
    found = clients.sns.get_topic_attributes(TopicArn=NAMES.topic_arn)["Attributes"]
    (statement,) = json.loads(found["Policy"])["Statement"]
    assert statement["Principal"] == {"Service": "ses.amazonaws.com"}
    assert statement["Condition"] == {
        "StringEquals": {"AWS:SourceAccount": ACCOUNT},
        "ArnLike": {
            "AWS:SourceArn": [f"arn:aws:ses:eu-west-1:{ACCOUNT}:configuration-set/devoured"]
        },
    }


def test_where_mails_for_leaving_are_taken_receipt_rules_may_publish(clients: Clients) -> None:
    make(plan(clients, NAMES))
    taking = replace(NAMES, takes_mail=True)
    assert states(clients, taking)["topic"] == "differs"
    make(plan(clients, taking))
    assert states(clients, taking)["topic"] == "there"


@pytest.mark.parametrize("spoilt", ["topic", "queue", "event destination", "IAM policy"])
def test_what_somebody_changed_is_told_and_put_right(clients: Clients, spoilt: str) -> None:
    make(plan(clients, NAMES))
    _spoil(clients, spoilt)
    assert {what for what, state in states(clients).items() if state == "differs"} == {spoilt}
    assert [step.what for step in make(plan(clients, NAMES))] == [spoilt]
    assert set(states(clients).values()) == {"there"}


def _spoil(clients: Clients, what: str) -> None:
    match what:
        case "topic":
            clients.sns.set_topic_attributes(
                TopicArn=NAMES.topic_arn,
                AttributeName="Policy",
                AttributeValue=json.dumps({"Version": "2012-10-17", "Statement": []}),
            )
        case "queue":
            clients.sqs.set_queue_attributes(
                QueueUrl=queue_url(clients, NAMES), Attributes={"MessageRetentionPeriod": "60"}
            )
        case "event destination":
            clients.ses.update_configuration_set_event_destination(
                ConfigurationSetName="devoured",
                EventDestinationName="devoured",
                EventDestination={
                    "Enabled": True,
                    "MatchingEventTypes": ["BOUNCE"],
                    "SnsDestination": {"TopicArn": NAMES.topic_arn},
                },
            )
        case _:
            clients.iam.create_policy_version(
                PolicyArn=NAMES.policy_arn,
                PolicyDocument=json.dumps(
                    {
                        "Version": "2012-10-17",
                        "Statement": [{"Effect": "Allow", "Action": "ses:*", "Resource": "*"}],
                    }
                ),
                SetAsDefault=True,
            )


def test_a_policy_with_as_many_versions_as_it_may_have_is_put_right_all_the_same(
    clients: Clients,
) -> None:
    make(plan(clients, NAMES))
    for _ in range(4):
        _spoil(clients, "IAM policy")
    assert [step.what for step in make(plan(clients, NAMES))] == ["IAM policy"]
    version = clients.iam.get_policy(PolicyArn=NAMES.policy_arn)["Policy"]["DefaultVersionId"]
    found = clients.iam.get_policy_version(PolicyArn=NAMES.policy_arn, VersionId=version)
    assert found["PolicyVersion"]["Document"] == least_policy(NAMES)


def test_ses_is_told_to_tell_all_that_we_need_and_no_opens_or_clicks(clients: Clients) -> None:
    make(plan(clients, NAMES))
    (found,) = clients.ses.get_configuration_set_event_destinations(
        ConfigurationSetName="devoured"
    )["EventDestinations"]
    assert set(found["MatchingEventTypes"]) == set(EVENT_TYPES)
    assert not {"OPEN", "CLICK"} & set(found["MatchingEventTypes"])
