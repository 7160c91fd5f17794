"""Links to previews: for people without a key, one alone can be revoked."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.container import Container, build
from app.enums import Scope
from app.main import create_app
from app.models import Issue, Share
from app.tokens import Purpose
from tests.api.clients import bearer, load, secret_of


@pytest.fixture
def path(api: TestClient) -> str:
    """Return the address of an issue with stories of AI and DevOps."""
    return f"/v1/issues/{load(api, ('Größe zählt', 'AI'), ('.A dot', 'DevOps'))}"


def made(api: TestClient, path: str, *categories: str) -> dict[str, object]:
    answer = api.post(f"{path}/share", json={"categories": categories or None})
    assert answer.status_code == 201, answer.text
    told: dict[str, object] = answer.json()
    return told


def opened(container: Container, share: dict[str, object]) -> str:
    return str(share["url"]).removeprefix(container.settings.base_url)


@contextmanager
def at(container: Container, instant: datetime) -> Iterator[TestClient]:
    """Yield a client without a key at another time."""
    later = build(container.settings, clock=lambda: instant, enqueue_now=lambda _jobs: None)
    with TestClient(create_app(later)) as client:
        yield client
    later.engine.dispose()


def test_share_opens_without_a_key_until_it_ends_or_the_issue_is_deleted(
    api: TestClient, public: TestClient, container: Container, session: Session, path: str,
    now: datetime,
) -> None:  # fmt: skip
    body = {"categories": ["ai"], "depth": "headlines"}
    made = api.post(f"{path}/share", json=body)

    assert made.status_code == 201
    assert api.post(f"{path}/share", json=body).json() == made.json()
    url = made.json()["url"].removeprefix(container.settings.base_url)
    public.headers.pop("Authorization", None)
    page = public.get(url)
    assert page.status_code == 200
    assert "Größe zählt" in page.text
    assert ".A dot" not in page.text
    assert page.headers["cache-control"] == "no-store"
    assert "noindex" in page.headers["x-robots-tag"]
    assert "sandbox" in page.headers["content-security-policy"]
    assert ".A dot" in public.get(url.replace("categories=ai", "categories=devops")).text
    assert public.get(url.replace("/shared/", "/shared/x")).status_code == 404
    assert public.get(url.replace("categories=ai", "categories=sport")).status_code == 404
    with at(container, now + timedelta(days=8)) as client:
        assert client.get(url).status_code == 410
    session.execute(delete(Issue))
    session.commit()
    assert public.get(url).status_code == 404


def test_share_is_refused_when_the_cut_is_empty(api: TestClient, path: str) -> None:
    api.post("/v1/categories", json={"name": "Security"})
    assert api.post(f"{path}/share", json={"categories": ["security"]}).status_code == 422


def test_revoked_link_says_what_an_expired_one_does_and_the_others_stay_good(
    api: TestClient, public: TestClient, container: Container, path: str, now: datetime
) -> None:
    one, other = made(api, path, "ai"), made(api, path, "devops")
    url = opened(container, one)
    with at(container, now + timedelta(days=8)) as client:
        expired = client.get(url)
    assert api.delete(f"{path}/shares/{one['id']}").status_code == 204
    revoked = public.get(url)

    assert (revoked.status_code, revoked.text) == (410, expired.text)
    assert "Please ask for a new one." in revoked.text
    assert public.get(opened(container, other)).status_code == 200
    assert api.delete(f"{path}/shares/{one['id']}").status_code == 204
    again = made(api, path, "ai")
    assert again["id"] != one["id"]
    assert public.get(opened(container, again)).status_code == 200


def test_links_that_are_good_are_listed_newest_first(
    api: TestClient, container: Container, path: str, now: datetime
) -> None:
    old, revoked, new = (made(api, path, *some) for some in (("ai",), ("devops",), ()))
    api.delete(f"{path}/shares/{revoked['id']}")

    assert api.get(f"{path}/shares").json() == {"items": [new, old]}
    assert (old["categories"], old["depth"], old["shared_by"]) == (["ai"], "brief", "tests")
    with at(container, now + timedelta(days=8)) as client:
        client.headers.update(bearer(secret_of(container, [Scope.EDIT], now)))
        assert client.get(f"{path}/shares").json() == {"items": []}


def test_link_of_another_issue_is_not_revoked(
    api: TestClient, public: TestClient, container: Container, path: str
) -> None:
    share = made(api, path)
    other = load(api, ("Another", "AI"), issued_on="2026-11-24")
    assert api.delete(f"/v1/issues/{other}/shares/{share['id']}").status_code == 404
    assert api.delete(f"{path}/shares/99").status_code == 404
    assert api.get("/v1/issues/99/shares").status_code == 404
    assert public.get(opened(container, share)).status_code == 200


@pytest.mark.parametrize("scope", [Scope.READ, Scope.SEND])
def test_links_are_hidden_from_keys_that_may_not_edit(
    api: TestClient, container: Container, path: str, now: datetime, scope: Scope
) -> None:
    share = made(api, path)
    headers = bearer(secret_of(container, [scope], now))
    assert api.get(f"{path}/shares", headers=headers).status_code == 403
    assert api.delete(f"{path}/shares/{share['id']}", headers=headers).status_code == 403


def test_link_that_names_an_issue_itself_opens_nothing(
    public: TestClient, container: Container, session: Session, path: str, now: datetime
) -> None:
    issue_id = session.scalars(select(Issue.id)).one()
    assert session.scalars(select(Share)).all() == []
    token = container.signer.sign(Purpose.SHARE, issue_id, now=now)
    assert public.get(f"/shared/{token}").status_code == 404


@pytest.mark.parametrize("place", ["", "/stories/{story}"])
def test_link_opens_nothing_while_something_of_the_issue_is_taken_down(
    api: TestClient,
    public: TestClient,
    container: Container,
    session: Session,
    path: str,
    now: datetime,
    place: str,
) -> None:
    url = opened(container, made(api, path))
    issue = session.get_one(Issue, int(path.rsplit("/", 1)[1]))
    issue.public_at = now
    session.commit()
    story = api.get(f"{path}/stories").json()["items"][0]["id"]
    where = path + place.format(story=story)
    assert api.post(f"{where}/take-down").status_code == 200
    assert public.get(url).status_code == 410
    assert api.post(f"{where}/put-back").status_code == 200
    assert public.get(url).status_code == 200
