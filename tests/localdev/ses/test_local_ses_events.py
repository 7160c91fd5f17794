from email.utils import parseaddr
from typing import Any

import pytest

from localdev.ses.feed import Style
from tests.localdev.ses.reading import Told, publishing, read_all
from tests.localdev.ses.running import LocalSes, bulk, entry, serving, simple, tags, template_with

# The fields of each object, those that are not always there apart.
MAIL = (
    {"timestamp", "source", "sourceArn", "sendingAccountId", "messageId", "destination"},
    {"headersTruncated", "headers", "commonHeaders", "tags", "sourceIp", "callerIdentity"},
)
OBJECTS: dict[str, tuple[str, set[str], set[str]]] = {
    "Send": ("send", set(), set()),
    "Delivery": (
        "delivery",
        {"timestamp", "processingTimeMillis", "recipients", "smtpResponse", "reportingMTA"},
        {"remoteMtaIp"},
    ),
    "Bounce": (
        "bounce",
        {"bounceType", "bounceSubType", "bouncedRecipients", "timestamp", "feedbackId"},
        {"reportingMTA"},
    ),
    "Complaint": (
        "complaint",
        {"complainedRecipients", "timestamp", "feedbackId"},
        {"complaintSubType", "userAgent", "complaintFeedbackType", "arrivalDate"},
    ),
    "Rendering Failure": ("failure", {"errorMessage", "templateName"}, set()),
}
ENVELOPE = {
    "Type",
    "MessageId",
    "TopicArn",
    "Message",
    "Timestamp",
    "SignatureVersion",
    "Signature",
    "SigningCertURL",
    "UnsubscribeURL",
}
SIMULATOR = "simulator.amazonses.com"


def check_fields(told: Told) -> None:
    """Fail where the event has other fields than AWS lists."""
    name, always, sometimes = OBJECTS[told.kind]
    published = "eventType" in told.event
    assert set(told.event) == {"eventType" if published else "notificationType", "mail", name}
    for fields, given in ((MAIL, told.event["mail"]), ((always, sometimes), told.event[name])):
        assert fields[0] <= set(given) <= fields[0] | fields[1]


def events_of(style: Style, *requests: dict[str, Any], suppressed: str = "") -> list[Told]:
    """Return all events of these calls; check every event against the field lists."""
    with serving(publishing=publishing(style)) as ses:
        if suppressed:
            ses.client.put_suppressed_destination(EmailAddress=suppressed, Reason="BOUNCE")
        for request in requests:
            send = "BulkEmailEntries" in request
            (ses.client.send_bulk_email if send else ses.client.send_email)(**request)
        events = read_all(ses)
    for event in events:
        check_fields(event)
    return events


def to(*addresses: str) -> dict[str, Any]:
    return simple(Destination={"ToAddresses": list(addresses)}, EmailTags=tags(delivery_id="d-1"))


@pytest.mark.parametrize(
    ("name", "kinds"),
    [
        ("success", ["Send", "Delivery"]),
        ("ooto", ["Send", "Delivery"]),
        ("bounce", ["Send", "Bounce"]),
        ("bounce+label", ["Send", "Bounce"]),
        ("complaint", ["Send", "Delivery", "Complaint"]),
        ("suppressionlist", ["Send", "Bounce"]),
    ],
)
def test_events_follow_the_outcome_when_the_address_is_a_simulated_one(
    name: str, kinds: list[str]
) -> None:
    events = events_of(Style(), to(f"{name}@{SIMULATOR}"))
    assert [event.kind for event in events] == kinds
    assert {event.delivery for event in events} == {"d-1"}
    assert len({event.envelope["MessageId"] for event in events}) == len(kinds)


def test_bounce_is_general_when_the_mailbox_is_unknown() -> None:
    bounce = events_of(Style(), to(f"bounce@{SIMULATOR}"))[-1].event["bounce"]
    assert (bounce["bounceType"], bounce["bounceSubType"]) == ("Permanent", "General")
    (recipient,) = bounce["bouncedRecipients"]
    assert recipient["emailAddress"] == f"bounce@{SIMULATOR}"
    assert recipient["status"] == "5.1.1"


@pytest.mark.parametrize("address", [f"suppressionlist@{SIMULATOR}", "on.list@readers.example"])
def test_bounce_names_the_list_when_the_address_is_suppressed(address: str) -> None:
    events = events_of(Style(), to(address), suppressed="on.list@readers.example")
    bounce = events[-1].event["bounce"]
    assert (bounce["bounceType"], bounce["bounceSubType"]) == (
        "Permanent",
        "OnAccountSuppressionList",
    )


def test_failure_follows_send_when_a_template_cannot_be_rendered() -> None:
    events = events_of(Style(), bulk(entry(1, data={"name_h": "x"})))
    assert [event.kind for event in events] == ["Send", "Rendering Failure"]
    assert events[1].event["failure"]["errorMessage"].startswith("Attribute 'leave' is not")
    assert "commonHeaders" not in events[1].event["mail"]


def test_mail_tells_sender_recipients_and_tags_when_events_are_published() -> None:
    request = bulk(entry(1, to="Ann <Ann.B@Readers.example>"), ConfigurationSetName="daily")
    (send, delivery) = events_of(Style(), request)
    mail = delivery.event["mail"]
    assert mail["destination"] == ["Ann.B@Readers.example"]
    assert mail["source"] == "Devoured <digest@devoured.example>"
    assert mail["sendingAccountId"] == "000000000000"
    assert mail["sourceArn"].endswith(":000000000000:identity/devoured.example")
    assert mail["commonHeaders"] == {
        "from": [mail["source"]],
        "to": ["Ann <Ann.B@Readers.example>"],
        "messageId": mail["messageId"],
        "subject": "Fresh Devoured",
    }
    assert mail["tags"] == {
        "ses:operation": ["SendBulkEmail"],
        "ses:configuration-set": ["daily"],
        "ses:source-ip": ["127.0.0.1"],
        "ses:from-domain": ["devoured.example"],
        "ses:caller-identity": ["local"],
        "ses:outgoing-ip": ["192.0.2.1"],
        "issue_id": ["issue-1"],
        "delivery_id": ["delivery-1"],
        "attempt": ["1"],
    }
    assert "ses:outgoing-ip" not in send.event["mail"]["tags"]
    assert "headers" not in mail


def test_send_has_no_subject_when_the_mail_is_a_template() -> None:
    request = template_with(TemplateContent={"Subject": "Hello {{name_t}}", "Text": "x"})
    send, delivery = events_of(Style(headers=True), request)
    assert "subject" not in send.event["mail"]["commonHeaders"]
    assert delivery.event["mail"]["commonHeaders"]["subject"] == "Hello Ann & Bo"
    assert "Subject" not in {header["name"] for header in send.event["mail"]["headers"]}


def test_message_id_is_that_of_the_answer_when_events_are_told() -> None:
    with serving(publishing=publishing()) as ses:
        message_id = ses.client.send_email(**simple())["MessageId"]
        assert {event.event["mail"]["messageId"] for event in read_all(ses)} == {message_id}


def test_headers_are_those_of_the_mail_when_they_are_asked_for() -> None:
    for form in (bulk(entry(1)), to("a@readers.example")):
        mail = events_of(Style(headers=True), form)[-1].event["mail"]
        headers = {header["name"]: header["value"] for header in mail["headers"]}
        assert mail["headersTruncated"] is False
        assert headers["Subject"] == "Fresh Devoured"
        assert headers["To"] == mail["destination"][0]
        assert headers["MIME-Version"] == "1.0"
        if "BulkEmailEntries" in form:
            assert headers["List-Unsubscribe"] == "<https://d.example/1>"


def test_headers_are_cut_off_when_they_are_over_10_kb() -> None:
    request = to("a@readers.example")
    request["Content"]["Simple"]["Headers"] = [
        {"Name": f"X-{number}", "Value": "v" * 990} for number in range(15)
    ]
    mail = events_of(Style(headers=True), request)[-1].event["mail"]
    assert mail["headersTruncated"] is True
    size = sum(len(header["name"]) + len(header["value"]) for header in mail["headers"])
    assert 9 * 1024 < size <= 10 * 1024


@pytest.mark.parametrize("with_headers", [False, True])
def test_notification_has_no_tags_and_no_send_when_an_identity_tells(*, with_headers: bool) -> None:
    style = Style(notification=True, headers=with_headers)
    requests = [
        to(f"complaint@{SIMULATOR}"),
        to(f"bounce@{SIMULATOR}"),
        bulk(entry(1, data={})),
    ]
    events = events_of(style, *requests)
    assert [event.kind for event in events] == ["Delivery", "Complaint", "Bounce"]
    for event in events:
        assert "Subject" not in event.envelope
        assert "tags" not in event.event["mail"]
        assert ("headers" in event.event["mail"]) == with_headers
        assert ("commonHeaders" in event.event["mail"]) == with_headers


def test_recipients_are_told_apart_when_only_one_of_them_bounces() -> None:
    bounce, reader = f"bounce@{SIMULATOR}", "Reader@readers.example"
    events = events_of(Style(), to(reader, bounce))
    assert [event.kind for event in events] == ["Send", "Delivery", "Bounce"]
    assert events[1].event["delivery"]["recipients"] == [reader]
    (bounced,) = events[2].event["bounce"]["bouncedRecipients"]
    assert bounced["emailAddress"] == bounce


def test_envelope_is_that_of_sns_when_an_event_is_told() -> None:
    for event in events_of(Style(), to("a@readers.example")):
        told = event.envelope
        assert set(told) == ENVELOPE | {"Subject"}
        assert told["Type"] == "Notification"
        assert told["TopicArn"] == "arn:aws:sns:eu-west-1:000000000000:devoured-events"
        assert told["Subject"] == "Amazon SES Email Event Notification"
        assert told["SignatureVersion"] == "2"


def test_only_configured_mail_is_told_of_when_ses_would_tell_no_more() -> None:
    style = Style(only_configured=True)
    requests = [simple(), simple(ConfigurationSetName="daily"), simple()]
    assert [event.kind for event in events_of(style, *requests)] == ["Send", "Delivery"]


def test_queue_is_not_there_when_events_are_off(ses: LocalSes) -> None:
    ses.client.send_email(**simple())
    with pytest.raises(ses.sqs.exceptions.ClientError):
        ses.sqs.receive_message(QueueUrl=ses.queue_url)
    assert ses.web.get("/control").json()["queue"] is None


def test_from_domain_is_found_when_the_sender_has_a_name() -> None:
    request = simple(FromEmailAddress='"A, B" <Desk@Mail.Devoured.example>')
    mail = events_of(Style(), request)[0].event["mail"]
    assert mail["tags"]["ses:from-domain"] == ["mail.devoured.example"]
    assert parseaddr(mail["source"])[1] == "Desk@Mail.Devoured.example"
