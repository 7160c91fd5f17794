"""The pictures that previews are made of, by the real Chromium: as wide and as dark as asked."""

import io
from pathlib import Path

import pytest
from PIL import Image

from app.images.inline import with_own_images
from app.images.reading import read_image
from app.images.stores import FolderImages
from app.rendering.picture import WIDTHS, Screen, find_chromium, picture
from tests.browser.pictures import golden_mails
from tests.images.files import image_file


@pytest.mark.parametrize("width", list(WIDTHS.values()))
@pytest.mark.parametrize(
    ("dark", "paper", "ground"),
    [(False, "#FFFFFF", "#F6F3EE"), (True, "#1F1E1B", "#161513")],
)
def test_picture_shows_the_paper_of_the_scheme(
    width: int,
    dark: bool,  # noqa: FBT001 - a case of the table
    paper: str,
    ground: str,
) -> None:
    png = picture(golden_mails()["welcome"], Screen(width, dark=dark), find_chromium())
    image = Image.open(io.BytesIO(png)).convert("RGB")
    assert image.width == width
    bottom, card = (3, image.height - 3), (width // 2, 30)
    assert [_hex(image, at) for at in (bottom, card)] == [ground, paper]


def test_picture_shows_an_image_of_ours_though_it_loads_nothing(tmp_path: Path) -> None:
    store, address = FolderImages(tmp_path), "https://news.example.com"
    stored = read_image(image_file(size=(300, 200), colour=(10, 120, 200)))
    store.put(stored.name, stored.data)
    mail = f'<head></head><img src="{address}/images/{stored.name}" alt="Blue"/>'
    for html, shown in ((mail, False), (with_own_images(mail, address, store), True)):
        png = picture(html, Screen(800), find_chromium())
        image = Image.open(io.BytesIO(png)).convert("RGB")
        assert (_hex(image, (150, 100)) == "#0A78C8") is shown


def _hex(image: Image.Image, at: tuple[int, int]) -> str:
    red, green, blue = image.getpixel(at)  # type: ignore[misc]  # three bands, for it is RGB
    return f"#{red:02X}{green:02X}{blue:02X}"
