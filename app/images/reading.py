"""Make of an uploaded file an image that may be shown: decoded, upright, small, without metadata.

Nothing of the file itself is kept: what is stored was encoded here from its pixels alone.
"""

import hashlib
import io
import struct
import warnings
from dataclasses import dataclass
from threading import Lock
from typing import Final

from PIL import Image, ImageCms, ImageOps

from app.errors import InvalidInput
from app.image_names import HASH_DIGITS
from app.sentences import N_, Sentence

MAX_SIDE: Final = 1_200
"""Pixels of the longer side: twice what a mail is wide, for screens of double density."""

MIN_SIDE: Final = 8
"""Pixels of the shorter side of what can be seen at all."""

MAX_PIXELS: Final = 50_000_000
"""Pixels of a JPEG at most, which telephones make: its decoder shrinks it as it goes."""

MAX_WHOLE_PIXELS: Final = 25_000_000
"""Pixels at most of what has to be decoded whole: 100 MB."""

_MAX_SHAPE: Final = 8
_QUALITY: Final = 82
_FORMATS: Final = ("JPEG", "PNG", "GIF", "WEBP")
_WHITE: Final = (255, 255, 255)
_DECODING: Final = Lock()
"""One at a time in a process: decoding takes much memory for a moment."""

_BROKEN: Final = (
    OSError,  # UnidentifiedImageError too
    SyntaxError,
    ValueError,
    TypeError,
    EOFError,
    LookupError,
    ArithmeticError,
    AttributeError,
    NotImplementedError,
    RuntimeError,
    struct.error,
)
"""What Pillow's readers raise for files that are damaged, or pretend to be what they are not."""

_NO_IMAGE: Final = N_("This file is no JPEG, PNG, GIF or WebP image that can be read.")


@dataclass(frozen=True)
class ReadImage:
    """An image as it is stored and shown."""

    name: str
    data: bytes
    width: int
    height: int

    @property
    def n_bytes(self) -> int:
        """Return how long it is."""
        return len(self.data)


def read_image(data: bytes) -> ReadImage:
    """Return the image of a file: 1,200 pixels at most, on white, of an animation the first frame.

    The same file gives the same image and name. Takes up to a second of CPU and 300 MB for the
    largest, one at a time.

    Raises:
        InvalidInput: the file is no image of a kind that is taken, is damaged, or too large or too
            thin.
    """
    try:
        with _DECODING, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of metadata, which is dropped
            shown = _shown(data)
            encoded, ending = _encoded(shown)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _too_large(MAX_WHOLE_PIXELS) from error
    except _BROKEN as error:
        raise InvalidInput(_NO_IMAGE) from error
    name = f"{hashlib.sha256(encoded).hexdigest()[:HASH_DIGITS]}.{ending}"
    return ReadImage(name, encoded, shown.width, shown.height)


def _shown(data: bytes) -> Image.Image:
    """Return the pixels as they are shown: RGB, upright, in sRGB, on white, within the bounds."""
    with Image.open(io.BytesIO(data), formats=_FORMATS) as opened:
        is_photo = opened.format == "JPEG"
        _refuse_bounds(*opened.size, MAX_PIXELS if is_photo else MAX_WHOLE_PIXELS)
        if is_photo:
            opened.draft("RGB", (2 * MAX_SIDE, 2 * MAX_SIDE))  # decodes what is needed of it
        upright = ImageOps.exif_transpose(opened)
        coloured = _in_srgb(upright)
    coloured.thumbnail((MAX_SIDE, MAX_SIDE), Image.Resampling.LANCZOS)
    return coloured


def _refuse_bounds(width: int, height: int, n_most: int) -> None:
    if width * height > n_most:
        raise _too_large(n_most)
    if min(width, height) < MIN_SIDE or max(width, height) > _MAX_SHAPE * min(width, height):
        raise InvalidInput(
            Sentence(
                "The image is %(width)s by %(height)s pixels: too small or too thin to be shown.",
                width=width,
                height=height,
            )
        )


def _too_large(n_most: int) -> InvalidInput:
    return InvalidInput(
        Sentence(
            "The image has more than %(n_most)s million pixels. Make it smaller: of its longer "
            "side %(n_shown)s pixels at most are shown.",
            n_most=n_most // 1_000_000,
            n_shown=MAX_SIDE,
        )
    )


def _in_srgb(image: Image.Image) -> Image.Image:
    """Return an image in RGB, what shines through on white, its colours those of its profile."""
    profile = image.info.get("icc_profile")
    if image.mode == "I;16":
        image = _in_eight_bits(image)
    if image.has_transparency_data:
        whole = image.convert("RGBA")
        image = Image.new("RGB", whole.size, _WHITE)
        image.paste(whole, mask=whole.getchannel("A"))
    if profile and image.mode in {"RGB", "CMYK"}:
        try:
            return _by_profile(image, profile)
        except (ImageCms.PyCMSError, OSError):  # it is damaged, or of another kind
            pass
    return image.convert("RGB")


def _in_eight_bits(image: Image.Image) -> Image.Image:
    """Return a grey image of 16 bits in 8: Pillow would take all but the darkest for white."""
    return Image.frombytes("L", image.size, image.tobytes()[1::2])


def _by_profile(image: Image.Image, profile: bytes) -> Image.Image:
    own = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    converted = ImageCms.profileToProfile(
        image, own, ImageCms.createProfile("sRGB"), outputMode="RGB"
    )
    return converted or image


def _encoded(image: Image.Image) -> tuple[bytes, str]:
    """Return the bytes and their ending: PNG for few flat colours where it is smaller, else JPEG.

    A new image of the pixels alone is encoded, so that no metadata comes along.
    """
    bare = Image.frombytes("RGB", image.size, image.tobytes())
    photo = io.BytesIO()
    bare.save(photo, "JPEG", quality=_QUALITY, optimize=True, progressive=True)
    if bare.getcolors(256) is None:
        return photo.getvalue(), "jpg"
    drawing = io.BytesIO()
    bare.quantize(256, dither=Image.Dither.NONE).save(drawing, "PNG", optimize=True)
    smaller, ending = min((drawing, "png"), (photo, "jpg"), key=lambda one: len(one[0].getvalue()))
    return smaller.getvalue(), ending
