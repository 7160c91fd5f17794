"""Pasted texts by API: kept as they came, mended, and loaded when told to."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Barrier

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import AuditEntry, Issue, Paste, Story, UnplacedLine
from tests.api.clients import load

TEXT = """Good morning all

A compiler that explains itself (7 minute read)

A compiler that explains itself (7 minute read)

DevOps
It tells why it refuses a program.
What: Version 2 shows the chain of reasons.
Why it matters: People find mistakes sooner.

It is free for everyone.
"""


@pytest.fixture
def path(api: TestClient) -> str:
    made = api.post("/v1/pastes", json={"text": TEXT})
    assert made.status_code == 201, made.text
    return f"/v1/pastes/{made.json()['id']}"


def test_text_is_mended_line_by_line_and_loaded(
    api: TestClient, session: Session, path: str
) -> None:
    kept = api.get(path)
    assert kept.json()["text"] == TEXT
    assert kept.json()["stories"] == ["A compiler that explains itself"]
    assert [line["line"] for line in kept.json()["unplaced"]] == [1, 12]
    assert session.scalars(select(Issue.id)).all() == []
    for line, mend in ((1, "drop"), (12, "above")):
        answer = api.post(
            f"{path}/mend",
            json={"lines": [line], "mend": mend},
            headers={"If-Match": kept.headers["ETag"]},
        )
        assert answer.status_code == 200, answer.text
        kept = api.get(path)
        assert answer.headers["ETag"] == kept.headers["ETag"]
    assert kept.json()["unplaced"] == []
    assert kept.json()["mends"] == [{"line": 1, "mend": "drop"}, {"line": 12, "mend": "above"}]
    loaded = api.post(f"{path}/load", json={"issued_on": "2026-04-28"})
    assert (loaded.status_code, loaded.json()["issued_on"]) == (200, "2026-04-28")
    session.rollback()
    story = session.scalars(select(Story)).one()
    assert story.why_it_matters == "People find mistakes sooner. It is free for everyone."
    assert session.scalars(select(UnplacedLine.id)).all() == []
    assert api.get(path).json()["issue_id"] == loaded.json()["id"]
    assert api.get("/v1/pastes").json()["items"] == []
    assert api.post(f"{path}/load", json={}).json()["code"] == "wrong_state"


def test_mend_is_taken_back_and_a_stale_one_refused(api: TestClient, path: str) -> None:
    first = api.get(path)
    api.post(f"{path}/mend", json={"lines": [1], "mend": "drop"})
    stale = api.post(
        f"{path}/mend",
        json={"lines": [1], "mend": None},
        headers={"If-Match": first.headers["ETag"]},
    )
    assert (stale.status_code, stale.json()["version"]) == (412, 2)
    back = api.post(f"{path}/mend", json={"lines": [1], "mend": None}).json()
    assert (back["mends"], back["unplaced"]) == ([], first.json()["unplaced"])


def test_who_mended_what_is_in_the_audit_and_no_text_is(
    api: TestClient, session: Session, path: str
) -> None:
    api.post(f"{path}/mend", json={"lines": [12, 1], "mend": "drop"})
    api.patch(path, json={"text": TEXT.replace("free", "open")})
    api.delete(path)
    entries = session.scalars(select(AuditEntry).where(AuditEntry.target_kind == "paste"))
    told = {entry.verb: entry.after for entry in entries}
    assert told == {
        "paste": {},
        "mend_paste": {"mend": "drop", "n_lines": 2, "line": 1},
        "change_paste": {"n_characters": len(TEXT)},
        "discard_paste": {},
    }
    assert api.get(path).status_code == 404


def test_text_is_loaded_into_a_draft_as_it_is_told(
    api: TestClient, session: Session, path: str
) -> None:
    issue_id = load(api, ("A compiler that explains itself", "DevOps"))
    refused = api.post(f"{path}/load", json={"issue_id": issue_id})
    assert [one["pointer"] for one in refused.json()["errors"]] == ["/mode"]
    api.post(f"{path}/mend", json={"lines": [1, 12], "mend": "drop"})
    made = api.post(f"{path}/load", json={"issue_id": issue_id, "mode": "replace"})
    assert made.json()["id"] == issue_id
    session.rollback()
    assert session.scalars(select(Story.summary)).all() == ["It tells why it refuses a program."]


def test_two_who_load_one_text_at_once_make_one_issue(
    api: TestClient, session: Session, path: str
) -> None:
    together = Barrier(2)

    def take_part(_: int) -> int:
        together.wait(10)
        return api.post(f"{path}/load", json={"issued_on": "2026-04-28"}).status_code

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(take_part, range(2))) == [200, 409]
    assert len(session.scalars(select(Issue.id)).all()) == 1


def test_two_who_mend_one_version_at_once_are_told_apart(api: TestClient, path: str) -> None:
    read, together = api.get(path).headers["ETag"], Barrier(2)

    def take_part(line: int) -> int:
        together.wait(10)
        body = {"lines": [line], "mend": "drop"}
        return api.post(f"{path}/mend", json=body, headers={"If-Match": read}).status_code

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(take_part, (1, 12))) == [200, 412]
    assert len(api.get(path).json()["mends"]) == 1


def test_day_of_a_new_issue_is_its_own_or_today(api: TestClient, session: Session) -> None:
    for text, day in (
        ("---\ndate: 2026-04-28\n---\n\n## One\n\n**Category:** AI\n", date(2026, 4, 28)),
        (TEXT, date(2026, 11, 23)),
    ):
        made = api.post("/v1/pastes", json={"text": text}).json()
        loaded = api.post(f"/v1/pastes/{made['id']}/load", json={})
        assert loaded.json()["issued_on"] == str(day)


def test_what_cannot_be_read_is_kept_and_says_why(api: TestClient) -> None:
    made = api.post("/v1/pastes", json={"text": "{", "form": "json"})
    assert made.status_code == 201
    assert made.json()["faults"]
    refused = api.post(f"/v1/pastes/{made.json()['id']}/load", json={})
    assert refused.status_code == 422


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"text": "  "}, 422),
        ({"text": "a\0b"}, 422),
        ({"text": "ä" * 2**20 + "b"}, 413),
        ({"text": "a", "name": "two\nlines"}, 422),
        ({"text": "a", "issue_id": 999}, 404),
    ],
)
def test_what_is_no_text_is_refused(
    api: TestClient, session: Session, body: dict[str, object], status: int
) -> None:
    assert api.post("/v1/pastes", json=body).status_code == status
    assert session.scalars(select(Paste.id)).all() == []
