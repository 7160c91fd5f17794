from typing import Any

from tests.localdev.ses.running import LocalSes, bulk, entry, simple, tags


def summary(ses: LocalSes, issue: str) -> dict[str, Any]:
    answer: dict[str, Any] = ses.web.get("/inbox/summary.json", params={"issue_id": issue}).json()
    return answer


def test_messages_come_oldest_first_and_in_pages_when_limited(ses: LocalSes) -> None:
    ses.client.send_bulk_email(**bulk(*[entry(number) for number in range(5)]))
    first = ses.web.get("/inbox.json?limit=3").json()
    second = ses.web.get(f"/inbox.json?limit=3&after={first['next_after']}").json()
    assert [message["id"] for message in first["messages"] + second["messages"]] == [1, 2, 3, 4, 5]
    assert second["next_after"] is None
    assert first["n_messages"] == 5


def test_messages_are_filtered_when_recipient_delivery_issue_or_outcome_is_given(
    ses: LocalSes,
) -> None:
    ses.client.send_bulk_email(**bulk(entry(1), entry(2), entry(3, data={})))
    ses.client.send_email(**simple(EmailTags=tags(delivery_id="letter")))
    ids = [
        [message["id"] for message in ses.messages(**query)]
        for query in (
            {"to": "READER-2"},
            {"header_delivery": "delivery-1"},
            {"issue_id": "issue-1"},
            {"outcome": "rendering_failure"},
            {"outcome": "delivered", "after": 1},
            {"to": "nobody"},
        )
    ]
    assert ids == [[2], [1], [1, 2, 3], [3], [2, 4], []]


def test_delivery_is_known_by_its_header_when_there_is_no_tag(ses: LocalSes) -> None:
    own = entry(1)
    own["ReplacementTags"] = []
    own["ReplacementHeaders"] = [{"Name": "X-Devoured-Delivery", "Value": "from-header"}]
    ses.client.send_bulk_email(**bulk(own))
    assert len(ses.messages(header_delivery="from-header")) == 1


def test_summary_counts_and_names_repeats_when_a_delivery_comes_again(ses: LocalSes) -> None:
    ses.client.send_bulk_email(**bulk(entry(1), entry(2), entry(3)))
    ses.client.send_bulk_email(**bulk(entry(2), entry(1)))
    ses.client.send_bulk_email(**bulk(entry(2)))
    assert summary(ses, "issue-1") == {
        "issue_id": "issue-1",
        "n_messages": 6,
        "n_recipients": 3,
        "n_deliveries": 3,
        "n_repeated": 2,
        "repeated": ["delivery-1", "delivery-2"],
        "outcomes": {"delivered": 6},
    }
    assert summary(ses, "other")["n_messages"] == 0


def test_summary_keeps_issues_apart_when_letters_are_among_them(ses: LocalSes) -> None:
    ses.client.send_bulk_email(**bulk(entry(1)))
    ses.client.send_bulk_email(**bulk(entry(1), DefaultEmailTags=tags(issue_id="issue-2")))
    ses.client.send_email(**simple(EmailTags=tags(delivery_id="delivery-1")))
    issues = ses.web.get("/inbox/summary.json").json()["issues"]
    assert {name: counts["n_messages"] for name, counts in issues.items()} == {
        "issue-1": 1,
        "issue-2": 1,
        "": 1,
    }
    assert all(counts["n_repeated"] == 0 for counts in issues.values())


def test_deliveries_are_streamed_when_they_are_asked_for(ses: LocalSes) -> None:
    ses.client.send_bulk_email(**bulk(entry(1), entry(2), entry(3, data={})))
    ses.client.send_bulk_email(**bulk(entry(2), DefaultEmailTags=tags(issue_id="issue-2")))
    of_one = ses.web.get("/inbox/deliveries.txt?issue_id=issue-1").text
    assert of_one.split() == ["delivery-1", "delivery-2"]
    assert ses.web.get("/inbox/deliveries.txt").text.split()[-1] == "delivery-2"


def test_health_says_ok_when_it_serves(ses: LocalSes) -> None:
    assert ses.web.get("/health").json() == {"status": "ok", "n_messages": 0}


def test_page_is_a_page_when_the_limit_is_nonsense(ses: LocalSes) -> None:
    ses.client.send_email(**simple())
    for limit in ("0", "-1", "x", "99999999999999999999", "²"):
        answer = ses.web.get("/inbox.json", params={"limit": limit, "after": "x"})
        assert len(answer.raise_for_status().json()["messages"]) == 1
