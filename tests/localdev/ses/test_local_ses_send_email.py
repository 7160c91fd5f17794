import email
import json
import re
from email import policy
from email.message import EmailMessage

import pytest

from tests.localdev.ses.running import FROM, LocalSes, headers, simple, simple_with, tags

MESSAGE_ID = re.compile(r"0102[0-9a-f]{12}-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}-000000")


def read(ses: LocalSes, id_: int = 1) -> EmailMessage:
    message = email.message_from_bytes(ses.raw(id_), policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


def text_of(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


def test_send_email_keeps_the_message_when_it_is_simple(ses: LocalSes) -> None:
    answer = ses.client.send_email(**simple(EmailTags=tags(delivery_id="d1", issue_id="i1")))
    assert MESSAGE_ID.fullmatch(answer["MessageId"])
    (message,) = ses.messages()
    assert message["message_id"] == answer["MessageId"]
    assert message["to"] == ["reader@readers.example"]
    assert message["tags"] == {"delivery_id": "d1", "issue_id": "i1"}
    assert message["outcome"] == "delivered"


def test_raw_is_a_whole_message_when_it_was_sent_in_parts(ses: LocalSes) -> None:
    body = {"Html": {"Data": "<p>Grüße</p>"}, "Text": {"Data": "Grüße\n"}}
    subject = "Grüße — ein langer Betreff, der sicher über die Zeile reicht und umbrochen wird"
    request = simple_with(Subject={"Data": subject}, Body=body)
    request["ReplyToAddresses"] = ["desk@devoured.example"]
    answer = ses.client.send_email(**request)
    message = read(ses)
    assert message["Subject"] == subject
    assert message["From"] == FROM
    assert message["To"] == "reader@readers.example"
    assert message["Reply-To"] == "desk@devoured.example"
    assert answer["MessageId"] in message["Message-ID"]
    assert message["Date"].datetime.tzinfo is not None
    assert message.get_content_type() == "multipart/alternative"
    assert text_of(message, "plain") == "Grüße\n"
    assert text_of(message, "html").strip() == "<p>Grüße</p>"


def test_raw_has_lines_within_rfc_5322_when_text_is_long(ses: LocalSes) -> None:
    body = {"Html": {"Data": "<p>" + "wörter " * 2000 + "</p>"}}
    long = headers({"List-Unsubscribe": f"<https://d.example/{'x' * 900}>"})
    ses.client.send_email(**simple_with(Body=body, Headers=long, Subject={"Data": "ü" * 500}))
    raw = ses.raw(1)
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert max(len(line) for line in raw.split(b"\r\n")) <= 998
    assert f"<https://d.example/{'x' * 900}>".encode() in raw
    assert read(ses)["Subject"] == "ü" * 500


def test_raw_has_one_part_when_only_text_was_sent(ses: LocalSes) -> None:
    ses.client.send_email(**simple_with(Body={"Text": {"Data": "Only text\n"}}))
    assert read(ses).get_content_type() == "text/plain"
    assert text_of(read(ses), "plain") == "Only text\n"


def test_raw_has_a_feedback_id_when_its_tags_are_set(ses: LocalSes) -> None:
    feedback = tags(**{"ses:feedback-id-a": "issue", "ses:feedback-id-b": "digest"})
    ses.client.send_email(**simple(EmailTags=feedback))
    assert str(read(ses)["Feedback-ID"]).startswith("issue:digest:")


def test_send_email_takes_sender_and_recipients_from_the_mail_when_it_is_raw(
    ses: LocalSes,
) -> None:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Bcc"] = FROM, "A <a@readers.example>", "b@readers.example"
    mail["Subject"], mail["X-Own"], mail["Message-ID"] = "Raw", "kept", "<own@devoured.example>"
    mail.set_content("Hello raw\n")
    answer = ses.client.send_email(Content={"Raw": {"Data": mail.as_bytes()}})
    (message,) = ses.messages()
    assert message["to"] == ["a@readers.example"]
    assert message["bcc"] == ["b@readers.example"]
    kept = read(ses)
    assert kept["X-Own"] == "kept"
    assert kept["Bcc"] is None
    assert answer["MessageId"] in kept["Message-ID"]
    assert "Hello raw" in ses.web.get("/inbox/1?view=text").text
    assert message["subject"] == "Raw"


def test_send_email_fills_the_template_when_it_is_inline(ses: LocalSes) -> None:
    content = {"Subject": "For {{ name }}", "Text": "{{name}} is {{n}}, {{yes}}, {{none}}."}
    data = json.dumps({"name": "<Ann>", "n": 3, "yes": True, "none": None, "unused": "x"})
    template = {"TemplateContent": content, "TemplateData": data}
    ses.client.send_email(**simple(Content={"Template": template}))
    assert read(ses)["Subject"] == "For <Ann>"
    assert text_of(read(ses), "plain") == "<Ann> is 3, true, ."


@pytest.mark.parametrize("data", ["{}", '{"other": "x"}'])
def test_send_email_records_a_rendering_failure_when_a_value_is_missing(
    ses: LocalSes, data: str
) -> None:
    template = {"TemplateContent": {"Subject": "S", "Text": "{{name}}"}, "TemplateData": data}
    answer = ses.client.send_email(**simple(Content={"Template": template}))
    (message,) = ses.messages()
    assert message["message_id"] == answer["MessageId"]
    assert message["outcome"] == "rendering_failure"
    assert message["error"] == "Attribute 'name' is not present in the rendering data."
    assert ses.web.get("/inbox/summary.json?issue_id=").json()["n_messages"] == 0


def test_send_email_records_a_rendering_failure_when_a_value_breaks_the_subject(
    ses: LocalSes,
) -> None:
    content = {"Subject": "Hello {{name}}", "Text": "x"}
    template = {"TemplateContent": content, "TemplateData": json.dumps({"name": "a\r\nBcc: b"})}
    ses.client.send_email(**simple(Content={"Template": template}))
    assert ses.messages()[0]["outcome"] == "rendering_failure"


def test_message_ids_differ_when_the_same_mail_is_sent_twice(ses: LocalSes) -> None:
    ids = {ses.client.send_email(**simple())["MessageId"] for _ in range(3)}
    assert len(ids) == 3
    assert ses.web.get("/inbox/summary.json").json()["n_editions"] == 1
