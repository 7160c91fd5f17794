"""The last examination as it is kept for the desk: the same findings, in every language."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from redis import Redis

from app.doctor.findings import Finding, Level, ok, unknown, warning, wrong
from app.doctor.kept import keep, last_examination
from app.in_words import translated
from app.language import speaking
from app.sentences import Sentence

AT = datetime(2026, 11, 29, 12, tzinfo=UTC)
AMAZONS = Sentence("Amazon's")
FOUND = (
    ok(
        "clock", Sentence("This machine's clock agrees with %(whose)s.", whose=Sentence("Amazon's"))
    ),
    unknown("aws_rights", Sentence("AWS answers.")),
    warning("disk", Sentence("%(n_percent)s %% is free.", n_percent=3), Sentence("Make room.")),
    wrong("ses_events", Sentence("SES hides %(kinds)s.", kinds=["a", "b"]), Sentence("Mend it.")),
)


@pytest.fixture
def valkey(valkey_url: str) -> Iterator[Redis]:
    with Redis.from_url(valkey_url, socket_timeout=20) as client:
        yield client


def test_what_was_found_is_kept_as_it_was(valkey: Redis) -> None:
    assert last_examination(valkey) is None
    keep(valkey, FOUND, AT, 7)
    found = last_examination(valkey)
    assert found is not None
    assert (found.at, found.asked, found.findings) == (AT, 7, FOUND)
    assert [type(one) for one in found.findings] == [Finding] * len(FOUND)
    assert [one.level for one in found.findings] == [
        *(Level.OK, Level.UNKNOWN, Level.WARNING, Level.WRONG)
    ]


def test_what_was_kept_is_said_in_another_language(valkey: Redis) -> None:
    keep(valkey, FOUND, AT, 7)
    found = last_examination(valkey)
    assert found is not None
    with speaking("de"):
        said = translated(found.findings[0].sentence)
    assert said == "Die Uhr dieses Rechners stimmt mit der von Amazon überein."


def test_a_valkey_that_does_not_answer_keeps_nothing_and_breaks_nothing() -> None:
    with Redis(host="127.0.0.1", port=1, socket_connect_timeout=20) as nobody:
        keep(nobody, FOUND, AT, 7)
        assert last_examination(nobody) is None
