"""Plan: what is to be made in AWS, compared with what is there; `make` makes what is missing.

Only what differs is changed, so that it may be run again at any time. The domain itself and the
person's or machine's credentials stay with who runs the account.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from app.aws.clients import AWS_ERRORS, Clients, is_absent
from app.aws.names import Names
from app.aws.policies import EVENT_TYPES, event_destination, queue_policy, topic_policy
from app.aws.rights import least_policy

State = Literal["there", "missing", "differs"]

_DESTINATION: Final = "devoured"
_FOURTEEN_DAYS: Final = "1209600"
_MOST_VERSIONS: Final = 5
"""Versions that a policy may have. Source: IAM quotas."""


@dataclass(frozen=True)
class Step:
    """One thing in AWS: `what` it is and is called, its state, and how it is made or put right."""

    what: str
    name: str
    state: State
    make: Callable[[], object] = field(repr=False)
    holds: Mapping[str, Any] = field(default_factory=dict)


def plan(clients: Clients, names: Names, *, with_policy: bool = True) -> list[Step]:
    """Return all that is needed, in the order in which it has to be made.

    Raises:
        AWS_ERRORS: a question was refused, or AWS was not reached.
    """
    steps = [
        _topic(clients, names),
        _queue(clients, names),
        _subscription(clients, names),
        _configuration_set(clients, names),
        _destination(clients, names),
    ]
    return [*steps, _policy(clients, names)] if with_policy else steps


def make(steps: list[Step]) -> list[Step]:
    """Make what is missing or differs, in their order, and return those steps.

    Raises:
        AWS_ERRORS: AWS refused one; those before it are made, and running it again goes on.
    """
    made = [step for step in steps if step.state != "there"]
    for step in made:
        step.make()
    return made


def queue_url(clients: Clients, names: Names) -> str:
    """Return the queue's address, which the settings need; empty where there is none."""
    try:
        return clients.sqs.get_queue_url(QueueName=names.queue_name)["QueueUrl"]
    except AWS_ERRORS as error:
        if is_absent(error):
            return ""
        raise


def _topic(clients: Clients, names: Names) -> Step:
    policy = topic_policy(names)
    try:
        found = clients.sns.get_topic_attributes(TopicArn=names.topic_arn)["Attributes"]
    except AWS_ERRORS as error:
        if not is_absent(error):
            raise
        found = {}
    is_right = _is_same(found.get("Policy"), policy)
    state: State = "missing" if not found else "there" if is_right else "differs"

    def make_it() -> None:
        clients.sns.create_topic(Name=names.events)
        # A webhook takes nothing signed with version 1; a queue looks at no signature.
        for name, value in (("SignatureVersion", "2"), ("Policy", json.dumps(policy))):
            clients.sns.set_topic_attributes(
                TopicArn=names.topic_arn, AttributeName=name, AttributeValue=value
            )

    return Step("topic", names.topic_arn, state, make_it, policy)


def _queue(clients: Clients, names: Names) -> Step:
    policy = queue_policy(names)
    url = queue_url(clients, names)
    found: dict[str, str] = {}
    if url:
        answer = clients.sqs.get_queue_attributes(
            QueueUrl=url, AttributeNames=["MessageRetentionPeriod", "Policy"]
        )
        found = {str(name): value for name, value in answer.get("Attributes", {}).items()}
    is_right = found.get("MessageRetentionPeriod") == _FOURTEEN_DAYS and _is_same(
        found.get("Policy"), policy
    )
    state: State = "missing" if not url else "there" if is_right else "differs"

    def make_it() -> None:
        at = queue_url(clients, names)
        at = at or clients.sqs.create_queue(QueueName=names.queue_name)["QueueUrl"]
        clients.sqs.set_queue_attributes(
            QueueUrl=at,
            Attributes={"MessageRetentionPeriod": _FOURTEEN_DAYS, "Policy": json.dumps(policy)},
        )

    return Step("queue", names.queue_arn, state, make_it, policy)


def _subscription(clients: Clients, names: Names) -> Step:
    state: State = "there" if _is_subscribed(clients, names) else "missing"

    def make_it() -> None:
        clients.sns.subscribe(TopicArn=names.topic_arn, Protocol="sqs", Endpoint=names.queue_arn)

    return Step("subscription", f"{names.events} → {names.queue_name}", state, make_it)


def _is_subscribed(clients: Clients, names: Names) -> bool:
    pages = clients.sns.get_paginator("list_subscriptions_by_topic")
    try:
        return any(
            one.get("Endpoint") == names.queue_arn
            for page in pages.paginate(TopicArn=names.topic_arn)
            for one in page["Subscriptions"]
        )
    except AWS_ERRORS as error:
        if is_absent(error):
            return False
        raise


def _configuration_set(clients: Clients, names: Names) -> Step:
    def make_it() -> None:
        clients.ses.create_configuration_set(ConfigurationSetName=names.name)

    state: State = "there" if _has_configuration_set(clients, names) else "missing"
    return Step("configuration set", names.name, state, make_it)


def _has_configuration_set(clients: Clients, names: Names) -> bool:
    try:
        clients.ses.get_configuration_set(ConfigurationSetName=names.name)
    except AWS_ERRORS as error:
        if is_absent(error):
            return False
        raise
    return True


def _destination(clients: Clients, names: Names) -> Step:
    wanted = event_destination(names)
    found = _found_destination(clients, names)
    state: State = "missing" if found is None else "differs"
    if found is not None and tells_all(found, names.topic_arn):
        state = "there"

    def make_it() -> None:
        act = (
            clients.ses.create_configuration_set_event_destination
            if _found_destination(clients, names) is None
            else clients.ses.update_configuration_set_event_destination
        )
        act(
            ConfigurationSetName=names.name,
            EventDestinationName=_DESTINATION,
            EventDestination=wanted,  # type: ignore[arg-type]  # written in `policies`
        )

    return Step("event destination", _DESTINATION, state, make_it, wanted)


def _found_destination(clients: Clients, names: Names) -> Mapping[str, Any] | None:
    """Return our destination of the configuration set; None where there is none."""
    try:
        found = clients.ses.get_configuration_set_event_destinations(
            ConfigurationSetName=names.name
        ).get("EventDestinations", [])
    except AWS_ERRORS as error:
        if is_absent(error):
            return None
        raise
    return next((one for one in found if one.get("Name") == _DESTINATION), None)


def tells_all(destination: Mapping[str, Any], topic_arn: str) -> bool:
    """Return whether an event destination tells this topic of all that we need."""
    told = set(destination.get("MatchingEventTypes", []))
    topic = destination.get("SnsDestination", {}).get("TopicArn")
    is_on = bool(destination.get("Enabled"))
    return is_on and topic == topic_arn and told >= set(EVENT_TYPES)


def _policy(clients: Clients, names: Names) -> Step:
    wanted = least_policy(names)
    found = _found_policy(clients, names)
    state: State = "missing" if found is None else "there" if found == wanted else "differs"

    def make_it() -> None:
        document = json.dumps(wanted)
        if _found_policy(clients, names) is None:
            clients.iam.create_policy(PolicyName=names.name, PolicyDocument=document)
            return
        _make_room(clients, names)
        clients.iam.create_policy_version(
            PolicyArn=names.policy_arn, PolicyDocument=document, SetAsDefault=True
        )

    return Step("IAM policy", names.policy_arn, state, make_it, wanted)


def _found_policy(clients: Clients, names: Names) -> Mapping[str, Any] | None:
    """Return what the policy allows now; None where there is none of this name."""
    try:
        found = clients.iam.get_policy(PolicyArn=names.policy_arn)["Policy"]
    except AWS_ERRORS as error:
        if is_absent(error):
            return None
        raise
    version = clients.iam.get_policy_version(
        PolicyArn=names.policy_arn, VersionId=found.get("DefaultVersionId", "v1")
    )
    document: Any = version["PolicyVersion"].get("Document", {})
    return dict(json.loads(document) if isinstance(document, str) else document)


def _make_room(clients: Clients, names: Names) -> None:
    """Delete the oldest version that is not in force, where the policy may have no more."""
    versions = clients.iam.list_policy_versions(PolicyArn=names.policy_arn)["Versions"]
    old = [one for one in versions if not one.get("IsDefaultVersion")]
    if len(versions) >= _MOST_VERSIONS and old:
        oldest = min(old, key=lambda one: int(one.get("VersionId", "v0")[1:]))
        clients.iam.delete_policy_version(
            PolicyArn=names.policy_arn, VersionId=oldest.get("VersionId", "")
        )


def _is_same(text: str | None, policy: Mapping[str, Any]) -> bool:
    """Return whether AWS keeps this very policy."""
    try:
        return bool(text) and json.loads(text or "") == policy
    except ValueError:
        return False
