"""A file of what a provider says: what it may say, and what is said of anything else."""

import pytest

from app.cli.failures import BadInput
from app.cli.reputation_file import provider_named, read_days


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("day,domain\n", "The file has no column complaint_rate"),
        ("", "The file has no column day"),
        ("day,domain,complaint_rate\n23.11.2026,a.example,0\n", "Line 2: a day is written as"),
        ("day,domain,complaint_rate\n2026-11-23,,0\n", "Line 2: there is no domain"),
        ("day,domain,complaint_rate\n2026-11-23,a.example,2\n", "Line 2: a rate is a share"),
        ("day,domain,complaint_rate\n2026-11-23,a.example,nan\n", "Line 2: a rate is a share"),
        ("day,domain,complaint_rate\n2026-11-23\n", "Line 2: there is no domain"),
    ],
)
def test_file_that_says_something_else_is_refused(text: str, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        read_days(text, "Yahoo")


def test_provider_is_called_as_it_is_here() -> None:
    assert provider_named(" yahoo ") == "Yahoo"
    assert provider_named("outlook.COM") == "Outlook.com"
    assert provider_named("Our own") == "Our own"
    for wrong in ("", "a\nb", "x" * 41):
        with pytest.raises(BadInput):
            provider_named(wrong)
