"""What is in a photo: its true type and size, a hash by looks, and clean forms of it to show.

Pillow only warns at a 410 KiB PNG of 12000 x 12000 pixels and then takes 550 MiB: the size is checked
before anything is decoded. Whatever is served is encoded anew, so no metadata is left in it.
"""

import io
import warnings
from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image, ImageOps, UnidentifiedImageError

from storage.images import ImageStore

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP")
THUMB_WIDTH = 320  # pixels
QUALITY = 82
GAP = 12  # pixels between pictures put together
SMALLEST = 160  # pixels across, below which a picture shows nothing
_DAMAGED = (OSError, ValueError, SyntaxError, EOFError, Image.DecompressionBombError)  # as Pillow says so


class BadPicture(ValueError):
    """Bytes that are no picture we take; the text says why."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A photo that was looked at. `perceptual_hash`: a 64-bit difference hash, 16 hex digits."""

    type_found: str
    width: int
    height: int
    perceptual_hash: str
    served: bytes
    thumb: bytes


@dataclass(frozen=True, slots=True)
class Stored:
    """A photo that was looked at and is in the image store."""

    content_hash: str
    size: int  # bytes
    picture: Picture


async def store(images: ImageStore, data: bytes, picture: Picture) -> Stored:
    """Put a photo that was looked at into the image store, with its clean forms."""
    content_hash = await images.put(data)
    await images.put_rendition(content_hash, "served", picture.served)
    await images.put_rendition(content_hash, "thumb", picture.thumb)
    return Stored(content_hash, len(data), picture)


def inspect(data: bytes, max_pixels: int, served_width: int) -> Picture:
    """Decode a photo and make its clean forms. Raises BadPicture."""
    if not data:
        raise BadPicture("the file is empty")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return _inspect(data, max_pixels, served_width)
    except BadPicture:
        raise
    except UnidentifiedImageError:
        raise BadPicture("the file is not a picture") from None
    except _DAMAGED as error:
        raise BadPicture(f"the picture is damaged: {error}") from None


def _inspect(data: bytes, max_pixels: int, served_width: int) -> Picture:
    upright, kind = _upright(data, max_pixels)
    shown = _within(upright, served_width)
    return Picture(
        type_found=kind,
        width=upright.width,
        height=upright.height,
        perceptual_hash=difference_hash(upright),
        served=_jpeg(shown, served_width),
        thumb=_jpeg(shown, THUMB_WIDTH),
    )


def _upright(data: bytes, max_pixels: int | None = None) -> tuple[Image.Image, str]:
    """A picture as it is looked at, in plain colours, and its type. Raises BadPicture and _DAMAGED."""
    with Image.open(io.BytesIO(data), formats=FORMATS) as opened:
        if max_pixels is not None and opened.width * opened.height > max_pixels:
            raise BadPicture(f"the picture has more than {max_pixels // 1_000_000} million pixels")
        return ImageOps.exif_transpose(opened).convert("RGB"), Image.MIME.get(opened.format or "", "")


def together(pictures: Sequence[bytes], height: int) -> bytes:
    """Several pictures as one JPEG: two side by side at this height, more in rows. Raises BadPicture."""
    across = 2 if len(pictures) <= 4 else 3
    down = -(-len(pictures) // across)
    each = height if down == 1 else height * 3 // 2 // down
    try:
        scaled = [_scaled(data, each) for data in pictures]
    except _DAMAGED as error:
        raise BadPicture(f"the pictures can't be put together: {error}") from None
    rows = [scaled[at : at + across] for at in range(0, len(scaled), across)]
    width = max(sum(one.width + GAP for one in row) for row in rows) - GAP
    whole = Image.new("RGB", (width, down * (each + GAP) - GAP), "white")
    for place, row in enumerate(rows):
        left = 0
        for one in row:
            whole.paste(one, (left, place * (each + GAP)))
            left += one.width + GAP
    return _jpeg(whole, whole.width)


def fit(data: bytes, limit: int) -> bytes:
    """A picture as a JPEG of at most `limit` bytes, smaller where it must be. Raises BadPicture."""
    try:
        whole, _ = _upright(data)
    except _DAMAGED as error:
        raise BadPicture(f"the picture is damaged: {error}") from None
    width = whole.width
    while width >= SMALLEST:
        made = _jpeg(whole, width)
        if len(made) <= limit:
            return made
        width = width * 3 // 4
    raise BadPicture(f"the picture does not fit into {limit} bytes")


def blank() -> bytes:
    """A plain grey JPEG, where a photo was."""
    return _jpeg(Image.new("RGB", (THUMB_WIDTH, THUMB_WIDTH * 3 // 4), (224, 224, 224)), THUMB_WIDTH)


def _scaled(data: bytes, height: int) -> Image.Image:
    whole, _ = _upright(data)
    width = min(round(whole.width * height / whole.height), height * 2)
    return ImageOps.fit(whole, (max(width, 1), height), Image.Resampling.LANCZOS)


def difference_hash(picture: Image.Image) -> str:
    """Whether each of 8 x 8 places is brighter than its neighbour: near for alike pictures."""
    small = picture.convert("L").resize((9, 8), Image.Resampling.LANCZOS)
    pixels = small.tobytes()
    bits = 0
    for row in range(8):
        for column in range(8):
            place = row * 9 + column
            bits = bits << 1 | (pixels[place] > pixels[place + 1])
    return f"{bits:016x}"


def _within(picture: Image.Image, width: int) -> Image.Image:
    """A copy that is no wider, and has nothing of what a camera wrote."""
    shown = picture.copy()
    shown.info.clear()
    shown.thumbnail((width, width * 4), Image.Resampling.LANCZOS)
    return shown


def _jpeg(picture: Image.Image, width: int) -> bytes:
    shown = _within(picture, width)
    out = io.BytesIO()
    shown.save(out, "JPEG", quality=QUALITY, optimize=True)
    return out.getvalue()
