"""How an issue goes out, brakes and readers' hours over the API: set, shown, refused."""

from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy.orm import Session

from app.enums import InDoubtPolicy, IssueState
from app.models import Issue, Publication
from tests.api.clients import load
from tests.factories import make_issue, make_subscriber

OPTIONS = ("at_local_hours", "canary_percent", "in_doubt_policy", "send_not_after")


def _options(told: dict[str, Any]) -> list[Any]:
    return [told[name] for name in OPTIONS]


def test_options_are_a_drafts_and_stay_when_it_is_scheduled(api: TestClient) -> None:
    path = f"/v1/issues/{load(api, ('A', 'AI'))}"
    before = api.get(path).json()
    assert _options(before) == [True, 0, "hold", None]
    changed = api.patch(path, json={"canary_percent": 10, "in_doubt_policy": "resend"}).json()
    assert _options(changed) == [True, 10, "resend", None]
    assert changed["revision"] == before["revision"]
    api.post(f"{path}/approve")
    api.post(f"{path}/schedule")
    later = api.patch(path, json={"send_not_after": "2026-11-23T12:00:00Z"}).json()
    assert _options(later) == [True, 10, "resend", "2026-11-23T12:00:00Z"]


def test_schedule_says_by_when_the_last_readers_hour_has_come(api: TestClient) -> None:
    path = f"/v1/issues/{load(api, ('A', 'AI'), issued_on='2026-11-25')}"
    assert api.get(path).json()["last_hour_at"] is None
    api.post(f"{path}/approve")
    told = api.post(f"{path}/schedule").json()
    assert (told["at_local_hours"], told["send_at"]) == (True, "2026-11-25T07:00:00Z")
    assert told["last_hour_at"] == "2026-11-26T07:00:00Z"
    again = api.post(f"{path}/schedule", json={"at_local_hours": False, "canary_percent": 5})
    assert (again.json()["send_at"], again.json()["canary_percent"]) == ("2026-11-25T07:00:00Z", 5)
    assert (again.json()["at_local_hours"], again.json()["last_hour_at"]) == (False, None)


def test_canary_goes_together_with_local_hours(api: TestClient) -> None:
    path = f"/v1/issues/{load(api, ('A', 'AI'), issued_on='2026-11-25')}"
    told = api.patch(path, json={"canary_percent": 10, "at_local_hours": True}).json()
    assert _options(told)[:2] == [True, 10]
    api.post(f"{path}/approve")
    again = api.post(f"{path}/schedule", json={"canary_percent": 20, "at_local_hours": True})
    assert (again.status_code, again.json()["canary_percent"]) == (200, 20)


def test_text_and_options_are_changed_together_or_not_at_all(
    api: TestClient, session: Session
) -> None:
    path = f"/v1/issues/{load(api, ('A', 'AI'))}"
    both = api.patch(path, json={"subject": "New", "canary_percent": 10}).json()
    assert (both["subject"], both["canary_percent"]) == ("New", 10)
    api.post(f"{path}/approve")
    assert api.patch(path, json={"subject": "Newer", "canary_percent": 20}).status_code == 409
    assert api.get(path).json()["canary_percent"] == 10
    assert session.get_one(Issue, both["id"]).canary_percent == 10


@pytest.mark.parametrize("state", list(IssueState))
@pytest.mark.parametrize("change", [("at_local_hours", False), ("canary_percent", 5)])
def test_launched_issue_keeps_how_it_goes_out(
    api: TestClient, session: Session, state: IssueState, change: tuple[str, object]
) -> None:
    path = f"/v1/issues/{make_issue(session, state=state).id}"
    session.commit()
    is_early = state in {IssueState.DRAFT, IssueState.APPROVED, IssueState.SCHEDULED}
    answer = api.patch(path, json=dict([change]))
    assert answer.status_code == (200 if is_early else 409)


def test_doubt_policy_may_be_changed_while_it_is_sending(api: TestClient, session: Session) -> None:
    issue = make_issue(session, state=IssueState.SENDING)
    session.commit()
    assert api.patch(f"/v1/issues/{issue.id}", json={"in_doubt_policy": "resend"}).is_success
    session.refresh(issue)
    assert issue.in_doubt_policy is InDoubtPolicy.RESEND


@pytest.mark.parametrize(
    "options",
    [
        {"canary_percent": 51},
        {"canary_percent": -1},
        {"canary_percent": "10"},
        {"canary_percent": True},
        {"at_local_hours": "yes"},
        {"in_doubt_policy": "guess"},
    ],
)
def test_options_are_refused_when_they_cannot_be(
    api: TestClient, options: dict[str, object]
) -> None:
    path = f"/v1/issues/{load(api, ('A', 'AI'))}"
    assert api.patch(path, json=options).status_code == 422
    api.post(f"{path}/approve")
    assert api.post(f"{path}/schedule", json=options).status_code == 422
    told = api.get(path).json()
    assert (told["state"], _options(told)) == ("approved", [True, 0, "hold", None])


@pytest.mark.parametrize("at", ["2026-11-23T05:59:59Z", "2026-11-23T06:59:59Z", None])
def test_latest_start_is_refused_when_it_is_before_the_start(
    api: TestClient, at: str | None
) -> None:
    path = f"/v1/issues/{load(api, ('A', 'AI'))}"
    assert api.patch(path, json={"send_not_after": "2026-11-23T12:00:00Z"}).status_code == 409
    api.post(f"{path}/approve")
    api.post(f"{path}/schedule")
    assert api.patch(path, json={"send_not_after": at}).status_code == 422


def test_brakes_are_shown_and_set(api: TestClient, session: Session) -> None:
    before = api.get("/v1/publication").json()
    names = ("brake_after", "bounce_limit", "complaint_limit")
    assert [before[name] for name in names] == [500, 0.05, 0.003]
    body = {"brake_after": 100, "bounce_limit": 0.1, "complaint_limit": 1}
    assert [api.patch("/v1/publication", json=body).json()[name] for name in names] == [100, 0.1, 1]
    assert session.get_one(Publication, 1).brake_after == 100


def test_rule_for_soft_bounces_is_shown_and_set(api: TestClient, session: Session) -> None:
    before = api.get("/v1/publication").json()
    assert (before["soft_bounce_limit"], before["soft_bounce_days"]) == (5, 30)
    body = {"soft_bounce_limit": 3, "soft_bounce_days": 14}
    assert api.patch("/v1/publication", json=body).json() == before | body
    row = session.get_one(Publication, 1)
    assert (row.soft_bounce_limit, row.soft_bounce_days) == (3, 14)


@pytest.mark.parametrize(
    "body",
    [
        {"soft_bounce_limit": 0},
        {"soft_bounce_limit": 101},
        {"soft_bounce_limit": 2.5},
        {"soft_bounce_days": 0},
        {"soft_bounce_days": 366},
        {"soft_bounce_days": None},
        {"brake_after": 0},
        {"brake_after": 2**40},
        {"brake_after": 1.5},
        {"bounce_limit": -0.01},
        {"bounce_limit": 1.01},
        {"complaint_limit": "0.1"},
        {"complaint_limit": None},
        {"time_zone": "posixrules"},
    ],
)
def test_brakes_are_refused_when_they_cannot_be(api: TestClient, body: dict[str, object]) -> None:
    before = api.get("/v1/publication").json()
    assert api.patch("/v1/publication", json=body).status_code == 422
    assert api.get("/v1/publication").json() == before


def test_reader_has_an_hour_and_a_zone(api: TestClient, session: Session) -> None:
    path = f"/v1/subscribers/{make_subscriber(session).id}"
    session.commit()
    assert [api.get(path).json()[name] for name in ("hour", "time_zone")] == [None, None]
    told = api.patch(path, json={"hour": 0, "time_zone": "America/New_York"}).json()
    assert (told["hour"], told["time_zone"]) == (0, "America/New_York")
    told = api.patch(path, json={"hour": None, "time_zone": None}).json()
    assert (told["hour"], told["time_zone"]) == (None, None)


@pytest.mark.parametrize(
    "body",
    [
        {"hour": 24},
        {"hour": -1},
        {"hour": "7"},
        {"hour": True},
        {"time_zone": "Mars/Base"},
        {"time_zone": ""},
        {"time_zone": "Europe"},
        {"time_zone": "../Europe/Vienna"},
        {"time_zone": "right/Europe/Vienna"},
        {"time_zone": "localtime"},
    ],
)
def test_hour_and_zone_are_refused_when_no_clock_shows_them(
    api: TestClient, session: Session, body: dict[str, object]
) -> None:
    path = f"/v1/subscribers/{make_subscriber(session).id}"
    session.commit()
    assert api.patch(path, json=body).status_code == 422
    assert api.get(path).json()["time_zone"] is None


SPONSOR = {"text": "Servers that wake up.", "label": "Example", "url": "https://example.com/x"}
NONE = {"text": "", "label": "", "url": ""}


def test_issue_has_its_own_sponsor_the_publications_or_none(api: TestClient) -> None:
    path = f"/v1/issues/{load(api, ('A', 'AI'))}"

    def named() -> list[str]:
        told = api.get(f"{path}/preview?format=json").json()
        assert ("Sponsor" in told["html"]) is ("Sponsor" in told["text"])
        return [word for word in ("wake up", "Another") if word in told["html"] + told["text"]]

    assert api.get(path).json()["sponsor"] is None
    assert named() == []
    told = api.patch("/v1/publication", json={"sponsor": SPONSOR}).json()
    assert told["sponsor"] == api.get("/v1/publication").json()["sponsor"] == SPONSOR
    assert named() == ["wake up"]
    before = api.get(path).json()["revision"]
    changed = api.patch(path, json={"sponsor": {"text": "Another"}}).json()
    assert (changed["sponsor"], changed["revision"]) == (NONE | {"text": "Another"}, before + 1)
    assert named() == ["Another"]
    exported = api.get(f"{path}/export?form=markdown").text
    assert "sponsor: Another" in exported
    api.patch(path, json={"sponsor": NONE})
    assert named() == []
    api.patch(path, json={"sponsor": None})
    assert named() == ["wake up"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"label": "Example"},
        {"text": "x" * 601},
        {"text": "two\nlines"},
        {"text": "x", "url": "javascript:alert(1)"},
        {"text": "x", "url": "https://"},
        {"text": "x", "colour": "red"},
    ],
)
def test_sponsor_is_refused_when_it_is_wrong(api: TestClient, wrong: dict[str, str]) -> None:
    for path in ("/v1/publication", f"/v1/issues/{load(api, ('A', 'AI'))}"):
        before = api.get(path).json()
        answer = api.patch(path, json={"sponsor": wrong})
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid_input")
        assert api.get(path).json() == before


def test_sponsor_of_a_digest_is_its_issues(api: TestClient) -> None:
    story = {"title": "A", "category": "AI", "summary": "s", "what": "w", "why_it_matters": "y"}
    answer = api.post(
        "/v1/issues/load",
        json={"stories": [story], "sponsor": SPONSOR},
        params={"issued_on": "2026-11-23"},
    )
    assert answer.json()["issues"][0]["sponsor"] == SPONSOR


def test_tracking_is_off_until_a_publication_wants_it(api: TestClient) -> None:
    told = api.get("/v1/publication").json()
    assert (told["tracking"], told["tracks_opens"]) == ("off", False)
    told = api.patch("/v1/publication", json={"tracking": "counts", "tracks_opens": True}).json()
    assert (told["tracking"], told["tracks_opens"]) == ("counts", True)
    assert api.patch("/v1/publication", json={"tracking": "all"}).status_code == 422
