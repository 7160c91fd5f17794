"""What becomes of an uploaded file: pixels alone, small, upright, on white; or a plain refusal."""

import io
import struct
import zlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from app.errors import InvalidInput
from app.image_names import is_image_name, media_type_of
from app.images.reading import MAX_SIDE, read_image
from tests.images.files import image_file, opened, photo, saved

SECRET = "Ann's telephone, 48.2082 N 16.3738 E"


def _near(one: Any, other: Any) -> bool:
    return all(abs(a - b) <= 6 for a, b in zip(one, other, strict=True))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WEBP"])
def test_image_of_each_kind_becomes_one_that_every_mail_program_shows(kind: str) -> None:
    read = read_image(image_file(kind))
    shown = opened(read.data)
    assert is_image_name(read.name)
    assert media_type_of(read.name) == Image.MIME[shown.format or ""]
    assert (read.width, read.height) == shown.size == (40, 30)
    assert _near(shown.convert("RGB").getpixel((5, 5)), (10, 120, 200))


def test_same_file_is_the_same_image_and_another_is_another() -> None:
    assert read_image(image_file()) == read_image(image_file())
    assert read_image(image_file()).name != read_image(image_file(colour=(0, 0, 0))).name


@pytest.mark.parametrize("size", [(3000, 2000), (800, 2400), (1200, 1200), (1201, 600)])
def test_large_image_is_shrunk_to_what_a_mail_shows_and_keeps_its_shape(
    size: tuple[int, int],
) -> None:
    read = read_image(saved(photo(size), "JPEG"))
    assert max(read.width, read.height) == MAX_SIDE
    assert abs(read.width / read.height - size[0] / size[1]) < 0.01
    assert opened(read.data).size == (read.width, read.height)


def test_small_image_is_not_made_larger() -> None:
    assert read_image(image_file(size=(64, 48))).width == 64


def test_metadata_is_gone_and_the_image_stands_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was turned: the left side is up
    exif[0x010E] = SECRET
    image = Image.new("RGB", (40, 30), (255, 255, 255))
    image.paste((200, 0, 0), (0, 0, 40, 8))  # the stored top, which is shown at the right
    read = read_image(saved(image, "JPEG", exif=exif, comment=SECRET, quality=95))
    assert (read.width, read.height) == (30, 40)
    shown = opened(read.data)
    assert _near(shown.convert("RGB").getpixel((27, 20)), (200, 0, 0))
    assert _near(shown.convert("RGB").getpixel((4, 20)), (255, 255, 255))
    assert SECRET.encode() not in read.data
    assert not set(shown.info) & {"exif", "comment", "icc_profile", "xmp"}
    assert not shown.getexif()


def test_text_of_a_png_is_gone() -> None:
    from PIL.PngImagePlugin import PngInfo  # noqa: PLC0415  # only here

    told = PngInfo()
    told.add_itxt("Author", SECRET, zip=False)
    assert SECRET.encode() not in read_image(image_file(pnginfo=told)).data


@pytest.mark.parametrize("kind", ["PNG", "GIF", "WEBP"])
def test_what_shines_through_stands_on_white_so_that_no_dark_page_swallows_it(kind: str) -> None:
    drawn = Image.new("RGBA", (40, 30), (0, 0, 0, 0))
    drawn.paste((0, 0, 0, 255), (0, 0, 20, 30))
    shown = opened(read_image(saved(drawn, kind)).data).convert("RGB")
    assert _near(shown.getpixel((5, 5)), (0, 0, 0))
    assert _near(shown.getpixel((35, 25)), (255, 255, 255))
    assert not shown.has_transparency_data


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG"])
def test_animation_is_its_first_frame(kind: str) -> None:
    first, second = (Image.new("RGB", (40, 30), one) for one in ((200, 0, 0), (0, 200, 0)))
    file = io.BytesIO()
    first.save(file, kind, save_all=True, append_images=[second], duration=100, loop=0)
    shown = opened(read_image(file.getvalue()).data)
    assert getattr(shown, "n_frames", 1) == 1
    assert _near(shown.convert("RGB").getpixel((5, 5)), (200, 0, 0))


def test_drawing_is_a_png_and_a_photo_a_jpeg() -> None:
    drawing = Image.new("RGB", (600, 400), (255, 255, 255))
    drawing.paste((20, 60, 120), (100, 50, 200, 380))
    assert read_image(saved(drawing, "PNG")).name.endswith(".png")
    assert read_image(saved(photo((600, 400)), "PNG")).name.endswith(".jpg")


@pytest.mark.parametrize("mode", ["CMYK", "L"])
def test_image_of_another_colour_model_is_shown_in_rgb(mode: str) -> None:
    shown = opened(read_image(image_file("JPEG", mode=mode, colour=0)).data)
    assert shown.convert("RGB").getpixel((5, 5)) is not None
    assert shown.mode in {"RGB", "P"}


def test_grey_of_sixteen_bits_keeps_its_shades() -> None:
    shades = Image.linear_gradient("L").resize((60, 200))
    deep = bytes(byte for shade in shades.tobytes() for byte in (shade, shade))
    shown = opened(read_image(saved(Image.frombytes("I;16", shades.size, deep), "PNG")).data)
    for place in ((30, 20), (30, 100), (30, 180)):
        shade = shades.getpixel(place)
        assert _near(shown.convert("RGB").getpixel(place), (shade, shade, shade))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_image_is_shown_where_its_profile_is_damaged(kind: str) -> None:
    shown = opened(read_image(image_file(kind, icc_profile=b"no profile" * 20)).data)
    assert _near(shown.convert("RGB").getpixel((5, 5)), (10, 120, 200))


def _bomb(width: int, height: int) -> bytes:
    """Return a PNG of some hundred bytes that says it has so many pixels."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        whole = kind + body
        return struct.pack(">I", len(body)) + whole + struct.pack(">I", zlib.crc32(whole))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(b"\0" * 1000))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("size", [(60_000, 60_000), (6_000, 6_000), (2**31 - 1, 2**31 - 1)])
def test_image_with_more_pixels_than_we_decode_is_refused_unread(size: tuple[int, int]) -> None:
    with pytest.raises(InvalidInput):
        read_image(_bomb(*size))


@pytest.mark.parametrize("side", [6_000, 30_000, 2**31 - 1])
def test_refusal_says_how_many_pixels_there_may_be_and_what_to_do(side: int) -> None:
    with pytest.raises(InvalidInput) as refused:
        read_image(_bomb(side, side))
    assert "more than 25 million pixels" in refused.value.detail
    assert "Make it smaller" in refused.value.detail


@pytest.mark.parametrize("size", [(4, 4), (1, 1), (900, 100), (100, 900)])
def test_image_that_nobody_could_see_is_refused(size: tuple[int, int]) -> None:
    with pytest.raises(InvalidInput, match="too small or too thin"):
        read_image(image_file(size=size))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"GIF89a",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"<html><script>alert(1)</script></html>",
        b"%PDF-1.7",
        image_file("BMP"),
        image_file("TIFF"),
        image_file("ICO", size=(32, 32)),
        image_file("JPEG", size=(400, 300))[:400],
        image_file("PNG", size=(400, 300))[:-60],
    ],
)
def test_file_that_is_no_whole_image_of_a_kind_that_we_take_is_refused(data: bytes) -> None:
    with pytest.raises(InvalidInput, match="no JPEG, PNG, GIF or WebP image"):
        read_image(data)


def test_script_behind_an_image_is_not_kept() -> None:
    read = read_image(image_file("GIF") + b"<script>alert(1)</script>")
    assert b"script" not in read.data


_WHOLE = [image_file(kind, size=(24, 16)) for kind in ("JPEG", "PNG", "GIF", "WEBP")]


@given(st.sampled_from(_WHOLE), st.data())
def test_damaged_file_is_an_image_or_refused_and_nothing_else(
    whole: bytes, data: st.DataObject
) -> None:
    damaged = bytearray(whole)
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(damaged) - 1))
        damaged[at] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(damaged)))
    try:
        read = read_image(bytes(damaged[:cut] if data.draw(st.booleans()) else damaged))
    except InvalidInput:
        return
    assert opened(read.data).size == (read.width, read.height)
