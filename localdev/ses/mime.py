"""A message as the MIME that SES would have sent, built only when somebody looks at it.

Source: RFC 5322, RFC 2045 to 2047; SES developer guide, "Amazon SES header fields".
"""

import base64
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.charset import QP, Charset
from email.header import Header
from email.message import EmailMessage, Message
from email.utils import format_datetime

from localdev.ses import search
from localdev.ses.shapes import Content

# Headers go out as they came: the modern policy would encode a long List-Unsubscribe address.
_POLICY = policy.compat32.clone(linesep="\r\n", max_line_length=None)
_REGION = "eu-west-1"


@dataclass(slots=True, frozen=True)
class Bodies:
    """What a reader's program would show; empty where the message has no such part."""

    html: str
    text: str


def bodies(content: Content) -> Bodies:
    """Return the HTML and text parts of a message's content."""
    if content.form != "raw":
        return Bodies(content.html, content.text)
    parsed = message_from_bytes(base64.b64decode(content.raw), policy=policy.default)
    assert isinstance(parsed, EmailMessage)  # noqa: S101  # policy.default makes nothing else
    return Bodies(_part(parsed, "html"), _part(parsed, "plain"))


def _part(message: EmailMessage, kind: str) -> str:
    """Return the text of the part a mail program would choose for this kind."""
    part = message.get_body((kind,))
    if part is None:
        return ""
    try:
        return str(part.get_content())
    except LookupError:
        # A charset that nobody knows.
        payload = part.get_payload(decode=True)
        return payload.decode("utf-8", "replace") if isinstance(payload, bytes) else ""


def build(message: search.Message, content: Content) -> bytes:
    """Build the whole message, lines ending in CRLF."""
    return compose(message, content).as_bytes(policy=_POLICY)


def compose(message: search.Message, content: Content) -> Message:
    """Build the message as an object of the standard library."""
    mail = _raw(content) if content.form == "raw" else Message(policy=_POLICY)
    for name, value in _headers_of(message, content):
        del mail[name]
        mail[name] = value
    if content.form != "raw":
        _fill(mail, content, message.message_id)
    return mail


def _raw(content: Content) -> Message:
    """Return a raw message as it came; SES drops its Bcc."""
    mail = message_from_bytes(base64.b64decode(content.raw), policy=_POLICY)
    del mail["Bcc"]
    return mail


def _fill(mail: Message, content: Content, message_id: str) -> None:
    """Text, HTML or both as alternatives, quoted-printable in UTF-8."""
    charset = Charset("utf-8")
    charset.body_encoding = QP
    parts = [(name, body) for name, body in _named(content) if body]
    mail["MIME-Version"] = "1.0"
    if len(parts) == 1:
        mail["Content-Type"] = f"text/{parts[0][0]}"
        mail.set_payload(parts[0][1], charset)
        return
    # Quoted-printable never holds "=_", so no body can hold the boundary.
    mail["Content-Type"] = f'multipart/alternative; boundary="=_{message_id}"'
    for subtype, body in parts:
        part = Message(policy=_POLICY)
        part["Content-Type"] = f"text/{subtype}"
        part.set_payload(body, charset)
        del part["MIME-Version"]
        mail.attach(part)


def _named(content: Content) -> tuple[tuple[str, str], ...]:
    """Return the bodies by MIME subtype, the plainest first, as RFC 2046 5.1.4 wants them."""
    return (("plain", content.text), ("html", content.html))


def _headers_of(message: search.Message, content: Content) -> list[tuple[str, str]]:
    """Return the headers that SES writes; a raw message keeps all but Date and Message-ID."""
    headers = [
        ("Date", format_datetime(message.at)),
        ("Message-ID", f"<{message.message_id}@{_REGION}.amazonses.com>"),
    ]
    headers += _feedback_id(message)
    if content.form == "raw":
        return headers
    headers += [("From", message.from_address), ("To", ", ".join(message.to))]
    headers += [("Cc", ", ".join(message.cc))] if message.cc else []
    headers += [("Reply-To", ", ".join(message.reply_to))] if message.reply_to else []
    headers.append(("Subject", Header(content.subject, header_name="Subject").encode()))
    return headers + list(message.headers.items())


def _feedback_id(message: search.Message) -> list[tuple[str, str]]:
    """Feedback-ID with the two values a sender may set through tags.

    Source: SES developer guide, "Feedback-ID".
    """
    first, second = (message.tags.get(f"ses:feedback-id-{part}", "") for part in "ab")
    if not first and not second:
        return []
    return [("Feedback-ID", f"{first}:{second}:1.{_REGION}.local:AmazonSES")]
