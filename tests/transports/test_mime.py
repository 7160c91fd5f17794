import email
import email.policy
import re
from email.message import EmailMessage

from hypothesis import example, given
from hypothesis import strategies as st

from app.transports.base import Mail, Recipient
from app.transports.checks import CheckedMail, check_mail, read_texts
from app.transports.mime import build_message, encode_mail, encode_value
from tests.transports.mails import MAIL, recipient

_TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="{}\\"))
_AWKWARD = st.sampled_from([".", "..", "\n.", ".\n", " ", " \n", "=", "=\n", "\r\n", "é" * 40, ""])
_PIECES = st.lists(_TEXTS | _AWKWARD | st.just("{{a}}") | st.just("{{b}}"), max_size=12)
_TEMPLATES = _PIECES.map("".join)
_VALUES = st.lists(_TEXTS | _AWKWARD, max_size=4).map("".join)


def _written(mail: Mail, one: Recipient) -> bytes:
    found = check_mail(read_texts(mail), [one], 50)
    assert isinstance(found, CheckedMail)
    assert found.refused == [None]
    return build_message(
        encode_mail(mail, found.texts),
        one,
        date="Mon, 23 Nov 2026 06:00:00 +0000",
        message_id="1@x.example",
    )


def _received(message: bytes) -> EmailMessage:
    """Return the message as a server passes it on: without the final dot and the doubled ones."""
    assert message.endswith(b"\r\n.\r\n")
    assert message.count(b"\r\n.\r\n") == 1
    plain = re.sub(rb"(?m)^\.", b"", message.removesuffix(b".\r\n"))
    return email.message_from_bytes(plain, policy=email.policy.default)


def _text(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    assert part is not None
    data = part.get_payload(decode=True)
    assert isinstance(data, bytes)
    return data.decode().replace("\r\n", "\n")


def _one_break(text: str) -> str:
    return re.sub(r"\r\n?", "\n", text)


@given(text=_TEMPLATES, html=_TEMPLATES, a=_VALUES, b=_VALUES)
def test_decoded_parts_equal_the_filled_texts_when_they_hold_anything(
    text: str, html: str, a: str, b: str
) -> None:
    mail = Mail("x@y.example", "Hello", html=f"<p>{html}", text=f"-{text}")
    one = Recipient("1-1", "r@x.example", {"a": a, "b": b})
    message = _received(_written(mail, one))
    for kind, template in (("plain", mail.text), ("html", mail.html)):
        filled = re.sub(
            r"\{\{(\w)\}\}",
            lambda found: _one_break(one.fields[found[1]]),
            _one_break(template),
        )
        assert _text(message, kind) == filled


@given(html=_TEMPLATES, a=_VALUES, b=_VALUES)
@example(html="a" * 74 + " \n" + "b" * 75 + "\t\n", a="a" * 75 + " \n", b="")
def test_lines_stay_short_and_ascii_when_texts_are_long(html: str, a: str, b: str) -> None:
    mail = Mail("x@y.example", "Hello", html=f"{'wörd ' * 40}{html}", text="")
    body = _written(mail, Recipient("1-1", "r@x.example", {"a": a, "b": b}))
    assert body.isascii()
    lines = body.split(b"\r\n")
    assert not any(b"\r" in line or b"\n" in line for line in lines)
    assert max(len(line.removeprefix(b".")) for line in lines) <= 76


@given(subject=st.lists(_TEXTS | _AWKWARD | st.just("{{a}}")).map("".join), a=_VALUES)
def test_subject_arrives_as_it_was_filled_when_it_holds_anything(subject: str, a: str) -> None:
    subject, a = subject.translate(_NO_BREAKS), a.translate(_NO_BREAKS)
    mail = Mail("x@y.example", subject, html="<p>", text="")
    message = _received(_written(mail, Recipient("1-1", "r@x.example", {"a": a})))
    assert message["Subject"] == subject.replace("{{a}}", a)


_NO_BREAKS = {ord(char): None for char in "\r\n\v\f\x1c\x1d\x1e\x85\u2028\u2029"}


def test_headers_are_whole_and_plain_when_they_are_long() -> None:
    one = recipient(3)
    raw = _written(MAIL, one)
    unsubscribe = f"List-Unsubscribe: {one.headers['List-Unsubscribe']}\r\n"
    assert len(unsubscribe) > 120
    assert unsubscribe.encode() in raw
    message = _received(raw)
    assert message["To"] == one.address
    assert message["From"] == MAIL.from_address
    assert message["Reply-To"] == MAIL.reply_to
    assert message["Message-ID"] == "<1@x.example>"
    assert message["X-Devoured-Delivery"] == one.delivery_id
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert message["Subject"] == "Today's digest for Зоя 3 & <co>"


def test_recipients_header_takes_the_mails_place_when_both_have_it() -> None:
    one = recipient(3, **{"list-id": "Other <other.devoured.example>"})
    message = _received(_written(MAIL, one))
    assert message.get_all("List-Id") == ["Other <other.devoured.example>"]


def test_part_is_left_out_when_its_text_is_empty() -> None:
    mail = Mail("x@y.example", "Hello", html="<p>{{a}}", text="")
    message = _received(_written(mail, Recipient("1-1", "r@x.example", {"a": "ü"})))
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/html"]


def test_value_is_taken_as_it_is_when_it_is_short_and_plain() -> None:
    assert encode_value("https://x.example/r/1") == b"https://x.example/r/1"
    assert encode_value("a=b") == b"a=3Db"
    assert encode_value(".a") == b"..a"
