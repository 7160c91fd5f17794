"""Events: whether SES is told to tell them, and whether the queue or the topic can be reached."""

from collections.abc import Iterator, Sequence
from typing import Any

from app.aws.clients import AWS_ERRORS, Clients, is_absent
from app.aws.policies import EVENT_TYPES
from app.doctor.findings import Finding, ok, warning, wrong
from app.doctor.ses import refused
from app.doctor.subject import Subject
from app.sentences import Sentence


def _make_it() -> Sentence:
    return Sentence("Run devoured aws plan --apply, or make it by hand: docs/sending.md.")


def examine_hearing(subject: Subject, clients: Clients) -> Iterator[Finding]:
    """Look at the way that events take to us."""
    name = subject.settings.ses_configuration_set
    if not name:
        yield warning(
            "ses_configuration_set",
            Sentence("No configuration set is set: SES tells of no bounce and no complaint."),
            Sentence("Run devoured aws plan, and set DEVOURED_SES_CONFIGURATION_SET."),
        )
    else:
        yield from _configuration_set(clients, name)
    settings = subject.settings
    if settings.events_queue_url:
        yield _queue(clients, settings.events_queue_url)
    for topic in settings.sns_topics:
        yield _topic(clients, topic, allow_v1=settings.sns_allow_v1)
    if not settings.events_queue_url and not settings.sns_topics:
        yield warning(
            "events_queue",
            Sentence("Nothing listens to events: a bounced address is written to for ever."),
            Sentence("Run devoured aws plan, and set DEVOURED_EVENTS_QUEUE_URL."),
        )


def _configuration_set(clients: Clients, name: str) -> Iterator[Finding]:
    code = "ses_configuration_set"
    try:
        found = clients.ses.get_configuration_set(ConfigurationSetName=name)
        told = clients.ses.get_configuration_set_event_destinations(ConfigurationSetName=name)
    except AWS_ERRORS as error:
        if is_absent(error):
            sentence = Sentence(
                "There is no configuration set %(name)s: SES refuses mail.", name=name
            )
            yield wrong(code, sentence, _make_it())
            return
        is_first = getattr(error, "operation_name", "") == "GetConfigurationSet"
        action = "GetConfigurationSet" if is_first else "GetConfigurationSetEventDestinations"
        yield refused(code, f"ses:{action}", error)
        return
    if found.get("SendingOptions", {}).get("SendingEnabled", True):
        yield ok(code, Sentence("The configuration set %(name)s is there.", name=name))
    else:
        yield wrong(
            code,
            Sentence("Sending is switched off for the configuration set %(name)s.", name=name),
            Sentence("Switch it on in SES once you know why."),
        )
    yield _destinations(told.get("EventDestinations", []))


def _destinations(found: Sequence[Any]) -> Finding:
    to_sns = [one for one in found if one.get("Enabled") and one.get("SnsDestination")]
    told = {kind for one in to_sns for kind in one.get("MatchingEventTypes", [])}
    lacking = sorted(set(EVENT_TYPES) - told)
    if not lacking:
        return ok("ses_events", Sentence("SES tells all kinds of events to a topic."))
    if not to_sns:
        return wrong("ses_events", Sentence("The configuration set tells no topic."), _make_it())
    return wrong("ses_events", Sentence("SES does not tell %(kinds)s.", kinds=lacking), _make_it())


def _queue(clients: Clients, url: str) -> Finding:
    try:
        clients.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    except AWS_ERRORS as error:
        if is_absent(error):
            return wrong("events_queue", Sentence("There is no such queue."), _make_it())
        return refused("events_queue", "sqs:GetQueueAttributes", error)
    return ok("events_queue", Sentence("The queue of events is reached."))


def _topic(clients: Clients, arn: str, *, allow_v1: bool) -> Finding:
    try:
        found = clients.sns.get_topic_attributes(TopicArn=arn).get("Attributes", {})
    except AWS_ERRORS as error:
        if is_absent(error):
            return wrong("events_topic", Sentence("There is no such topic."), _make_it())
        return refused("events_topic", "sns:GetTopicAttributes", error)
    if found.get("SignatureVersion", "1") != "2" and not allow_v1:
        return wrong(
            "events_topic",
            Sentence("The topic signs with version 1, which the webhook refuses."),
            Sentence("Set the topic's SignatureVersion to 2."),
        )
    return ok("events_topic", Sentence("The topic is there."))
