"""`/v1/imports` and the export: a file goes in in parts, is looked at, started, and comes out."""

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from app.container import Container
from app.db.session import Job, Sessions, transaction
from app.enums import Scope, SubscriberState
from app.models import Import, Subscriber
from app.readers.imports import intake
from app.readers.imports.advance import advance
from app.readers.imports.quick import QuickAddresses
from app.readers.imports.reading import Reader
from tests.api.clients import bearer, secret_of
from tests.factories import make_category, make_subscriber

FILE = "email,status,note\nann@example.com,active,\nleft@example.com,active,\nbad,active,=1\n"


def work(container: Container, import_id: int) -> None:
    """Do what a worker does."""
    reader = Reader(container.pepper, QuickAddresses(allow_reserved=False))
    while advance(container.sessions, import_id, reader, container.clock, container.enqueue_now):
        pass


def upload(api: TestClient, content: Any = FILE, **query: Any) -> dict[str, Any]:
    answer = api.post(
        "/v1/imports", content=content, params=query, headers={"Content-Type": "text/csv"}
    )
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_file_is_uploaded_read_started_and_added(
    api: TestClient, container: Container, sessions: Sessions, jobs: list[Job]
) -> None:
    with transaction(sessions) as session:
        make_category(session, "ai")
        make_subscriber(session, "left@example.com", state=SubscriberState.LEFT)

    row = upload(api, name="old.csv", depth="deep")

    assert (row["state"], row["form"], row["name"]) == ("reading", "other", "old.csv")
    assert row["columns"] == {"email": "address", "status": "status", "note": "nothing"}
    assert row["doubts"] == {}
    assert (row["categories"], row["depth"]) == (["ai"], "deep")
    assert ("advance_import", (row["id"],)) in jobs
    work(container, row["id"])
    ready = api.get(f"/v1/imports/{row['id']}").json()
    assert (ready["state"], ready["n_rows"], ready["n_bad"]) == ("ready", 3, 1)
    assert (ready["counts"], ready["share"]) == ({"added": 1, "left": 1}, 1)
    bad = api.get(f"/v1/imports/{row['id']}/bad-rows").json()
    assert [(one["line"], one["cells"]) for one in bad["items"]] == [(4, ["bad", "active", "=1"])]

    started = api.post(f"/v1/imports/{row['id']}/start", json={"consent": "They asked us."})

    assert (started.status_code, started.json()["state"]) == (202, "adding")
    work(container, row["id"])
    done = api.get("/v1/imports").json()["items"][0]
    assert (done["state"], done["counts"]) == ("done", {"added": 1, "left": 1})
    with transaction(sessions) as session:
        states = dict(session.execute(select(Subscriber.address, Subscriber.state)).all())
    assert states == {"ann@example.com": "active", "left@example.com": "left"}


def test_upload_comes_in_parts_of_any_size(api: TestClient, container: Container) -> None:
    n_readers = 60_000

    def parts() -> Iterator[bytes]:
        yield b"email\n"
        for start in range(0, n_readers, 1000):
            lines = (f"reader{n}@example.com\n" for n in range(start, start + 1000))
            yield "".join(lines).encode()

    row = upload(api, parts())

    assert row["n_bytes"] > 1 << 20
    work(container, row["id"])
    assert api.get(f"/v1/imports/{row['id']}").json()["n_rows"] == n_readers


def test_import_is_read_anew_with_other_columns(
    api: TestClient, container: Container, sessions: Sessions
) -> None:
    with transaction(sessions) as session:
        make_category(session, "ai")
    row = upload(api, "email,other\nx,ann@example.com\n")

    changed = api.patch(
        f"/v1/imports/{row['id']}", json={"columns": {"other": "address"}, "categories": []}
    )

    assert changed.status_code == 200, changed.text
    work(container, row["id"])
    shown = api.get(f"/v1/imports/{row['id']}").json()
    assert (shown["counts"], shown["categories"]) == ({"added": 1}, [])
    wrong = api.patch(f"/v1/imports/{row['id']}", json={"columns": {"nowhere": "address"}})
    assert wrong.status_code == 422
    assert "has no column “nowhere”" in wrong.json()["detail"]


def test_import_in_doubt_is_started_only_once_somebody_decided(
    api: TestClient, public: TestClient, container: Container, sessions: Sessions, now: Any
) -> None:
    row = upload(api, "email,Weg seit,size\nann@example.com,,1\nbob@example.com,2024-05-05,2\n")
    work(container, row["id"])
    path = f"/v1/imports/{row['id']}"
    start = {"consent": "They asked us."}

    assert row["doubts"] == dict.fromkeys(["Weg seit", "size"], "is not known here")
    refused = api.post(f"{path}/start", json=start)
    assert (refused.status_code, refused.json()["code"]) == (409, "wrong_state")
    assert "“Weg seit” is not known here; “size” is not" in refused.json()["detail"]
    shown = api.get(f"{path}/columns").json()["items"]
    assert shown[0] == {
        "name": "email", "use": "address", "doubt": None,
        "values": ["ann@example.com", "bob@example.com"],
    }  # fmt: skip
    assert (shown[1]["use"], shown[1]["values"]) == (None, ["2024-05-05"])
    for scopes in ([Scope.READ], [Scope.EDIT]):
        short = bearer(secret_of(container, scopes, now))
        assert public.get(f"{path}/columns", headers=short).status_code == 403

    changed = api.patch(path, json={"columns": {"Weg seit": "left_at", "size": "ignored"}})

    assert (changed.status_code, changed.json()["doubts"]) == (200, {}), changed.text
    work(container, row["id"])
    assert api.post(f"{path}/start", json=start).status_code == 202
    work(container, row["id"])
    assert api.get(path).json()["counts"] == {"added": 1, "said_left": 1}
    assert api.get(f"{path}/columns").json()["items"][0]["values"] == []


@pytest.mark.parametrize(
    ("content", "query", "says"),
    [
        ("", {}, "empty"),
        ("name\nAnn\n", {}, "No column"),
        ("email\nZo\xeb\n".encode("latin-1"), {}, "not UTF-8"),
        (FILE, {"encoding": "ebcdic"}, "ebcdic"),
        (FILE, {"form": "pigeon"}, "pigeon"),
        (FILE, {"categories": "sport"}, "Not every category"),
    ],
)
def test_upload_is_refused_and_leaves_nothing_when_it_is_wrong(
    api: TestClient, sessions: Sessions, content: Any, query: dict[str, str], says: str
) -> None:
    answer = api.post("/v1/imports", content=content, params=query)

    assert (answer.status_code, says in answer.json()["detail"]) == (422, True), answer.text
    with transaction(sessions) as session:
        assert session.scalars(select(Import.id)).all() == []


def test_upload_is_refused_when_it_is_too_long(
    api: TestClient, sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake, "MAX_BYTES", 20)

    assert api.post("/v1/imports", content=FILE).status_code == 413
    with transaction(sessions) as session:
        assert session.scalars(select(Import.id)).all() == []


def test_upload_needs_a_key_that_may_edit_before_anything_is_kept(
    public: TestClient, container: Container, sessions: Sessions, now: Any
) -> None:
    assert public.post("/v1/imports", content=FILE).status_code == 401
    reads = bearer(secret_of(container, [Scope.READ], now))
    assert public.post("/v1/imports", content=FILE, headers=reads).status_code == 403
    with transaction(sessions) as session:
        assert session.scalars(select(Import.id)).all() == []


def test_import_may_be_discarded_until_it_is_started(api: TestClient, container: Container) -> None:
    row = upload(api)
    assert api.delete(f"/v1/imports/{row['id']}").status_code == 204
    assert api.get(f"/v1/imports/{row['id']}").status_code == 404
    other = upload(api)
    early = api.post(f"/v1/imports/{other['id']}/start", json={"consent": "x"})
    assert (early.status_code, early.json()["code"]) == (409, "wrong_state")
    work(container, other["id"])
    api.post(f"/v1/imports/{other['id']}/start", json={"consent": "x"})
    assert api.delete(f"/v1/imports/{other['id']}").status_code == 409


def test_imports_and_bad_rows_come_in_pages(api: TestClient, container: Container) -> None:
    ids = [upload(api, "email\n" + "bad\n" * 3)["id"] for _ in range(3)]
    work(container, ids[0])

    first = api.get("/v1/imports", params={"limit": 2}).json()
    rest = api.get("/v1/imports", params={"limit": 2, "after": first["next"]}).json()

    assert [one["id"] for one in first["items"] + rest["items"]] == ids[::-1]
    bad = api.get(f"/v1/imports/{ids[0]}/bad-rows", params={"limit": 2}).json()
    more = api.get(
        f"/v1/imports/{ids[0]}/bad-rows", params={"limit": 2, "after": bad["next"]}
    ).json()
    assert [one["line"] for one in bad["items"] + more["items"]] == [2, 3, 4]


def test_export_is_streamed_as_csv(api: TestClient, public: TestClient, sessions: Sessions) -> None:
    with transaction(sessions) as session:
        make_subscriber(session, "ann@example.com")
        make_subscriber(session, "left@example.com", state=SubscriberState.LEFT)

    answer = api.get("/v1/subscribers.csv", params={"state": "left"})

    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.headers["cache-control"] == "no-store"
    assert answer.text.startswith("address,state,categories")
    assert "left@example.com,left" in answer.text
    assert "ann@example.com" not in answer.text
    assert public.get("/v1/subscribers.csv", headers={"Authorization": ""}).status_code == 401
