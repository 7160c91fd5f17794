"""The policies of the topic and the queue: what the genuineness of events rests on (pure)."""

from typing import Any, Final

from app.aws.names import Names

EVENT_TYPES: Final = (
    "BOUNCE",
    "COMPLAINT",
    "DELIVERY",
    "DELIVERY_DELAY",
    "REJECT",
    "RENDERING_FAILURE",
    "SEND",
)
"""What SES must tell of: opens and clicks are none of its business. Source: SESv2 `EventType`."""


def topic_policy(names: Names) -> dict[str, Any]:
    """Let SES publish, for this account's configuration set alone, and nobody else.

    Where mails for leaving are taken its receipt rules may, too. Source: SES developer guide,
    "Giving permissions to Amazon SES" for SNS topics.
    """
    sources = [names.configuration_set_arn]
    if names.takes_mail:
        sources.append(names.arn("ses", "receipt-rule-set/*:receipt-rule/*"))
    return _policy(
        {
            "Sid": "SesPublishes",
            "Effect": "Allow",
            "Principal": {"Service": "ses.amazonaws.com"},
            "Action": "SNS:Publish",
            "Resource": names.topic_arn,
            "Condition": {
                "StringEquals": {"AWS:SourceAccount": names.account},
                "ArnLike": {"AWS:SourceArn": sources},
            },
        }
    )


def queue_policy(names: Names) -> dict[str, Any]:
    """Let that topic put something into the queue, and nobody else.

    Source: SNS developer guide, "Subscribing an Amazon SQS queue to an Amazon SNS topic".
    """
    return _policy(
        {
            "Sid": "TopicSends",
            "Effect": "Allow",
            "Principal": {"Service": "sns.amazonaws.com"},
            "Action": "SQS:SendMessage",
            "Resource": names.queue_arn,
            "Condition": {"ArnEquals": {"aws:SourceArn": names.topic_arn}},
        }
    )


def event_destination(names: Names) -> dict[str, Any]:
    """Return what SES is told to publish where."""
    return {
        "Enabled": True,
        "MatchingEventTypes": list(EVENT_TYPES),
        "SnsDestination": {"TopicArn": names.topic_arn},
    }


def _policy(statement: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": [statement]}
