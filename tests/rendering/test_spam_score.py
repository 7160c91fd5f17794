"""What SpamAssassin says of a mail, where it is installed: Debian's rules, without the network."""

import re
import shutil
import subprocess
from typing import Final

import pytest

from app.delivery.mails import list_headers
from app.enums import Depth
from app.models import Publication
from app.rendering.edition import render_edition
from app.rendering.inputs import RenderedMail
from app.rendering.merge import fields_for, fill
from app.rendering.templates import Templates
from app.transports.base import Mail, Recipient
from app.transports.checks import CheckedMail, check_mail, read_texts
from app.transports.mime import build_message, encode_mail
from tests.browser.long_day import long_day
from tests.rendering.goldens import golden
from tests.rendering.samples import BASE_URL

_SPAMASSASSIN: Final = shutil.which("spamassassin")
_SCORE: Final = re.compile(r"score=(-?\d+\.\d+)")
_MOST: Final = -1.0
"""What it gives a mail from a server that it trusts, where no other rule hits."""

_RECEIVED: Final = (
    b"Received: from localhost (localhost [127.0.0.1]) by mx.example.org with ESMTP id 1;"
    b" Tue, 28 Apr 2026 06:00:01 +0000\r\n"
)

pytestmark = pytest.mark.skipif(not _SPAMASSASSIN, reason="SpamAssassin is not installed")


def _message(rendered: RenderedMail) -> bytes:
    """Return the mail as it is handed over, to one reader."""
    leave = f"{BASE_URL}/leave/{'t' * 90}"
    fields = fields_for("ada@example.org", leave, f"{BASE_URL}/preferences/{'t' * 90}")
    publication = Publication(name="Devoured", archive_closed_at=None)
    mail = Mail(
        from_address="Devoured <digest@devoured.example>",
        subject=rendered.subject,
        html=fill(rendered.html, fields),
        text=fill(rendered.text, fields),
        reply_to="editors@devoured.example",
        headers=list_headers(publication, BASE_URL),
        tags={},
    )
    one = Recipient("7-1", "ada@example.org", {}, {"List-Unsubscribe": f"<{leave}>"})
    found = check_mail(read_texts(mail), [one], 50)
    assert isinstance(found, CheckedMail)
    written = build_message(
        encode_mail(mail, found.texts),
        one,
        date="Tue, 28 Apr 2026 06:00:00 +0000",
        message_id="1@devoured.example",
    )
    return _RECEIVED + written.removesuffix(b".\r\n")


def _judged(message: bytes) -> str:
    command = [_SPAMASSASSIN or "", "--local", "--cf=use_bayes 0"]
    done = subprocess.run(command, input=message, capture_output=True, timeout=120, check=True)  # noqa: S603 - a program of the machine, on a mail of ours
    return done.stdout.decode(errors="replace").replace("\r\n", "\n").partition("\n\n")[0]


def _score(said: str) -> float:
    found = _SCORE.search(said)
    assert found, said
    return float(found[1])


@pytest.mark.parametrize("name", ["edition", "welcome"])
def test_golden_mail_is_taken_for_no_spam(templates: Templates, name: str) -> None:
    said = _judged(_message(dict(golden(templates))[name]))
    assert _score(said) <= _MOST, said


@pytest.mark.parametrize("depth", Depth)
def test_long_day_is_taken_for_no_spam_at_every_depth(templates: Templates, depth: Depth) -> None:
    said = _judged(_message(render_edition(long_day(depth), templates)))
    assert _score(said) <= _MOST, said


def test_white_text_that_is_hidden_raises_the_score() -> None:
    hidden = "<p style='color:#ffffff;background:#ffffff'>FREE MONEY, VIAGRA!!!</p>"
    said = _judged(_message(RenderedMail("FREE!!!", f"<html><body>{hidden}</body></html>", "x")))
    assert _score(said) > _MOST, said
