from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from localdev.ses.quota import Quota, refill, shortage, spend
from tests.localdev.ses.running import LocalSes, bulk, entry, refusal, serving, simple


class Watch:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = datetime.now(UTC)

    def __call__(self) -> datetime:
        return self.now

    def wait(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


def bulk_statuses(ses: LocalSes, n_entries: int) -> list[str]:
    answer = ses.client.send_bulk_email(**bulk(*[entry(n) for n in range(n_entries)]))
    return [result["Status"] for result in answer["BulkEmailEntryResults"]]


def test_send_email_is_throttled_when_the_second_is_used_up() -> None:
    watch = Watch()
    with serving(rate=2, clock=watch) as ses:
        ses.client.send_email(**simple())
        ses.client.send_email(**simple())
        code, message = refusal(ses.client, "send_email", simple())
        assert (code, message) == ("TooManyRequestsException", "Maximum sending rate exceeded.")
        watch.wait(0.5)
        ses.client.send_email(**simple())
        assert len(ses.messages()) == 3


def test_entries_are_throttled_when_the_second_ends_within_a_bulk_call() -> None:
    watch = Watch()
    with serving(rate=3, clock=watch) as ses:
        assert bulk_statuses(ses, 5) == ["SUCCESS"] * 3 + ["ACCOUNT_THROTTLED"] * 2
        assert refusal(ses.client, "send_bulk_email", bulk())[0] == "TooManyRequestsException"
        watch.wait(1)
        assert bulk_statuses(ses, 1) == ["SUCCESS"]
        assert len(ses.messages()) == 4


def test_message_leaves_a_debt_when_it_has_more_recipients_than_the_second() -> None:
    watch = Watch()
    to = {"ToAddresses": [f"r{n}@readers.example" for n in range(10)]}
    with serving(rate=2, clock=watch) as ses:
        ses.client.send_email(**simple(Destination=to))
        watch.wait(4)
        assert refusal(ses.client, "send_email", simple())[0] == "TooManyRequestsException"
        watch.wait(1)
        ses.client.send_email(**simple())


def test_day_is_over_when_the_daily_quota_is_used_up() -> None:
    watch = Watch()
    with serving(daily=4, clock=watch) as ses:
        expected = ["SUCCESS"] * 4 + ["ACCOUNT_DAILY_QUOTA_EXCEEDED"]
        assert bulk_statuses(ses, 5) == expected
        message = refusal(ses.client, "send_email", simple())[1]
        assert message == "Daily message quota exceeded."
        assert ses.client.get_account()["SendQuota"] == {
            "Max24HourSend": 4.0,
            "MaxSendRate": 10_000_000.0,
            "SentLast24Hours": 4.0,
        }


def test_account_shows_no_limit_when_there_is_none(ses: LocalSes) -> None:
    account = ses.client.get_account()
    assert account["SendQuota"]["Max24HourSend"] == -1
    assert account["ProductionAccessEnabled"] is True


def test_sending_is_refused_when_the_account_is_paused() -> None:
    with serving() as ses:
        ses.client.put_account_sending_attributes(SendingEnabled=False)
        assert refusal(ses.client, "send_email", simple())[0] == "SendingPausedException"
        assert bulk_statuses(ses, 2) == ["ACCOUNT_SENDING_PAUSED"] * 2
        assert ses.client.get_account()["SendingEnabled"] is False
        assert ses.messages() == []
        ses.client.put_account_sending_attributes(SendingEnabled=True)
        assert bulk_statuses(ses, 1) == ["SUCCESS"]


def test_yesterday_is_forgotten_when_24_hours_have_passed() -> None:
    quota = Quota(rate=100, daily=10)
    refill(quota, 0)
    spend(quota, 10, 0)
    refill(quota, 23 * 3600)
    assert shortage(quota) == "daily"
    refill(quota, 24 * 3600)
    assert shortage(quota) == ""
    assert quota.n_sent == 0


@given(
    st.floats(0.5, 1000),
    st.lists(st.tuples(st.floats(0, 3), st.integers(1, 200)), min_size=1, max_size=60),
)
def test_rate_is_never_exceeded_when_single_messages_come_at_any_time(
    rate: float, arrivals: list[tuple[float, int]]
) -> None:
    quota = Quota(rate=rate, daily=-1)
    at = 0.0
    n_accepted = 0
    for pause, n_messages in arrivals:
        at += pause
        refill(quota, at)
        for _ in range(n_messages):
            if not shortage(quota):
                spend(quota, 1, at)
                n_accepted += 1
    assert n_accepted <= max(rate, 1.0) + rate * at + 1e-6
