"""What things are called in AWS: from one name of ours, the account and the region (pure)."""

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from app.settings import Settings

USUAL: Final = "devoured"
"""What things are called where no configuration set is set."""

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,55}")
"""What configuration sets, topics and queues may all be called.

Source: SESv2 `CreateConfigurationSet` (64 characters); `-events` is put behind it.
"""


def is_name(text: str) -> bool:
    """Return whether a configuration set, a topic and a queue may have this name."""
    return bool(_NAME.fullmatch(text))


def partition_of(region: str) -> str:
    """Return AWS's partition of a region. Source: AWS General Reference, "ARN format"."""
    if region.startswith("cn-"):
        return "aws-cn"
    return "aws-us-gov" if region.startswith("us-gov-") else "aws"


@dataclass(frozen=True)
class Names:
    """Name everything of one installation.

    `domains` are those that mail is sent from; `buckets` those of S3 that the settings name, with
    the folder in them. `takes_mail`: SES hands on mails for leaving through the same topic.
    """

    account: str
    region: str
    name: str
    domains: tuple[str, ...]
    buckets: tuple[str, ...] = ()
    queue: str = ""
    takes_mail: bool = False

    @property
    def events(self) -> str:
        """Return what the topic and its queue are called."""
        return f"{self.name}-events"

    @property
    def queue_name(self) -> str:
        """Return what the queue is called: as the settings have it, or as the topic."""
        return self.queue or self.events

    def arn(self, service: str, resource: str) -> str:
        """Return the ARN of a resource of a service."""
        partition = partition_of(self.region)
        return f"arn:{partition}:{service}:{self.region}:{self.account}:{resource}"

    @property
    def topic_arn(self) -> str:
        """Return the ARN of the topic."""
        return self.arn("sns", self.events)

    @property
    def queue_arn(self) -> str:
        """Return the ARN of the queue."""
        return self.arn("sqs", self.queue_name)

    @property
    def policy_arn(self) -> str:
        """Return the ARN of the policy that our credentials are given."""
        return f"arn:{partition_of(self.region)}:iam::{self.account}:policy/{self.name}"

    @property
    def configuration_set_arn(self) -> str:
        """Return the ARN of the configuration set."""
        return self.arn("ses", f"configuration-set/{self.name}")


def queue_name_of(url: str) -> str:
    """Return the name in a queue's address, its last part; empty for an empty address."""
    return urlsplit(url).path.rpartition("/")[2]


def names_of(settings: Settings, account: str, domain: str, name: str = "") -> Names:
    """Return what everything is called, as the settings lead to; `name` goes before theirs."""
    places = (settings.state_bucket, settings.images)
    return Names(
        account=account,
        region=settings.aws_region,
        name=name or settings.ses_configuration_set or USUAL,
        domains=(domain,) if domain else (),
        buckets=tuple(p.removeprefix("s3://") for p in places if p.startswith("s3://")),
        queue=queue_name_of(settings.events_queue_url),
        takes_mail=bool(settings.inbound_address),
    )
