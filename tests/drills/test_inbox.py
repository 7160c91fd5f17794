"""How many mails were taken is told without reading them: a drill of a million asks often."""

from benchmarks.drill.inbox import n_taken_by
from localdev.demo.inbox import list_messages
from tests.localdev.ses.running import bulk, entry, serving, simple


def test_number_that_was_taken_is_that_of_all_messages() -> None:
    with serving(rate=1e6) as ses:
        assert n_taken_by(ses.web) == 0
        ses.client.send_bulk_email(**bulk(*(entry(number) for number in range(3))))
        ses.client.send_email(**simple())

        assert n_taken_by(ses.web) == len(list_messages(ses.web)) == 4
