"""What is made from a Mail is made once for all Batches of its Edition."""

from dataclasses import replace

from app.transports.last import LastValue
from tests.transports.mails import MAIL


def test_value_is_made_once_when_equal_mails_follow() -> None:
    made: list[str] = []

    def make() -> int:
        made.append("")
        return len(made)

    last: LastValue[int] = LastValue()
    equal = replace(MAIL, html=MAIL.html[:9] + MAIL.html[9:], headers=dict(MAIL.headers))
    assert equal.html is not MAIL.html
    seen = [last.get(mail, 1, make=make) for mail in (MAIL, MAIL, equal, equal, MAIL)]
    assert seen == [1] * 5
    assert last.get(replace(MAIL, subject="Another"), 1, make=make) == 2
    assert last.get(replace(MAIL, subject="Another"), 2, make=make) == 3
