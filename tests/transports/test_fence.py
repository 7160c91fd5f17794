from datetime import timedelta

import pytest

from app.transports.fence import is_stale
from app.transports.replies import tidy
from tests.transports.mails import NOW


@pytest.mark.parametrize(
    ("age_seconds", "stale"), [(0, False), (30, False), (30.1, True), (-1, False), (-1.1, True)]
)
def test_intent_is_stale_when_it_is_old_or_from_the_future(
    age_seconds: float, *, stale: bool
) -> None:
    assert is_stale(NOW, NOW + timedelta(seconds=age_seconds)) is stale


@pytest.mark.parametrize(
    ("reply", "line"),
    [
        (b"5.1.1 <a.b@c.example>:\r\n unknown \xff", "5.1.1 <(address)>: unknown �"),
        ("failed: a@b.example, c@d.example.", "failed: (address), (address)"),
        ("x" * 300, "x" * 200),
        ("x" * 500_000, "x" * 200),  # each letter of a word was tried as an address's first
        ("a@b@c.example @d.example", "(address) @d.example"),
    ],
)
def test_reply_is_one_short_line_without_addresses(reply: str | bytes, line: str) -> None:
    assert tidy(reply) == line
