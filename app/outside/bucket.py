"""An S3 bucket as such a place: the one that survives the loss of the whole machine."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from secrets import token_hex
from typing import TYPE_CHECKING, Final
from uuid import UUID

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from app import traces
from app.aws_sessions import aws_session
from app.outside.base import StoreError
from app.outside.traced import trace_calls

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_TRIES: Final = 5
_NOT_THERE: Final = frozenset({"NoSuchKey", "404"})
_CHANGED: Final = frozenset({"PreconditionFailed", "ConditionalRequestConflict", "412", "409"})
_STAMP: Final = "%Y%m%dT%H%M%S.%f"


def make_bucket_client(region: str, *, endpoint_url: str | None = None) -> "S3Client":
    """Make a client of S3 that gives up within seconds: a reader who leaves waits for it.

    `endpoint_url` is for tests; boto3 reads `AWS_ENDPOINT_URL_S3` otherwise.
    """
    config = Config(
        connect_timeout=2, read_timeout=3, retries={"mode": "standard", "total_max_attempts": 2}
    )
    client = aws_session().client(
        "s3", region_name=region, config=config, endpoint_url=endpoint_url
    )
    if traces.are_on():
        trace_calls(client)
    return client


class BucketPlace:
    """Objects below a prefix: one holds the epoch, each write of the journal is another."""

    name = "bucket"
    is_near = False

    def __init__(self, client: "S3Client", bucket: str, prefix: str) -> None:
        self._client = client
        self._bucket = bucket
        self._prefix = prefix

    def epoch(self, installation: UUID) -> int | None:
        """Return the epoch; None where there is no such object."""
        with as_store_error():
            found = self._get(self._key(installation, "epoch"))
            return None if found is None else int(found[0])

    def raise_epoch(self, installation: UUID, epoch: int, *, durably: bool) -> None:
        """Write the epoch on condition that nobody has written another meanwhile.

        Source: S3 user guide, "Conditional writes"; what S3 has taken is durable.
        """
        del durably  # it always is
        key = self._key(installation, "epoch")
        with as_store_error():
            for _ in range(_TRIES):
                found = self._get(key)
                if found is not None and int(found[0]) >= epoch:
                    return
                if self._put_if_same(key, b"%d" % epoch, found and found[1]):
                    return
        raise StoreError("is written by too many at once")

    def append(self, installation: UUID, lines: Sequence[bytes], now: datetime) -> None:
        """Write the lines as an object of their own, named so that they sort by time."""
        name = f"journal/{now.astimezone(UTC):{_STAMP}}-{token_hex(4)}"
        with as_store_error():
            self._client.put_object(
                Bucket=self._bucket, Key=self._key(installation, name), Body=b"\n".join(lines)
            )

    def journal(self, installation: UUID) -> Iterator[bytes]:
        """Yield the lines of every object."""
        with as_store_error():
            for key in self._journal_keys(installation):
                found = self._get(key)
                if found is not None:
                    yield from found[0].split(b"\n")

    def forget(self, installation: UUID, before: datetime) -> None:
        """Delete the objects that were written before."""
        end = self._key(installation, f"journal/{before.astimezone(UTC):{_STAMP}}")
        with as_store_error():
            for key in self._journal_keys(installation):
                if key >= end:
                    return
                self._client.delete_object(Bucket=self._bucket, Key=key)

    def _journal_keys(self, installation: UUID) -> Iterator[str]:
        pages = self._client.get_paginator("list_objects_v2").paginate(
            Bucket=self._bucket, Prefix=self._key(installation, "journal/")
        )
        for page in pages:
            for one in page.get("Contents", []):
                yield one["Key"]

    def _key(self, installation: UUID, name: str) -> str:
        return f"{self._prefix}{installation}/{name}"

    def _get(self, key: str) -> tuple[bytes, str] | None:
        """Return what the object holds and its version, or None where there is none."""
        try:
            answer = self._client.get_object(Bucket=self._bucket, Key=key)
        except ClientError as error:
            if _code(error) in _NOT_THERE:
                return None
            raise
        return answer["Body"].read(), answer["ETag"]

    def _put_if_same(self, key: str, body: bytes, version: str | None) -> bool:
        """Write the object if it is still this version, or still not there; whether it was."""
        try:
            if version is None:
                self._client.put_object(Bucket=self._bucket, Key=key, Body=body, IfNoneMatch="*")
            else:
                self._client.put_object(Bucket=self._bucket, Key=key, Body=body, IfMatch=version)
        except ClientError as error:
            if _code(error) in _CHANGED:
                return False
            raise
        return True


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))


@contextmanager
def as_store_error() -> Iterator[None]:
    """Say by StoreError what went wrong with S3."""
    try:
        yield
    except ClientError as error:
        raise StoreError(_code(error) or "ClientError") from error
    except (BotoCoreError, ValueError) as error:
        raise StoreError(type(error).__name__) from error
