"""Both places for images, each on the real thing: a folder, and an S3 by moto."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.images.make import make_image_store
from app.images.stores import BucketImages, FolderImages, ImageStore
from app.outside.base import StoreError
from app.outside.bucket import make_bucket_client
from app.settings import Settings
from tests.aws.moto import moto_server

NAME = f"{'a1' * 20}.jpg"
OTHER = f"{'b2' * 20}.png"


@pytest.fixture(scope="module")
def s3_url() -> Iterator[str]:
    with moto_server() as url:
        yield url


@pytest.fixture(params=["folder", "bucket"])
def store(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> ImageStore:
    if request.param == "folder":
        return FolderImages(tmp_path / "images")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "local")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "local")
    client = make_bucket_client("us-east-1", endpoint_url=request.getfixturevalue("s3_url"))
    client.create_bucket(Bucket="images")
    for one in client.list_objects_v2(Bucket="images").get("Contents", []):
        client.delete_object(Bucket="images", Key=one["Key"])
    return BucketImages(client, "images", "devoured/")


def test_image_comes_back_as_it_was_put(store: ImageStore) -> None:
    assert store.get(NAME) is None
    for _ in range(2):
        store.put(NAME, b"pixels")
    store.put(OTHER, b"others")
    assert (store.get(NAME), store.get(OTHER)) == (b"pixels", b"others")


def test_deleted_image_is_gone_and_deleting_it_again_does_no_harm(store: ImageStore) -> None:
    store.put(NAME, b"pixels")
    store.put(OTHER, b"others")
    for _ in range(2):
        store.delete(NAME)
    assert (store.get(NAME), store.get(OTHER)) == (None, b"others")


@pytest.mark.parametrize(
    "name", ["", "..", "../../etc/passwd", "/etc/passwd", f"../{NAME}", f"{NAME}/..", f"{NAME}\n"]
)
def test_name_that_leads_elsewhere_is_refused(store: ImageStore, name: str) -> None:
    for act in (store.get, store.delete, lambda one: store.put(one, b"")):
        with pytest.raises(StoreError):
            act(name)


def test_folder_holds_whole_files_only(tmp_path: Path) -> None:
    FolderImages(tmp_path).put(NAME, b"pixels")
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert files == [tmp_path / NAME[:2] / NAME]


def test_bucket_serves_type_and_caching_by_itself(
    s3_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "local")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "local")
    client = make_bucket_client("us-east-1", endpoint_url=s3_url)
    client.create_bucket(Bucket="served")
    BucketImages(client, "served", "").put(NAME, b"pixels")
    head = client.head_object(Bucket="served", Key=NAME)
    assert head["ContentType"] == "image/jpeg"
    assert "immutable" in head["CacheControl"]


def test_place_that_does_not_answer_is_told_as_such(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "local")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "local")
    (tmp_path / "file").touch()
    nobody = make_bucket_client("us-east-1", endpoint_url="http://127.0.0.1:9")
    for store in (FolderImages(tmp_path / "file"), BucketImages(nobody, "images", "")):
        with pytest.raises(StoreError):
            store.put(NAME, b"pixels")


def test_settings_make_the_store_that_they_name(settings: Settings) -> None:
    assert isinstance(make_image_store(settings), FolderImages)
    bucket = settings.model_copy(update={"images": "s3://images/devoured"})
    assert isinstance(make_image_store(bucket), BucketImages)
    assert make_image_store(settings.model_copy(update={"images": ""})) is None
