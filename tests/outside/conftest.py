"""The places outside the database, each on the real thing: files, Valkey, and an S3 by moto."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from redis import Redis

from app.outside.base import Store
from app.outside.bucket import BucketPlace, make_bucket_client
from app.outside.folder import FolderPlace
from app.outside.valkey import ValkeyPlace
from tests.aws.moto import moto_server

NAMES = ("folder", "valkey", "bucket")


@pytest.fixture(scope="session")
def s3_url() -> Iterator[str]:
    with moto_server() as url:
        yield url


@pytest.fixture(params=NAMES)
def make_store(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[], Store]:
    """Make another object on the same place, as another process would have it."""
    if request.param == "folder":
        return lambda: FolderPlace(tmp_path / "state")
    if request.param == "valkey":
        url = request.getfixturevalue("valkey_url")
        return lambda: ValkeyPlace(Redis.from_url(url))
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "local")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "local")
    url = request.getfixturevalue("s3_url")
    client = make_bucket_client("us-east-1", endpoint_url=url)
    client.create_bucket(Bucket="state")
    for one in client.list_objects_v2(Bucket="state").get("Contents", []):
        client.delete_object(Bucket="state", Key=one["Key"])
    return lambda: BucketPlace(
        make_bucket_client("us-east-1", endpoint_url=url), "state", "devoured/"
    )


@pytest.fixture
def place(make_store: Callable[[], Store]) -> Store:
    return make_store()
