import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from localdev.ses import close_store, open_store
from localdev.ses.search import find, n_messages
from localdev.ses.store import suppress
from tests.localdev.ses.running import bulk, entry, refusal, serving, simple, tags

LOG = "messages.jsonl"


def test_inbox_is_as_it_was_when_the_server_starts_again(tmp_path: Path) -> None:
    with serving(tmp_path) as ses:
        ses.client.send_bulk_email(**bulk(entry(1), entry(2), entry(3, data={})))
        ses.client.send_email(**simple(EmailTags=tags(delivery_id="single")))
        ses.client.put_suppressed_destination(EmailAddress="s@readers.example", Reason="BOUNCE")
        messages, summary = ses.messages(), ses.web.get("/inbox/summary.json").json()
        raw = ses.raw(2)
    with serving(tmp_path) as ses:
        assert ses.messages() == messages
        assert ses.web.get("/inbox/summary.json").json() == summary
        assert ses.raw(2) == raw
        assert ses.client.get_suppressed_destination(EmailAddress="s@readers.example")
        assert ses.client.get_account()["SendQuota"]["SentLast24Hours"] == 4
        ses.client.send_bulk_email(**bulk(entry(4)))
        assert ses.web.get("/inbox/summary.json").json()["n_editions"] == summary["n_editions"]


def test_message_is_in_the_file_when_the_call_is_answered(tmp_path: Path) -> None:
    with serving(tmp_path) as ses:
        message_id = ses.client.send_email(**simple())["MessageId"]
        assert message_id.encode() in (tmp_path / LOG).read_bytes()


def test_torn_line_is_cut_off_when_the_server_was_killed_in_mid_write(tmp_path: Path) -> None:
    with serving(tmp_path) as ses:
        ses.client.send_email(**simple())
    whole = (tmp_path / LOG).read_bytes()
    (tmp_path / LOG).write_bytes(whole + whole[: len(whole) // 3].replace(b"\n", b""))
    with serving(tmp_path) as ses:
        assert len(ses.messages()) == 1
        ses.client.send_email(**simple())
    with serving(tmp_path) as ses:
        assert len(ses.messages()) == 2


def test_store_is_refused_when_another_server_has_it(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    try:
        with pytest.raises(OSError, match="temporarily unavailable"):
            open_store(tmp_path)
    finally:
        close_store(store)


def test_file_is_for_its_owner_only_when_it_is_made(tmp_path: Path) -> None:
    store = open_store(tmp_path / "new" / "folder")
    close_store(store)
    assert (tmp_path / "new" / "folder" / LOG).stat().st_mode & 0o777 == 0o600


def test_inbox_is_empty_when_it_was_deleted(tmp_path: Path) -> None:
    with serving(tmp_path) as ses:
        ses.client.send_bulk_email(**bulk(entry(1), entry(2)))
        ses.client.put_suppressed_destination(EmailAddress="s@readers.example", Reason="BOUNCE")
        assert ses.web.delete("/inbox").json() == {"n_deleted": 2}
        assert ses.messages() == []
        assert ses.web.get("/inbox/summary.json").json()["issues"] == {}
        ses.client.send_bulk_email(**bulk(entry(3)))
    with serving(tmp_path) as ses:
        assert [message["tags"]["delivery_id"] for message in ses.messages()] == ["delivery-3"]
        assert ses.client.get_suppressed_destination(EmailAddress="s@readers.example")


def test_call_is_a_500_and_not_counted_when_the_disk_is_full(tmp_path: Path) -> None:
    with serving(tmp_path) as ses:
        ses.client.send_email(**simple())
        descriptor = ses.store.log.descriptor
        kept, full = os.dup(descriptor), os.open("/dev/full", os.O_RDWR)
        os.dup2(full, descriptor)
        code = refusal(ses.client, "send_email", simple())[0]
        os.dup2(kept, descriptor)
        os.close(kept)
        os.close(full)
        assert code == "InternalServiceErrorException"
        ses.client.send_email(**simple())
        assert len(ses.messages()) == 2
    with serving(tmp_path) as ses:
        assert len(ses.messages()) == 2


def test_suppression_list_is_read_back_when_nothing_was_sent(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    suppress(store, "s@readers.example", "BOUNCE", datetime(2020, 1, 1, tzinfo=UTC))
    close_store(store)
    store = open_store(tmp_path)
    assert n_messages(store) == 0
    assert find(store) == []
    assert store.suppressed["s@readers.example"].at.year == 2020
    close_store(store)
