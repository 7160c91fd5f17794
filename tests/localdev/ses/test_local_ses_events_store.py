from pathlib import Path

from tests.localdev.ses.reading import counts, delete, publishing, read_all, receive
from tests.localdev.ses.running import LocalSes, bulk, entry, serving, simple


def send(ses: LocalSes, *numbers: int) -> None:
    """Make a call for each of these readers."""
    for number in numbers:
        ses.client.send_bulk_email(**bulk(entry(number)))


def readers(ses: LocalSes) -> list[str]:
    return sorted({told.delivery for told in read_all(ses)})


def test_events_are_made_again_when_nobody_had_read_them_before_a_restart(tmp_path: Path) -> None:
    with serving(tmp_path, publishing=publishing()) as ses:
        send(ses, 1, 2)
        before = [told.envelope["Message"] for told in receive(ses)]
    with serving(tmp_path, publishing=publishing()) as ses:
        assert [told.envelope["Message"] for told in read_all(ses)] == before
    with serving(tmp_path, publishing=publishing()) as ses:
        assert read_all(ses) == []


def test_only_the_calls_from_the_first_open_one_come_again_when_it_starts_again(
    tmp_path: Path,
) -> None:
    with serving(tmp_path, publishing=publishing()) as ses:
        send(ses, 1, 2, 3)
        delete(ses, *[told for told in receive(ses) if told.delivery != "delivery-2"])
    with serving(tmp_path, publishing=publishing()) as ses:
        assert counts(ses) == (4, 0)
        assert readers(ses) == ["delivery-2", "delivery-3"]


def test_withheld_events_come_after_a_restart_when_they_are_no_longer_withheld(
    tmp_path: Path,
) -> None:
    with serving(tmp_path, publishing=publishing(withhold=1)) as ses:
        send(ses, 1)
        assert read_all(ses) == []
    with serving(tmp_path, publishing=publishing()) as ses:
        assert readers(ses) == ["delivery-1"]


def test_purged_events_stay_away_when_it_starts_again(tmp_path: Path) -> None:
    with serving(tmp_path, publishing=publishing()) as ses:
        send(ses, 1)
        ses.sqs.purge_queue(QueueUrl=ses.queue_url)
        send(ses, 2)
    with serving(tmp_path, publishing=publishing()) as ses:
        assert readers(ses) == ["delivery-2"]


def test_events_of_a_new_inbox_are_told_when_the_old_one_was_deleted(tmp_path: Path) -> None:
    with serving(tmp_path, publishing=publishing()) as ses:
        send(ses, 1, 2, 3)
        read_all(ses)
        ses.web.delete("/inbox").raise_for_status()
        send(ses, 4)
    with serving(tmp_path, publishing=publishing()) as ses:
        assert readers(ses) == ["delivery-4"]


def test_events_are_told_when_the_mail_was_accepted_before_they_were_on(tmp_path: Path) -> None:
    with serving(tmp_path) as ses:
        ses.client.send_email(**simple())
    with serving(tmp_path, publishing=publishing()) as ses:
        assert [told.kind for told in read_all(ses)] == ["Send", "Delivery"]
