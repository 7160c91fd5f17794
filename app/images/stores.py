"""Where images are kept: a folder of this machine, or an S3 bucket."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING, Final, Protocol

from app.image_names import is_image_name, media_type_of
from app.outside.base import StoreError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

FOREVER: Final = "public, max-age=31536000, immutable"
"""How long an image may be kept by browsers and proxies: its name tells its content."""


class ImageStore(Protocol):
    """Keeps the bytes of images by their names. All raise StoreError where they cannot do it."""

    def put(self, name: str, data: bytes) -> None:
        """Keep an image, durably; again does no harm."""

    def get(self, name: str) -> bytes | None:
        """Return an image; None where there is none of this name."""

    def delete(self, name: str) -> None:
        """Delete an image; one that is not there does no harm."""


class FolderImages:
    """Files in a folder that all processes share; they may be read by anybody."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, name: str, data: bytes) -> None:
        """Write the file whole or not at all."""
        path = self._path(name)
        with _file_errors():
            if path.exists():
                return
            path.parent.mkdir(parents=True, exist_ok=True)
            unready = path.with_name(f".{token_hex(8)}")
            try:
                with unready.open("xb") as file:
                    file.write(data)
                    file.flush()
                    os.fsync(file.fileno())
                unready.replace(path)
            finally:
                unready.unlink(missing_ok=True)

    def get(self, name: str) -> bytes | None:
        """Return what the file holds."""
        with _file_errors():
            try:
                return self._path(name).read_bytes()
            except FileNotFoundError:
                return None

    def delete(self, name: str) -> None:
        """Delete the file."""
        with _file_errors():
            self._path(name).unlink(missing_ok=True)

    def _path(self, name: str) -> Path:
        return self._folder / _checked(name)[:2] / name


class BucketImages:
    """Objects below a prefix of a bucket, with the headers that whoever serves them needs."""

    def __init__(self, client: "S3Client", bucket: str, prefix: str) -> None:
        self._client = client
        self._bucket = bucket
        self._prefix = prefix

    def put(self, name: str, data: bytes) -> None:
        """Write the object; what S3 has taken is durable."""
        with _bucket_errors():
            self._client.put_object(
                Bucket=self._bucket,
                Key=self._key(name),
                Body=data,
                ContentType=media_type_of(name),
                CacheControl=FOREVER,
            )

    def get(self, name: str) -> bytes | None:
        """Return what the object holds."""
        with _bucket_errors():
            try:
                answer = self._client.get_object(Bucket=self._bucket, Key=self._key(name))
            except self._client.exceptions.NoSuchKey:
                return None
            return answer["Body"].read()

    def delete(self, name: str) -> None:
        """Delete the object."""
        with _bucket_errors():
            self._client.delete_object(Bucket=self._bucket, Key=self._key(name))

    def _key(self, name: str) -> str:
        return f"{self._prefix}{_checked(name)}"


def _checked(name: str) -> str:
    """Return a name that leads nowhere else; raise StoreError for another text."""
    if not is_image_name(name):
        raise StoreError("is asked for what is no name of an image")
    return name


@contextmanager
def _file_errors() -> Iterator[None]:
    """Say by StoreError what went wrong with a file."""
    try:
        yield
    except OSError as error:
        raise StoreError(error.strerror or "is damaged") from error


@contextmanager
def _bucket_errors() -> Iterator[None]:
    """Say by StoreError what went wrong with S3."""
    from app.outside.bucket import as_store_error  # noqa: PLC0415  # boto3 is dear to import

    with as_store_error():
        yield
