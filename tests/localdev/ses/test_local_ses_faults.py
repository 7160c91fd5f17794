from collections.abc import Iterator
from typing import Any

import httpx2
import orjson
import pytest
from botocore.exceptions import ClientError, ConnectionClosedError, ReadTimeoutError

from localdev.ses.mishaps import Dealer, Settings, deal, set_mishaps
from tests.localdev.ses.bare import SEND, post
from tests.localdev.ses.running import LocalSes, boto_client, bulk, entry, refusal, serving, simple


@pytest.fixture
def faulty(ses: LocalSes) -> Iterator[LocalSes]:
    """Yield the shared SES, free of faults afterwards."""
    yield ses
    put(ses)


def put(ses: LocalSes, **settings: Any) -> None:
    ses.web.put("/control/faults", json=settings).raise_for_status()


def script(ses: LocalSes, *kinds: str, **settings: Any) -> None:
    """Let these faults happen to the next calls."""
    put(ses, script=kinds, **settings)


@pytest.mark.parametrize(
    ("kind", "status", "code", "kept"),
    [
        ("throttle", 429, "TooManyRequestsException", 0),
        ("error_before", 500, "InternalServiceErrorException", 0),
        ("unavailable", 503, "ServiceUnavailable", 0),
        ("error_after", 500, "InternalServiceErrorException", 1),
    ],
)
def test_call_is_refused_and_kept_or_not_when_that_was_dealt(
    faulty: LocalSes, kind: str, status: int, code: str, kept: int
) -> None:
    script(faulty, kind)
    with pytest.raises(ClientError) as raised:
        faulty.client.send_email(**simple())
    assert raised.value.response["Error"]["Code"] == code
    assert raised.value.response["ResponseMetadata"]["HTTPStatusCode"] == status
    assert len(faulty.messages()) == kept
    faulty.client.send_email(**simple())
    assert len(faulty.messages()) == kept + 1


@pytest.mark.parametrize(("kind", "kept"), [("drop_before", 0), ("drop_after", 50)])
def test_client_sees_a_lost_connection_when_it_was_dropped(
    faulty: LocalSes, kind: str, kept: int
) -> None:
    script(faulty, kind)
    with pytest.raises(ConnectionClosedError):
        faulty.client.send_bulk_email(**bulk(*[entry(number) for number in range(50)]))
    assert len(faulty.messages()) == kept
    faulty.client.send_email(**simple())
    assert len(faulty.messages()) == kept + 1


# botocore does not hold a body against its Content-Length: `cut` looks to it like `short`.
@pytest.mark.parametrize("kind", ["cut", "short", "garbage"])
def test_client_sees_a_success_that_says_nothing_when_the_answer_is_spoilt(
    faulty: LocalSes, kind: str
) -> None:
    script(faulty, kind, kind)
    for said in (
        faulty.client.send_email(**simple()),
        faulty.client.send_bulk_email(**bulk(entry(1))),
    ):
        assert said["ResponseMetadata"]["HTTPStatusCode"] == 200
        assert said.keys() == {"ResponseMetadata"}
    assert len(faulty.messages()) == 2


def test_answer_breaks_off_when_it_was_cut(faulty: LocalSes) -> None:
    script(faulty, "cut")
    with pytest.raises(httpx2.RemoteProtocolError, match="without sending complete"):
        post(faulty, SEND, orjson.dumps(simple()))


@pytest.mark.parametrize(
    ("kind", "settings"),
    [("hang", {"hang_seconds": 60}), ("slow", {"slow_seconds": [60, 60]})],
)
def test_client_times_out_but_the_mail_is_kept_when_the_answer_hangs(
    faulty: LocalSes, kind: str, settings: dict[str, Any]
) -> None:
    script(faulty, kind, **settings)
    client = boto_client(faulty.url, read_timeout=0.5)
    with pytest.raises(ReadTimeoutError):
        client.send_email(**simple())
    client.close()
    assert len(faulty.messages()) == 1


@pytest.mark.parametrize(
    ("kind", "settings"),
    [("hang", {"hang_seconds": 0.1}), ("slow", {"slow_seconds": [0.05, 0.1]})],
)
def test_client_is_answered_in_the_end_when_it_waits(
    faulty: LocalSes, kind: str, settings: dict[str, Any]
) -> None:
    script(faulty, kind, **settings)
    assert faulty.client.send_email(**simple())["MessageId"]


def test_some_entries_are_refused_in_their_places_when_a_bulk_call_is_partial(
    faulty: LocalSes,
) -> None:
    put(faulty, script=["partial"] * 3, partial_share=0.4, seed=2)
    entries = [entry(number) for number in range(20)]
    entries[3]["Destination"]["ToAddresses"] = ["no address"]
    seen = set()
    for n_calls in range(1, 4):
        results = faulty.client.send_bulk_email(**bulk(*entries))["BulkEmailEntryResults"]
        assert len(results) == 20
        accepted = {n for n, result in enumerate(results) if result["Status"] == "SUCCESS"}
        assert 0 < len(accepted) < 20
        assert results[3]["Status"] != "SUCCESS"
        seen |= {result["Status"] for result in results}
        ids = {results[n]["MessageId"] for n in accepted}
        kept = [message for message in faulty.messages() if message["message_id"] in ids]
        assert {message["tags"]["delivery_id"] for message in kept} == {
            f"delivery-{n}" for n in accepted
        }
        assert faulty.web.get("/control/faults").json()["dealt"] == {"partial": n_calls}
    assert {"SUCCESS", "TRANSIENT_FAILURE", "FAILED", "ACCOUNT_THROTTLED"} <= seen


def test_one_entry_is_refused_at_least_when_the_share_is_nothing(faulty: LocalSes) -> None:
    script(faulty, "partial", partial_share=0, partial_statuses=["FAILED"])
    results = faulty.client.send_bulk_email(**bulk(entry(1)))["BulkEmailEntryResults"]
    assert [result["Status"] for result in results] == ["FAILED"]
    assert len(faulty.messages()) == 0


def test_results_are_fewer_than_entries_but_all_are_kept_when_that_was_dealt(
    faulty: LocalSes,
) -> None:
    script(faulty, "fewer")
    request = bulk(*[entry(number) for number in range(10)])
    assert len(faulty.client.send_bulk_email(**request)["BulkEmailEntryResults"]) < 10
    assert len(faulty.messages()) == 10


@pytest.mark.parametrize("kind", ["partial", "fewer"])
def test_single_mail_is_left_alone_when_a_bulk_mishap_is_dealt(faulty: LocalSes, kind: str) -> None:
    script(faulty, kind)
    assert faulty.client.send_email(**simple())["MessageId"]
    assert faulty.web.get("/control/faults").json()["dealt"] == {}


@pytest.mark.parametrize("kind", ["partial", "fewer", "drop_after", "cut", "slow"])
def test_call_is_refused_by_the_rules_when_it_breaks_one_whatever_was_dealt(
    faulty: LocalSes, kind: str
) -> None:
    script(faulty, kind)
    request = bulk(BulkEmailEntries=[])
    assert refusal(faulty.client, "send_bulk_email", request)[0] == "BadRequestException"


def test_other_operations_are_spared_when_they_are_not_named(faulty: LocalSes) -> None:
    put(faulty, chances={"throttle": 1})
    assert faulty.client.get_account()["SendingEnabled"]
    put(faulty, chances={"throttle": 1}, operations=["GetAccount"])
    assert refusal(faulty.client, "get_account", {})[0] == "TooManyRequestsException"
    faulty.client.send_email(**simple())


def fates(settings: Settings, number: int) -> list[str]:
    dealer = Dealer(settings)
    dealt = [deal(dealer, "SendBulkEmail") for _ in range(number)]
    assert sum(dealer.dealt.values()) == sum(mishap is not None for mishap in dealt)
    return [mishap.kind if mishap else "" for mishap in dealt]


def test_calls_suffer_the_same_when_the_seed_is_the_same() -> None:
    chances: Any = {"throttle": 0.1, "drop_after": 0.2, "partial": 0.2}
    first, again, other = (fates(Settings(seed=seed, chances=chances), 2000) for seed in (1, 1, 2))
    assert first == again != other
    for kind, chance in chances.items():
        assert first.count(kind) / 2000 == pytest.approx(chance, abs=0.04)


def test_script_comes_first_when_there_are_chances_too() -> None:
    settings = Settings(script=("none", "hang"), chances={"cut": 1})
    assert fates(settings, 4) == ["", "hang", "cut", "cut"]
    dealer = Dealer(settings)
    deal(dealer, "SendEmail")
    set_mishaps(dealer, settings)
    assert (dealer.n_calls, dict(dealer.dealt)) == (0, {})


def test_nobody_is_answered_when_all_calls_fail_at_once() -> None:
    with serving(faults=Settings(chances={"drop_before": 1})) as ses:
        for _ in range(5):
            with pytest.raises(ConnectionClosedError):
                ses.client.send_email(**simple())
        assert len(ses.messages()) == 0
        ses.client.get_account()
        assert ses.web.get("/control").json()["faults"]["dealt"] == {"drop_before": 5}


def test_second_bulk_call_is_refused_when_calls_are_limited() -> None:
    with serving(bulk_calls_per_second=0.01) as ses:
        ses.client.send_bulk_email(**bulk(entry(1)))
        said = refusal(ses.client, "send_bulk_email", bulk(entry(2)))
        assert said == ("TooManyRequestsException", "Rate exceeded")
        ses.client.send_email(**simple())
        assert len(ses.messages()) == 2
