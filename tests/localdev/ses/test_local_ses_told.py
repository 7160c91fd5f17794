"""Which messages their sender was told of: what a drill holds our ledger against."""

from contextlib import suppress
from typing import Any

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from tests.localdev.ses.running import LocalSes, boto_client, bulk, entry, serving


def _told(ses: LocalSes) -> list[str]:
    return list(ses.web.get("/control/told").raise_for_status().json())


def _send(ses: LocalSes, **settings: Any) -> list[str]:
    """Return the ids in the answer to one bulk call of three; none without such an answer."""
    ses.web.put("/control/faults", json=settings).raise_for_status()
    client = boto_client(ses.url, read_timeout=1)
    with suppress(ClientError, BotoCoreError):
        answer = client.send_bulk_email(**bulk(*[entry(number) for number in range(3)]))
        return [
            one["MessageId"]
            for one in answer.get("BulkEmailEntryResults", [])
            if "MessageId" in one
        ]
    return []


@pytest.mark.parametrize("kind", ["none", "slow", "partial"])
def test_message_is_told_when_its_answer_went_out_whole(kind: str) -> None:
    with serving() as ses:
        heard = _send(ses, script=[kind], slow_seconds=[0, 0.1])
        assert heard
        assert _told(ses) == sorted(heard)


@pytest.mark.parametrize(
    "kind", ["error_after", "drop_after", "cut", "short", "garbage", "fewer", "hang"]
)
def test_message_is_not_told_when_its_answer_was_spoiled_or_nobody_waited_for_it(
    kind: str,
) -> None:
    with serving() as ses:
        _send(ses, script=[kind], hang_seconds=1.5)
        assert len(ses.messages()) == 3
        assert _told(ses) == []


def test_nothing_is_noted_where_nothing_goes_wrong() -> None:
    with serving() as ses:
        assert _send(ses)
        assert _told(ses) == []
