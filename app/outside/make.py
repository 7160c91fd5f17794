"""Make the places that the settings name; the container does so once per process."""

from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from redis import Redis

from app.outside.base import Store
from app.outside.folder import FolderPlace
from app.outside.valkey import ValkeyPlace
from app.settings import Settings

_VALKEY_SECONDS: Final = 1.0


def make_places(settings: Settings) -> tuple[Store, ...]:
    """Make the places, the nearest first; nothing is connected to yet."""
    valkey = Redis.from_url(
        settings.redis_url, socket_timeout=_VALKEY_SECONDS, socket_connect_timeout=_VALKEY_SECONDS
    )
    places: list[Store] = [ValkeyPlace(valkey)]
    if settings.state_folder:
        places.insert(0, FolderPlace(Path(settings.state_folder)))
    if settings.state_bucket:
        # boto3 takes 25 MB and a tenth of a second, which who has no bucket need not pay.
        from app.outside.bucket import BucketPlace, make_bucket_client  # noqa: PLC0415  # as said

        parts = urlsplit(settings.state_bucket)
        prefix = parts.path.strip("/")
        client = make_bucket_client(settings.aws_region)
        places.append(BucketPlace(client, parts.netloc, f"{prefix}/" if prefix else ""))
    return tuple(places)
