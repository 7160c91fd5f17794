"""One SMTP transaction: MAIL, RCPT, DATA, the message; and what each reply means.

It is a generator that yields wherever it waits for a reply, so that whoever runs it can do
something else meanwhile.
"""

import smtplib
import time
from collections.abc import Callable, Container, Generator, Sequence
from functools import partial
from typing import Final

from app.transports.answers import is_day_spent, sort_reply
from app.transports.base import Accepted, InDoubt, Outcome, Refused, RefusedKind
from app.transports.fence import STALE
from app.transports.replies import tidy

_Reply = Callable[[], tuple[int, bytes]]
"""Reads the next reply to what was written, its code and its text."""

LOST: Final = Refused("later", "connection_lost", "before the message was sent")
"""The server hung up, or said that it was about to, while it had no message from us."""

_LEAST: Final = 0.1
"""Seconds for which a reply is waited for at least: long enough to read what has come already."""

_GO_AHEAD: Final = 354
_CLOSING: Final = 421
_ACCEPTED: Final = range(200, 300)
_TRANSIENT: Final = range(400, 500)
_PERMANENT: Final = range(500, 600)
_ASKED: Final[tuple[tuple[Container[int], RefusedKind], ...]] = (
    (_ACCEPTED, "stop"),
    (_ACCEPTED, "never"),
    ((_GO_AHEAD,), "never"),
)
"""What each of MAIL, RCPT and DATA is answered when all is well, and whose fault it is if not."""

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
    seconds: Callable[[], float] = time.monotonic,
) -> Generator[None, None, Outcome]:
    """Return what became of one message; the connection may be closed afterwards.

    `message` is dot-stuffed and ends with the final dot. `is_stale` is asked right before it is
    written. `seconds` is a clock that only goes forward, for time-outs. Only a lost answer to that
    dot is in doubt: a server cannot take a message that it has not got whole.
    """
    try:
        refused = yield from _ask(smtp, sender, address, seconds)
        if refused is not None:
            return refused
        if is_stale():
            smtp.close()
            return STALE
        reply = _send(smtp, message, seconds)
    except Exception:  # noqa: BLE001  # whatever it is, the final dot has not been sent
        smtp.close()
        return LOST
    yield
    return _settled(smtp, message_id, reply)


def _settled(smtp: smtplib.SMTP, message_id: str, reply: _Reply) -> Outcome:
    """Return what the answer to the final dot means."""
    try:
        code, text = reply()
    except Exception as fault:  # noqa: BLE001  # whatever it is, the server may have taken it
        smtp.close()
        return InDoubt("no_reply", type(fault).__name__)
    if code in _ACCEPTED:
        return Accepted(message_id)
    if code in _TRANSIENT or code in _PERMANENT:
        return _refused(smtp, code, text, "never")
    smtp.close()
    return InDoubt("bad_reply", tidy(text))


def _ask(
    smtp: smtplib.SMTP, sender: str, address: str, seconds: Callable[[], float]
) -> Generator[None, None, Refused | None]:
    """Return None when the server waits for the message, else its refusal.

    After a refusal the connection is ready for the next message, or closed.
    """
    # smtplib's own `mail` and `rcpt` parse the address first, which takes longer than all the rest
    # of a transaction; ours was checked.
    commands = (f"MAIL FROM:<{sender}>", f"RCPT TO:<{address}>", "DATA")
    if smtp.has_extn("pipelining"):
        return (yield from _ask_at_once(smtp, commands, seconds))
    for command, (wanted, permanent) in zip(commands, _ASKED, strict=True):
        reply = _send(smtp, f"{command}\r\n", seconds)
        yield
        code, text = reply()
        if code == _CLOSING and command is commands[0]:
            return _lost(smtp)
        if code not in wanted:
            return _refused(smtp, code, text, permanent)
    return None


def _ask_at_once(
    smtp: smtplib.SMTP, commands: Sequence[str], seconds: Callable[[], float]
) -> Generator[None, None, Refused | None]:
    """Ask as `_ask` does, with one write and one wait for three answers. Source: RFC 2920 3.1."""
    reply = _send(smtp, "".join(f"{command}\r\n" for command in commands), seconds)
    yield
    replies = [reply()]
    if replies[0][0] == _CLOSING:
        return _lost(smtp)
    replies += [reply(), reply()]
    for (code, text), (wanted, permanent) in zip(replies, _ASKED, strict=True):
        if code not in wanted:
            if replies[-1][0] == _GO_AHEAD:
                # It waits for a message to nobody: there is none to give it.
                smtp.close()
            return _refused(smtp, code, text, permanent)
    return None


def _send(smtp: smtplib.SMTP, what: bytes | str, seconds: Callable[[], float]) -> _Reply:
    """Write this, and return what reads the next reply to it."""
    if smtp.sock is not None and smtp.sock.gettimeout() != smtp.timeout:
        smtp.sock.settimeout(smtp.timeout)
    smtp.send(what)
    return partial(_reply, smtp, seconds, seconds())


def _reply(smtp: smtplib.SMTP, seconds: Callable[[], float], since: float) -> tuple[int, bytes]:
    """Return the next reply, for which the connection's time-out began at `since`.

    So several connections on which nothing is said take one time-out together, not one each.
    """
    waited = seconds() - since
    if waited > _LEAST and smtp.sock is not None:
        smtp.sock.settimeout(max(_LEAST, smtp.timeout - waited))
    return smtp.getreply()


def _lost(smtp: smtplib.SMTP) -> Refused:
    smtp.close()
    return LOST


def _refused(smtp: smtplib.SMTP, code: int, text: bytes, permanent: RefusedKind) -> Refused:
    """Return the refusal; RSET makes the connection ready for the next message, or it is closed."""
    known = code in _TRANSIENT or code in _PERMANENT
    if code == _CLOSING or not known or not _is_reset(smtp):
        smtp.close()
    if code in _SET_UP:
        return Refused("halt", str(code), tidy(text))
    if not known:
        return Refused("later", "bad_reply", tidy(text))
    said = text.decode("utf-8", "replace")
    if code in _PERMANENT and is_day_spent(said):
        return Refused("quota", str(code), tidy(text))
    kind = permanent if code in _PERMANENT else "later"
    # What is said of the sender alone is nobody's bounce.
    answer = None if permanent == "stop" else sort_reply(said)
    return Refused(kind, str(code), tidy(text), answer)


def _is_reset(smtp: smtplib.SMTP) -> bool:
    try:
        return smtp.rset()[0] in _ACCEPTED
    except OSError:  # smtplib's own exceptions are among them
        return False
