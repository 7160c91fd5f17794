"""EML: a preview as the very message that would be sent, to be opened in a mail program."""

import re
from datetime import datetime
from email.utils import format_datetime
from typing import Final

from sqlalchemy.orm import Session

from app.delivery.leaving import preview_leave_headers
from app.delivery.mails import list_headers
from app.errors import Conflict
from app.issues.preview import Preview
from app.publication.publication import get_publication
from app.sentences import Sentence
from app.transports.base import Mail, Recipient, Refused
from app.transports.checks import check_mail, read_texts
from app.transports.mime import build_message, encode_mail

_STUFFED: Final = re.compile(rb"^\.", re.MULTILINE)
_END: Final = b".\r\n"


def eml(
    session: Session, preview: Preview, base_url: str, inbound_address: str, now: datetime
) -> bytes:
    """Return the message as SMTP would carry it, with its headers; its lines end with CRLF.

    With an `inbound_address` it names the way to leave by mail, too, as a mail that is sent does.

    Raises:
        Conflict: it could not be sent as it is, as when the publication has no From yet.

    Source: RFC 5322; RFC 5321 4.5.2 for the dots that are taken away again.
    """
    publication = get_publication(session)
    mail = Mail(
        from_address=publication.from_address,
        reply_to=publication.reply_to,
        subject=preview.subject,
        html=preview.html,
        text=preview.text,
        headers=list_headers(publication, base_url),
    )
    leave = preview_leave_headers(preview.fields["leave_url"], inbound_address)
    one = Recipient("preview", preview.address, {}, leave)
    texts = read_texts(mail)
    found = check_mail(texts, [one], 1)
    fault = found if isinstance(found, Refused) else found.refused[0]
    if isinstance(texts, Refused) or fault is not None:
        why = _describe(fault or texts)
        raise Conflict(Sentence("This mail could not be sent: %(why)s.", why=why))
    host = base_url.split("://", 1)[1].split("/", 1)[0].split(":", 1)[0]
    message = build_message(
        encode_mail(mail, texts),
        one,
        date=format_datetime(now),
        message_id=f"preview.{int(now.timestamp())}@{host}",
    )
    return _STUFFED.sub(b"", message.removesuffix(_END))


def _describe(why: object) -> Sentence:
    """Return the reason in words, or the code for it."""
    if isinstance(why, Refused):
        return Sentence(why.detail or why.code)
    return Sentence("it is not fit to be sent")
