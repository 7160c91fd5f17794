"""A mail with images of ours in it, for pictures of it: no other address becomes anything else."""

from base64 import b64encode
from pathlib import Path

import pytest

from app.images.inline import with_own_images
from app.images.reading import read_image
from app.images.stores import FolderImages
from app.outside.base import StoreError
from tests.images.files import image_file

BASE_URL = "https://news.example.com"


class _Broken(FolderImages):
    def get(self, name: str) -> bytes | None:
        raise StoreError(name)


@pytest.fixture
def store(tmp_path: Path) -> FolderImages:
    return FolderImages(tmp_path)


def _tag(address: str) -> str:
    return f'<p>{address}</p><img width="40" src="{address}" alt="A &lt;square&gt;"/>'


def test_image_of_ours_is_in_the_mail_wherever_it_is_shown(store: FolderImages) -> None:
    image = read_image(image_file())
    store.put(image.name, image.data)
    address = f"{BASE_URL}/images/{image.name}"
    data = f"data:image/png;base64,{b64encode(image.data).decode()}"
    shown = with_own_images(_tag(address) * 2, BASE_URL, store)
    assert shown == _tag(address).replace(f'src="{address}', f'src="{data}') * 2


def test_what_is_not_ours_or_cannot_be_had_stays_as_it_is(
    store: FolderImages, tmp_path: Path
) -> None:
    name = f"{'a1' * 20}.jpg"
    for address in (
        f"{BASE_URL}/images/{name}",
        f"{BASE_URL}/images/..%2f..%2fsecret",
        f"{BASE_URL}/images/logo.svg",
        f"https://elsewhere.example.com/images/{name}",
        f"{BASE_URL}.example.com/images/{name}",
    ):
        assert with_own_images(_tag(address), BASE_URL, store) == _tag(address)
    ours = _tag(f"{BASE_URL}/images/{name}")
    assert with_own_images(ours, BASE_URL, _Broken(tmp_path)) == ours
    assert with_own_images(ours, BASE_URL, None) == ours
