"""Pictures that are none, or more than they seem: a seeded set, made here byte by byte or with Pillow.

Whatever a picture says of its maker has MARK in it, so that what is served can be searched for it.
"""

import io
import struct
import zlib
from collections.abc import Callable, Iterator
from random import Random

from PIL import Image, ImageDraw, PngImagePlugin

MARK = "9.6036N-105.9739E-NHA-CHI-HOA"
_XMP = f"<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf>{MARK}</rdf></x:xmpmeta>".encode()
_PHOTO = Image.effect_noise((320, 240), 60).convert("RGB")
KINDS = ("JPEG", "PNG", "WEBP", "GIF", "BMP")
Make = Callable[[Random], bytes]


def exif() -> Image.Exif:
    """What a telephone writes: where and by whom, and how it was held."""
    made = Image.Exif()
    made[0x0112], made[0x010E], made[0x013B] = 6, MARK, MARK  # held upright; description, artist
    made[0x8825] = {1: "N", 2: (9.0, 36.0, 13.0), 3: "E", 4: (105.0, 58.0, 26.0), 29: MARK}  # GPS
    made[0x8769] = {0x9286: MARK.encode(), 0xA431: MARK}  # comment, the camera's number
    return made


def good(kind: str, image: Image.Image = _PHOTO) -> bytes:
    """A picture that shows, with all that may be written into one of its kind."""
    out = io.BytesIO()
    more: dict[str, object] = {}
    if kind in ("JPEG", "WEBP", "PNG"):
        more = {"exif": exif().tobytes(), "icc_profile": b"\0" * 128 + MARK.encode(), "xmp": _XMP}
    if kind in ("JPEG", "GIF"):
        more["comment"] = MARK.encode()
    if kind == "PNG":
        more["pnginfo"] = _texts()
        del more["xmp"]
    image.save(out, kind, **more)
    return out.getvalue() + MARK.encode()  # and behind its end


def _texts() -> PngImagePlugin.PngInfo:
    made = PngImagePlugin.PngInfo()
    made.add_text("Comment", MARK)
    made.add_text("Author", MARK, zip=True)
    made.add_itxt("XML:com.adobe.xmp", _XMP.decode(), zip=True)
    return made


def flips(luck: Random, number: int) -> Iterator[bytes]:
    """Good pictures with one to three bytes changed, the kinds in turn."""
    originals = [good(kind, _PHOTO.resize((64, 48))) for kind in KINDS]
    for place in range(number):
        damaged = bytearray(originals[place % len(originals)])
        for _ in range(luck.randint(1, 3)):
            # Half of them where a file says what is in it.
            within = len(damaged) if luck.random() < 0.5 else 200
            damaged[luck.randrange(within)] = luck.randrange(256)
        yield bytes(damaged)


def bad(luck: Random, number: int) -> Iterator[tuple[str, bytes]]:
    """Bad pictures and their names; the first ones are one of each sort."""
    for place in range(number):
        name = list(SORTS)[place] if place < len(SORTS) else luck.choice(list(SORTS))
        yield name, SORTS[name](luck)


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(
    width: int, height: int, rows: bytes, *, depth: int = 8, colour: int = 0, before: bytes = b""
) -> bytes:
    """A PNG as it is written; `before`: chunks before the pixels."""
    header = _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + before + _chunk(b"IDAT", rows) + _chunk(b"IEND", b"")


def _zeros(number: int) -> bytes:
    packer = zlib.compressobj(9)
    block = bytes(1 << 20)
    return (
        b"".join(packer.compress(block) for _ in range(number >> 20))
        + packer.compress(bytes(number % (1 << 20)))
        + packer.flush()
    )


def _cut(luck: Random) -> bytes:
    whole = good(luck.choice(KINDS))
    return whole[: luck.randrange(1, len(whole))]


def _head_alone(luck: Random) -> bytes:
    return good(luck.choice(KINDS))[: luck.randrange(4, 60)]


def _patched_jpeg(luck: Random) -> bytes:
    data = bytearray(good("JPEG"))
    place = data.index(b"\xff\xc0") + 5  # height and width of the frame
    data[place : place + 4] = struct.pack(">HH", luck.choice((0, 65500)), luck.choice((0, 65500, 1)))
    return bytes(data)


def _wide_gif(luck: Random) -> bytes:
    data = bytearray(good("GIF"))
    data[6:10] = struct.pack("<HH", 65535, luck.choice((0, 1, 65535)))
    return bytes(data)


def _wide_webp(luck: Random) -> bytes:
    data = bytearray(good("WEBP"))
    place = data.index(b"VP8X") + 12
    data[place : place + 6] = b"\xff\x3f\x00\xff\x3f\x00"  # 16,384 each way
    return bytes(data)


def _wide_bmp(luck: Random) -> bytes:
    data = bytearray(good("BMP"))
    data[18:26] = struct.pack(
        "<ii", luck.choice((-1, 0, 2**31 - 1, 100_000)), luck.choice((-(2**31), 0, 100_000))
    )
    return bytes(data)


def _frames(kind: str, number: int) -> bytes:
    frames = [Image.new("L", (64, 64), place % 256) for place in range(number)]
    out = io.BytesIO()
    frames[0].save(out, kind, save_all=True, append_images=frames[1:], duration=20)
    return out.getvalue()


def _exif_loop(luck: Random) -> bytes:
    """An EXIF block whose second part begins where the first one does, and counts that lead far beyond it."""
    entry = struct.pack("<HHII", 0x8769, 4, 1, 8) + struct.pack(
        "<HHII", 0x0112, 2, 0xFFFFFFFF, luck.randrange(2**32)
    )
    block = b"Exif\0\0II*\0" + struct.pack("<I", 8) + struct.pack("<H", 2) + entry + struct.pack("<I", 8)
    return _with_segment(0xE1, block)


def _with_segment(marker: int, body: bytes) -> bytes:
    plain = io.BytesIO()
    _PHOTO.save(plain, "JPEG")
    return b"\xff\xd8\xff" + bytes([marker]) + struct.pack(">H", len(body) + 2) + body + plain.getvalue()[2:]


def _orientation(luck: Random) -> bytes:
    made = Image.Exif()
    made[0x0112] = luck.choice((0, 9, 65535, 3, 8))
    out = io.BytesIO()
    _PHOTO.save(out, "JPEG", exif=made.tobytes())
    return out.getvalue()


def _scans(luck: Random) -> bytes:
    """A progressive JPEG that repeats one of its scans very often."""
    out = io.BytesIO()
    Image.effect_noise((1500, 1500), 60).save(out, "JPEG", progressive=True)
    data = out.getvalue()
    start = data.rindex(b"\xff\xda")
    scan = data[start:-2]
    return data[:-2] + scan * (2_000_000 // max(len(scan), 1)) + b"\xff\xd9"


def _in_mode(kind: str, mode: str, **more: object) -> bytes:
    out = io.BytesIO()
    _PHOTO.convert("L").convert(mode).save(out, kind, **more) if mode != "CMYK" else _PHOTO.convert(
        mode
    ).save(out, kind, **more)
    return out.getvalue()


def _palette(luck: Random) -> bytes:
    out = io.BytesIO()
    _PHOTO.convert("P").save(out, "PNG", transparency=bytes(luck.randrange(256) for _ in range(256)))
    return out.getvalue()


def _thin(luck: Random) -> bytes:
    out = io.BytesIO()
    size = luck.choice(((1, 60_000), (60_000, 1), (1, 1), (2, 30_000), (16_000, 2)))
    image = Image.new("RGB", size, "red")
    ImageDraw.Draw(image).point((0, 0), "blue")
    image.save(out, luck.choice(("PNG", "JPEG", "BMP")))
    return out.getvalue()


def _large(luck: Random) -> bytes:
    """As large as is allowed, and packed into little."""
    width, height = luck.choice(((6300, 6300), (40_000, 1000), (1000, 40_000)))
    colour, samples = luck.choice(((0, 1), (2, 3), (6, 4)))
    return png(width, height, _zeros((1 + width * samples) * height), colour=colour)


def _text_bomb(luck: Random) -> bytes:
    packed = zlib.compress(bytes(200_000_000), 9)
    kind = luck.choice((b"zTXt", b"iCCP"))
    return png(64, 48, zlib.compress(bytes(65 * 48)), before=_chunk(kind, b"name\0\0" + packed))


def _too_many_rows(luck: Random) -> bytes:
    return png(64, 48, zlib.compress(bytes(100_000_000), 9))


def _polyglot(luck: Random) -> bytes:
    script = f"<script>document.title='{MARK}'</script>".encode()
    archive = b"PK\x03\x04" + script + b"PK\x05\x06" + bytes(18)
    heads = (
        b"%PDF-1.4\n",
        b"<svg xmlns='http://www.w3.org/2000/svg'>",
        b"<!doctype html>",
        b"#!/bin/sh\n",
        b"MZ",
        b"",
    )
    return luck.choice(heads) + luck.choice((good("JPEG"), good("GIF"), good("PNG"))) + script + archive


def _foreign(luck: Random) -> bytes:
    """Kinds that are taken from nobody."""
    kind = luck.choice(("TIFF", "ICO", "PPM", "TGA", "PCX", "SGI", "JPEG2000", "PDF", "EPS", "AVIF", "ICNS"))
    out = io.BytesIO()
    try:
        _PHOTO.save(out, kind)
    except (OSError, KeyError):  # this Pillow was built without it
        return b"\0\0\0\x20ftypheic\0\0\0\0mif1heic" + luck.randbytes(400)
    return out.getvalue()


def _lies(luck: Random) -> bytes:
    """A WEBP whose chunks are longer than the file."""
    data = bytearray(good("WEBP"))
    for place in (4, 16, 24):
        data[place : place + 4] = struct.pack("<I", luck.choice((0, 0xFFFFFFFF, 0x7FFFFFFF, 1)))
    return bytes(data)


SORTS: dict[str, Make] = {
    "empty": lambda _: b"",
    "noughts": lambda luck: bytes(luck.randrange(1, 100_000)),
    "noise": lambda luck: luck.randbytes(5000),
    "cut": _cut,
    "head alone": _head_alone,
    "heic": lambda luck: b"\0\0\0\x18ftypheic\0\0\0\0heicmif1" + luck.randbytes(luck.randrange(2000)),
    "size in a jpeg": _patched_jpeg,
    "size in a gif": _wide_gif,
    "size in a webp": _wide_webp,
    "size in a bmp": _wide_bmp,
    "size in a png": lambda luck: png(luck.choice((2**31 - 1, 60_000)), 60_000, zlib.compress(b"\0")),
    "no size": lambda _: png(0, 0, zlib.compress(b"")),
    "as large as may be": _large,
    "text bomb": _text_bomb,
    "too many rows": _too_many_rows,
    "frames in a gif": lambda luck: _frames("GIF", luck.choice((2, 1500))),
    "frames in a png": lambda luck: _frames("PNG", luck.choice((2, 400))),
    "frames in a webp": lambda luck: _frames("WEBP", luck.choice((2, 100))),
    "exif in a circle": _exif_loop,
    "orientation": _orientation,
    "exif too long": lambda luck: _with_segment(0xE1, b"Exif\0\0" + luck.randbytes(60_000)),
    "xmp": lambda luck: _with_segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + _XMP * 300),
    "colours": lambda _: _with_segment(0xE2, b"ICC_PROFILE\0\x01\x01" + MARK.encode() * 50),
    "photoshop": lambda luck: _with_segment(0xED, b"Photoshop 3.0\x008BIM\x04\x04" + luck.randbytes(300)),
    "comment": lambda luck: _with_segment(0xFE, MARK.encode() * 1000),
    "scans": _scans,
    "cmyk": lambda _: _in_mode("JPEG", "CMYK"),
    "sixteen bits": lambda _: _in_mode("PNG", "I;16"),
    "one bit": lambda _: _in_mode("PNG", "1"),
    "grey and clear": lambda _: _in_mode("PNG", "LA"),
    "palette": _palette,
    "thin": _thin,
    "several things at once": _polyglot,
    "other kinds": _foreign,
    "lengths that lie": _lies,
    "a page": lambda _: f"<!doctype html><title>{MARK}</title><script>alert(1)</script>".encode(),
    "a drawing": lambda _: b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'><image href='file:///etc/passwd'/></svg>",
    "a document": lambda _: b"%PDF-1.7\n1 0 obj<</OpenAction<</S/JavaScript/JS(app.alert(1))>>>>endobj",
    "good, of each kind": lambda luck: good(luck.choice(KINDS)),
}  # fmt: skip
