"""Images of ours within a mail itself, for what shows it and may load nothing."""

import re
from base64 import b64encode

import structlog

from app.image_names import image_path, is_image_name, media_type_of
from app.images.stores import ImageStore
from app.outside.base import StoreError

_log = structlog.get_logger(__name__)


def with_own_images(html: str, base_url: str, store: ImageStore | None) -> str:
    """Return the HTML of a mail whose images of ours are in it as data.

    One that cannot be had stays an address. Reads the store: no transaction is to be open.
    """
    if store is None:
        return html
    ours = re.compile(f'(?<= src="){re.escape(base_url + image_path(""))}([^"/]+)(?=")')
    return ours.sub(lambda found: _data_of(store, found[1]) or found[0], html)


def _data_of(store: ImageStore, name: str) -> str:
    """Return the image as a `data:` address; empty where there is none."""
    try:
        data = store.get(name) if is_image_name(name) else None
    except StoreError as error:
        _log.warning("image_not_read", reason=str(error))
        return ""
    return f"data:{media_type_of(name)};base64,{b64encode(data).decode()}" if data else ""
