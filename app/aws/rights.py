"""Which IAM actions each of our calls needs, and the least policy that allows them (pure).

A test walks the code for calls of boto3 and compares them with these tables, both ways.
"""

from collections.abc import Mapping
from typing import Any, Final

from app.aws.names import Names, partition_of

SENDING: Final[Mapping[str, tuple[str, ...]]] = {
    "get_account": ("ses:GetAccount",),
    "send_email": ("ses:SendEmail", "ses:SendRawEmail"),
    "send_bulk_email": ("ses:SendBulkEmail", "ses:SendBulkTemplatedEmail"),
}
"""SES checks the actions of its older API for some calls of the newer one, so both are named."""

HEARING: Final[Mapping[str, tuple[str, ...]]] = {
    "receive_message": ("sqs:ReceiveMessage",),
    "delete_message_batch": ("sqs:DeleteMessage",),
    "confirm_subscription": ("sns:ConfirmSubscription",),
}
KEEPING: Final[Mapping[str, tuple[str, ...]]] = {
    "get_object": ("s3:GetObject",),
    "put_object": ("s3:PutObject",),
    "delete_object": ("s3:DeleteObject",),
    "list_objects_v2": ("s3:ListBucket",),
}
LOOKING: Final[Mapping[str, tuple[str, ...]]] = {
    "get_email_identity": ("ses:GetEmailIdentity",),
    "get_configuration_set": ("ses:GetConfigurationSet",),
    "get_configuration_set_event_destinations": ("ses:GetConfigurationSetEventDestinations",),
    "get_queue_attributes": ("sqs:GetQueueAttributes",),
    "get_topic_attributes": ("sns:GetTopicAttributes",),
    "get_caller_identity": (),
    "simulate_principal_policy": ("iam:SimulatePrincipalPolicy",),
}
"""What `devoured doctor` asks for; AWS answers `GetCallerIdentity` to everybody."""

MAKING: Final[Mapping[str, tuple[str, ...]]] = {
    "create_configuration_set": ("ses:CreateConfigurationSet",),
    "create_configuration_set_event_destination": ("ses:CreateConfigurationSetEventDestination",),
    "update_configuration_set_event_destination": ("ses:UpdateConfigurationSetEventDestination",),
    "create_topic": ("sns:CreateTopic",),
    "set_topic_attributes": ("sns:SetTopicAttributes",),
    "list_subscriptions_by_topic": ("sns:ListSubscriptionsByTopic",),
    "subscribe": ("sns:Subscribe",),
    "get_queue_url": ("sqs:GetQueueUrl",),
    "create_queue": ("sqs:CreateQueue",),
    "set_queue_attributes": ("sqs:SetQueueAttributes",),
    "get_policy": ("iam:GetPolicy",),
    "get_policy_version": ("iam:GetPolicyVersion",),
    "list_policy_versions": ("iam:ListPolicyVersions",),
    "create_policy": ("iam:CreatePolicy",),
    "create_policy_version": ("iam:CreatePolicyVersion",),
    "delete_policy_version": ("iam:DeletePolicyVersion",),
}
"""What `devoured aws plan --apply` does, with credentials of a person: the service needs none."""


def least_policy(names: Names) -> dict[str, Any]:
    """Return the policy for the service's credentials: nothing more than its calls need."""
    domains = [names.arn("ses", f"identity/{domain}") for domain in names.domains]
    sending = sorted({*SENDING["send_email"], *SENDING["send_bulk_email"]})
    resources = [*domains, names.configuration_set_arn, names.arn("ses", "template/*")]
    statements = [
        _allow("Quota", SENDING["get_account"], "*"),
        _allow("Send", sending, resources),
        _allow(
            "Events",
            [*HEARING["receive_message"], *HEARING["delete_message_batch"]],
            names.queue_arn,
        ),
        _allow("Webhook", HEARING["confirm_subscription"], names.topic_arn),
        *_keeping(names),
        _allow("DoctorIdentity", LOOKING["get_email_identity"], domains),
        _allow(
            "DoctorConfigurationSet",
            [
                *LOOKING["get_configuration_set"],
                *LOOKING["get_configuration_set_event_destinations"],
            ],
            names.configuration_set_arn,
        ),
        _allow("DoctorQueue", LOOKING["get_queue_attributes"], names.queue_arn),
        _allow("DoctorTopic", LOOKING["get_topic_attributes"], names.topic_arn),
    ]
    return {"Version": "2012-10-17", "Statement": statements}


def needed(policy: Mapping[str, Any]) -> list[tuple[str, list[str]]]:
    """Return the actions of a policy with the resources that each is allowed for."""
    found = []
    for statement in policy["Statement"]:
        resources = statement["Resource"]
        listed = [resources] if isinstance(resources, str) else list(resources)
        found += [(action, listed) for action in statement["Action"]]
    return found


def _keeping(names: Names) -> list[dict[str, Any]]:
    """Return what the buckets of the settings need; nothing where there are none."""
    if not names.buckets:
        return []
    prefix = f"arn:{partition_of(names.region)}:s3:::"
    objects = sorted(action for one in _OBJECTS for action in KEEPING[one])
    whole = sorted({f"{prefix}{place.partition('/')[0]}" for place in names.buckets})
    inside = [f"{prefix}{place.rstrip('/')}/*" for place in names.buckets]
    return [
        _allow("Objects", objects, inside),
        _allow("Bucket", KEEPING["list_objects_v2"], whole),
    ]


_OBJECTS: Final = ("get_object", "put_object", "delete_object")


def _allow(sid: str, actions: object, resource: object) -> dict[str, Any]:
    assert isinstance(actions, (list, tuple))  # noqa: S101  # both are written above
    return {"Sid": sid, "Effect": "Allow", "Action": list(actions), "Resource": resource}
