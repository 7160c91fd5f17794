"""The headers that say what list a mail is of, and where its help and its archive are."""

import re
from base64 import b64decode
from datetime import datetime
from email.header import decode_header, make_header
from email.utils import parseaddr

import pytest
from sqlalchemy.orm import Session

from app.delivery.mails import list_headers, list_id
from app.models import Publication
from tests.delivery.conftest import BASE_URL


def test_archive_is_named_only_while_it_is_open(session: Session, now: datetime) -> None:
    publication = session.get_one(Publication, 1)
    assert "List-Archive" in list_headers(publication, BASE_URL)
    publication.archive_closed_at = now
    assert "List-Archive" not in list_headers(publication, BASE_URL)


@pytest.mark.parametrize(
    ("name", "phrase"),
    [
        ("Devoured", "Devoured"),
        ("Früh & spät, täglich", "=?utf-8?b?"),
        ("Дайджест", "=?utf-8?b?"),
        ("מגזין הבוקר – חדשות הטכנולוגיה", "=?utf-8?b?"),
        ("朝のダイジェスト:技術とデザインの毎日のニュースを短くまとめて", "=?utf-8?b?"),
        ('The "Daily", Inc.', r'"The \"Daily\", Inc."'),
        (" ", "Digest"),
    ],
)
def test_list_id_holds_the_name_whole_when_it_is_not_ascii(name: str, phrase: str) -> None:
    said = list_id(name, "https://a.example:8443/x")

    assert said.isascii()
    assert said.startswith(phrase)
    assert said.endswith(" <digest.a.example>")
    words = re.findall(r"=\?utf-8\?b\?[^? ]*\?=", said)
    assert all(len(word) <= 75 for word in words), "RFC 2047, section 2"
    assert all(b64decode(word[10:-2]).decode() for word in words), "no letter is cut in two"
    found = parseaddr(said.replace("digest.a", "x@digest.a"))[0]
    assert str(make_header(decode_header(found))) == (name.strip() or "Digest")
