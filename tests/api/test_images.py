"""An image comes in by the API and is served to everybody, safely and for ever."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.actors import CLI
from app.container import Container
from app.errors import Conflict, NotInstalled, TooLarge, Unavailable
from app.images.stores import FolderImages
from app.images.upload import keep_image
from app.models import Image
from tests.images.files import image_file, photo, saved


def test_uploaded_image_is_served_with_its_type_and_kept_for_ever(
    api: TestClient, public: TestClient
) -> None:
    answer = api.post("/v1/images", content=image_file("JPEG", size=(64, 48)))
    assert answer.status_code == 201, answer.text
    kept = answer.json()
    assert (kept["width"], kept["height"]) == (64, 48)
    assert kept["url"].endswith(f"/images/{kept['name']}")
    served = public.get(f"/images/{kept['name']}")
    assert served.status_code == 200
    assert len(served.content) == kept["n_bytes"]
    assert served.headers["content-type"] in {"image/jpeg", "image/png"}
    assert served.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert served.headers["x-content-type-options"] == "nosniff"
    assert served.headers["content-security-policy"] == "default-src 'none'"
    tag = {"If-None-Match": served.headers["etag"]}
    assert public.get(f"/images/{kept['name']}", headers=tag).status_code == 304
    assert public.head(f"/images/{kept['name']}").status_code == 200


def test_image_is_taken_by_its_bytes_when_the_client_calls_it_a_form(api: TestClient) -> None:
    curls = {"Content-Type": "application/x-www-form-urlencoded"}  # of `curl --data-binary`
    answer = api.post("/v1/images", content=image_file("PNG"), headers=curls)
    assert answer.status_code == 201, answer.text


def test_same_file_is_stored_once(api: TestClient, session: Session) -> None:
    names = {api.post("/v1/images", content=image_file()).json()["name"] for _ in range(2)}
    assert [row.name for row in session.scalars(select(Image))] == list(names)


def test_image_longer_than_other_bodies_is_taken_and_one_beyond_the_setting_refused(
    api: TestClient, container: Container
) -> None:
    noise = saved(photo((2400, 1800)).effect_spread(60), "PNG")
    assert len(noise) > 2 * 1024 * 1024
    assert api.post("/v1/images", content=noise).status_code == 201
    padded = image_file() + bytes(container.settings.image_max_mb * 1024 * 1024)
    answer = api.post("/v1/images", content=padded)
    assert answer.status_code == 413
    assert "10 MB" in answer.json()["detail"]


@pytest.mark.parametrize("data", [b"", b"<svg/>", b"MZ" + bytes(100)])
def test_file_that_is_no_image_is_refused_and_nothing_kept(
    api: TestClient, session: Session, container: Container, data: bytes
) -> None:
    answer = api.post("/v1/images", content=data)
    assert answer.status_code == 422
    assert "no JPEG, PNG, GIF or WebP" in answer.json()["detail"]
    assert session.scalars(select(Image)).all() == []


@pytest.mark.parametrize(
    "path",
    [
        "/images/nothing.jpg",
        f"/images/{'a1' * 20}.jpg",
        f"/images/{'a1' * 20}.svg",
        "/images/..%2f..%2fetc%2fpasswd",
        "/images/%2e%2e",
        f"/images/a1/{'a1' * 20}.jpg",
    ],
)
def test_address_of_no_image_is_not_found(public: TestClient, path: str) -> None:
    answer = public.get(path)
    assert answer.status_code == 404
    assert "immutable" not in answer.headers.get("cache-control", "")


def test_refusals_say_what_is_wrong(container: Container, now: datetime, tmp_path: Path) -> None:
    sessions, data = container.sessions, image_file()
    with pytest.raises(NotInstalled, match="DEVOURED_IMAGES"):
        keep_image(sessions, None, CLI, data, 10, now)
    with pytest.raises(TooLarge):
        keep_image(sessions, FolderImages(tmp_path), CLI, data + bytes(1024 * 1024), 1, now)
    (tmp_path / "file").touch()
    with pytest.raises(Unavailable):
        keep_image(sessions, FolderImages(tmp_path / "file"), CLI, data, 10, now)


def test_image_that_is_just_being_deleted_is_not_taken(
    session: Session, container: Container, now: datetime, tmp_path: Path
) -> None:
    store = FolderImages(tmp_path)
    image = keep_image(container.sessions, store, CLI, image_file(), 10, now)
    row = session.scalars(select(Image)).one()
    row.deleting_at = now
    session.commit()
    with pytest.raises(Conflict):
        keep_image(container.sessions, store, CLI, image_file(), 10, now + timedelta(days=1))
    assert store.get(image.name)
