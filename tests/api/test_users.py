"""`/v1/users`: what the desk can do with people, by key."""

from datetime import datetime

from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import Letter, Passkey

ADA = {"name": " Ada ", "address": "Ada@Example.com"}
BOB = {"name": "Bob", "address": "bob@example.com", "roles": ["viewer"]}


def test_person_is_added_listed_changed_and_removed(api: TestClient, session: Session) -> None:
    ada = api.post("/v1/users", json=ADA | {"roles": ["admin", "editor"]})
    assert ada.status_code == 201, ada.text
    assert ada.json()["name"] == "Ada"
    assert ada.json()["roles"] == ["editor", "admin"]
    bob = api.post("/v1/users", json=BOB).json()
    assert [one["name"] for one in api.get("/v1/users").json()["items"]] == ["Ada", "Bob"]
    assert len(session.scalars(select(Letter.id)).all()) == 2
    changed = api.patch(f"/v1/users/{bob['id']}", json={"roles": ["sender"]}).json()
    assert (changed["name"], changed["roles"]) == ("Bob", ["sender"])
    assert api.post(f"/v1/users/{bob['id']}/link").status_code == 202
    assert api.post(f"/v1/users/{bob['id']}/sign-out").json()["name"] == "Bob"
    assert api.delete(f"/v1/users/{bob['id']}").status_code == 204
    assert api.delete(f"/v1/users/{bob['id']}").status_code == 404


def test_person_who_was_changed_meanwhile_is_left_as_they_are(api: TestClient) -> None:
    bob = api.post("/v1/users", json=BOB).json()
    path, old = f"/v1/users/{bob['id']}", {"If-Match": f'"{bob["version"]}"'}
    first = api.patch(path, json={"roles": ["sender"]}, headers=old)
    assert first.headers["ETag"] == f'"{first.json()["version"]}"'
    late = api.patch(path, json={"name": "Robert"}, headers=old)
    assert (late.status_code, late.json()["code"]) == (412, "stale")
    assert "changed a person’s name or roles" in late.json()["detail"]
    again = api.patch(path, json={"name": "Bob"}, headers={"If-Match": first.headers["ETag"]})
    assert again.json() == first.json()
    assert api.patch(path, json={"name": "Robert"}).json()["roles"] == ["sender"]


def test_problems_say_what_is_wrong(api: TestClient) -> None:
    made = api.post("/v1/users", json=ADA | {"roles": ["admin"]}).json()
    again = api.post("/v1/users", json=ADA | {"roles": ["viewer"]})
    assert (again.status_code, again.json()["code"]) == (409, "already_exists")
    for answer in (
        api.patch(f"/v1/users/{made['id']}", json={"roles": ["viewer"]}),
        api.delete(f"/v1/users/{made['id']}"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (409, "wrong_state")
        assert "Nobody would be left" in answer.json()["detail"]
    assert api.post("/v1/users", json=BOB | {"roles": []}).status_code == 422
    assert api.post("/v1/users", json=BOB | {"address": "bob"}).status_code == 422
    assert api.patch("/v1/users/99", json={"name": "x"}).status_code == 404


def test_audit_is_asked_by_person_and_reader(api: TestClient) -> None:
    made = api.post("/v1/users", json=BOB | {"roles": ["admin"]}).json()
    query = {"who_kind": "person", "who_id": made["id"]}
    assert api.get("/v1/audit", params=query).json()["items"] == []
    assert api.get("/v1/audit", params={"reader_id": 1}).json()["items"] == []
    mine = api.get("/v1/audit", params={"who_kind": "key", "who_id": 1}).json()["items"]
    assert {one["verb"] for one in mine} == {"add_user", "send_sign_in"}


def test_passkeys_of_a_person_are_listed_and_removed(
    api: TestClient, session: Session, now: datetime
) -> None:
    made = api.post("/v1/users", json=BOB | {"roles": ["viewer"]}).json()
    here = f"/v1/users/{made['id']}/passkeys"
    key = Passkey(
        user_id=made["id"],
        name="Laptop",
        credential_id=b"1",
        public_key=b"2",
        sign_count=0,
        transports=[],
        created_at=now,
    )
    session.add(key)
    session.commit()
    (listed,) = api.get(here).json()["items"]
    assert listed == {
        "id": key.id,
        "name": "Laptop",
        "created_at": "2026-11-23T06:00:00Z",
        "used_at": None,
    }
    assert api.get("/v1/users/99/passkeys").status_code == 404
    assert api.delete(f"/v1/users/99/passkeys/{key.id}").status_code == 404
    assert api.delete(f"{here}/{key.id}").status_code == 204
    assert api.delete(f"{here}/{key.id}").status_code == 404
    assert api.get(here).json() == {"items": []}
