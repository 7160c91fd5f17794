import json
from typing import Any

import pytest

from tests.localdev.ses.running import LocalSes, bulk, entry, headers, tags, template_with


def statuses(ses: LocalSes, request: dict[str, Any]) -> list[str]:
    answer = ses.client.send_bulk_email(**request)
    return [result.get("Status", "") for result in answer["BulkEmailEntryResults"]]


def test_send_bulk_keeps_a_message_per_entry_when_all_are_good(ses: LocalSes) -> None:
    answer = ses.client.send_bulk_email(**bulk(*[entry(number) for number in range(50)]))
    results = answer["BulkEmailEntryResults"]
    assert [result["Status"] for result in results] == ["SUCCESS"] * 50
    messages = ses.messages()
    assert [message["message_id"] for message in messages] == [
        result["MessageId"] for result in results
    ]
    assert [message["tags"]["delivery_id"] for message in messages] == [
        f"delivery-{number}" for number in range(50)
    ]


def test_message_has_its_own_values_when_the_template_is_shared(ses: LocalSes) -> None:
    ses.client.send_bulk_email(**bulk(entry(1), entry(2)))
    page = ses.web.get("/inbox/2/html").text
    assert "<p>Hello Ann &amp; Bo</p>" in page
    assert "https://d.example/2" in page
    assert (
        "Hello Ann &amp; Bo\nLeave: https://d.example/2" in ses.web.get("/inbox/2?view=text").text
    )


def test_headers_are_merged_by_name_when_an_entry_has_its_own(ses: LocalSes) -> None:
    own = entry(1)
    own["ReplacementHeaders"] += headers({"list-id": "Other <other.devoured.example>"})
    ses.client.send_bulk_email(**bulk(own, entry(2)))
    first, second = ses.messages()
    assert first["headers"] == {
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "List-Unsubscribe": "<https://d.example/1>",
        "list-id": "Other <other.devoured.example>",
    }
    assert second["headers"]["List-Id"] == "Devoured <digest.devoured.example>"


def test_tags_are_merged_when_an_entry_replaces_one(ses: LocalSes) -> None:
    own = entry(1)
    own["ReplacementTags"] = tags(issue_id="issue-2", attempt="3")
    ses.client.send_bulk_email(**bulk(own))
    assert ses.messages()[0]["tags"] == {"issue_id": "issue-2", "attempt": "3"}


@pytest.mark.parametrize("replacement", ["{}", ""])
def test_default_data_fills_the_template_when_the_entry_has_none(
    ses: LocalSes, replacement: str
) -> None:
    request = template_with(TemplateData=json.dumps({"name_h": "H", "name_t": "T", "leave": "L"}))
    content = request["BulkEmailEntries"][0]["ReplacementEmailContent"]
    content["ReplacementTemplate"]["ReplacementTemplateData"] = replacement
    ses.client.send_bulk_email(**request)
    assert "Hello T\nLeave: L" in ses.web.get("/inbox/1?view=text").text


def test_default_data_is_not_merged_when_the_entry_has_its_own(ses: LocalSes) -> None:
    request = template_with(TemplateData=json.dumps({"name_h": "H", "name_t": "T", "leave": "L"}))
    request["BulkEmailEntries"] = [entry(1, data={"name_h": "only this"})]
    assert statuses(ses, request) == ["SUCCESS"]
    assert ses.messages()[0]["outcome"] == "rendering_failure"


def test_one_entry_is_refused_alone_when_only_it_is_wrong(ses: LocalSes) -> None:
    long_tag = entry(3)
    long_tag["ReplacementTags"] = tags(delivery_id="has a space")
    taken = entry(4)
    taken["ReplacementHeaders"] = headers({"Reply-To": "x@readers.example"})
    broken = entry(5)
    broken["ReplacementEmailContent"]["ReplacementTemplate"]["ReplacementTemplateData"] = "{no"
    nested = entry(6, data={"name_h": {"first": "A"}})
    many = entry(7)
    many["Destination"] = {"CcAddresses": [f"r{n}@readers.example" for n in range(51)]}
    nobody = entry(8)
    nobody["Destination"] = {}
    wrong = [entry(2, to="nö@readers.example"), long_tag, taken, broken, nested, many, nobody]
    answer = ses.client.send_bulk_email(**bulk(entry(1), *wrong, entry(9)))
    results = answer["BulkEmailEntryResults"]
    assert [result["Status"] for result in results] == [
        "SUCCESS",
        *["INVALID_PARAMETER"] * len(wrong),
        "SUCCESS",
    ]
    assert all("Error" in result and "MessageId" not in result for result in results[1:-1])
    assert [message["to"][0] for message in ses.messages()] == [
        "reader-1@readers.example",
        "reader-9@readers.example",
    ]


def test_rendering_failure_looks_accepted_when_a_key_is_missing(ses: LocalSes) -> None:
    assert statuses(ses, bulk(entry(1), entry(2, data={"leave": "x"}))) == ["SUCCESS"] * 2
    summary = ses.web.get("/inbox/summary.json?issue_id=issue-1").json()
    assert summary["n_messages"] == 1
    assert summary["outcomes"] == {"delivered": 1, "rendering_failure": 1}
    assert "Accepted, but never sent" in ses.web.get("/inbox/2").text
    assert "not rendered" in ses.web.get("/inbox").text


@pytest.mark.parametrize(
    ("name", "outcome"),
    [
        ("success", "delivered"),
        ("bounce", "bounced"),
        ("complaint", "complained"),
        ("ooto", "out_of_office"),
        ("suppressionlist", "suppressed"),
        ("Bounce+label-7", "bounced"),
    ],
)
def test_simulator_address_is_accepted_with_its_outcome_when_written_to(
    ses: LocalSes, name: str, outcome: str
) -> None:
    assert statuses(ses, bulk(entry(1, to=f"{name}@simulator.amazonses.com"))) == ["SUCCESS"]
    assert ses.messages()[0]["outcome"] == outcome


def test_body_is_kept_once_when_calls_share_it(ses: LocalSes) -> None:
    for number in range(3):
        ses.client.send_bulk_email(**bulk(entry(number)))
    assert ses.web.get("/inbox/summary.json").json()["n_editions"] == 1
    assert {message["edition"] for message in ses.messages()} == {0}
