"""Make the store of images that the settings name; the container does so once per process."""

from pathlib import Path
from urllib.parse import urlsplit

from app.images.stores import BucketImages, FolderImages, ImageStore
from app.settings import Settings


def make_image_store(settings: Settings) -> ImageStore | None:
    """Make the store; None where images are not kept. Nothing is connected to yet."""
    if not settings.images.startswith("s3://"):
        return FolderImages(Path(settings.images)) if settings.images else None
    from app.outside.bucket import make_bucket_client  # noqa: PLC0415  # boto3 is dear to import

    parts = urlsplit(settings.images)
    prefix = parts.path.strip("/")
    client = make_bucket_client(settings.aws_region)
    return BucketImages(client, parts.netloc, f"{prefix}/" if prefix else "")
