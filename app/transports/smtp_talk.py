"""One SMTP transaction: MAIL, RCPT, DATA, the message; and what each reply means."""

import smtplib
from collections.abc import Callable
from typing import Final

from app.transports.base import Accepted, InDoubt, Outcome, Refused, RefusedKind
from app.transports.fence import STALE
from app.transports.replies import tidy

LOST: Final = Refused("later", "connection_lost", "before the message was sent")
"""The server hung up, or said that it was about to, while it had no message from us."""

_GO_AHEAD: Final = 354
_CLOSING: Final = 421
_ACCEPTED: Final = range(200, 300)
_TRANSIENT: Final = range(400, 500)
_PERMANENT: Final = range(500, 600)
_SET_UP: Final = frozenset({530, 534, 535, 538})
"""Replies about logging in, at whatever command. Source: RFC 4954 section 6."""


def post(
    smtp: smtplib.SMTP,
    *,
    sender: str,
    address: str,
    message: bytes,
    message_id: str,
    is_stale: Callable[[], bool],
) -> Outcome:
    """What became of one message; the connection may be closed afterwards.

    `message` is dot-stuffed and ends with the final dot. `is_stale` is asked right before it is
    written. Only a lost answer to that dot is in doubt: a server cannot take a message that it
    has not got whole.
    """
    try:
        refused = _ask(smtp, sender, address)
        if refused is not None:
            return refused
        if is_stale():
            smtp.close()
            return STALE
        smtp.send(message)
    except Exception:  # noqa: BLE001  # whatever it is, the final dot has not been sent
        smtp.close()
        return LOST
    return _settled(smtp, message_id)


def _settled(smtp: smtplib.SMTP, message_id: str) -> Outcome:
    """What the answer to the final dot means."""
    try:
        code, said = smtp.getreply()
    except Exception as fault:  # noqa: BLE001  # whatever it is, the server may have taken it
        smtp.close()
        return InDoubt("no_reply", type(fault).__name__)
    if code in _ACCEPTED:
        return Accepted(message_id)
    if code in _TRANSIENT or code in _PERMANENT:
        return _refused(smtp, code, said, "never")
    smtp.close()
    return InDoubt("bad_reply", tidy(said))


def _ask(smtp: smtplib.SMTP, sender: str, address: str) -> Refused | None:
    """None when the server waits for the message, else its refusal, the connection made ready."""
    # smtplib's own `mail` and `rcpt` parse the address first, which takes longer than all the rest
    # of a transaction; ours was checked.
    code, said = smtp.docmd("MAIL", f"FROM:<{sender}>")
    if code == _CLOSING:
        smtp.close()
        return LOST
    if code not in _ACCEPTED:
        return _refused(smtp, code, said, "stop")
    code, said = smtp.docmd("RCPT", f"TO:<{address}>")
    if code not in _ACCEPTED:
        return _refused(smtp, code, said, "never")
    code, said = smtp.docmd("DATA")
    if code != _GO_AHEAD:
        return _refused(smtp, code, said, "never")
    return None


def _refused(smtp: smtplib.SMTP, code: int, said: bytes, permanent: RefusedKind) -> Refused:
    """The refusal; RSET makes the connection ready for the next message, or it is closed."""
    known = code in _TRANSIENT or code in _PERMANENT
    if code == _CLOSING or not known or not _is_reset(smtp):
        smtp.close()
    if code in _SET_UP:
        return Refused("halt", str(code), tidy(said))
    kind = permanent if code in _PERMANENT else "later"
    return Refused(kind, str(code) if known else "bad_reply", tidy(said))


def _is_reset(smtp: smtplib.SMTP) -> bool:
    try:
        return smtp.rset()[0] in _ACCEPTED
    except OSError:  # smtplib's own exceptions are among them
        return False
