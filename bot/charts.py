"""Charts as SVG, and as PNG by resvg: no display, no system fonts; some 60 ms.

Drawn for a phone: a post's picture of 720 units is 360 px wide there, so that no letter is smaller than
11 px; inside a page it stands between margins, and none is smaller than 9 px. Blue and orange of Okabe and
Ito's palette, which people who see no red or green tell apart; every bar whose number has room has it.
"""

import io
import unicodedata
from collections.abc import Iterable
from html import escape
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import NamedTuple

from PIL import Image, ImageFont

from handlers.chart import Chart, Group
from handlers.numbers import figure

WIDTH = 720
ZOOM = 1.5  # of the PNG: 1,080 pixels wide
QUALITY = 90
FAMILY = "Source Sans Pro"
FONTS = {400: "SourceSansPro-Regular.ttf", 600: "SourceSansPro-Semibold.ttf", 700: "SourceSansPro-Bold.ttf"}
_MARGIN = 36
_INNER = WIDTH - 2 * _MARGIN
_INK, _SOFT, _LINE, _PAPER = "#12263f", "#4a5b70", "#d5dde6", "#ffffff"
_RECEIVED, _RESOLVED, _BAR = "#0072b2", "#e69f00", "#0072b2"
_TILES = {0: "#e8f2f9", 1: "#fdf3dc", 2: "#eef1f5", 3: "#fbe9e2"}
_TREND_HEIGHT = 190
_ROW = 46  # of a bar


class _Drawn(NamedTuple):
    """A part of the picture and how high it is."""

    parts: list[str]
    height: float


class _Told(NamedTuple):
    """Where a bar's number stands."""

    left: float
    right: float
    y: float

    def touches(self, other: "_Told") -> bool:
        """Whether it can't be told from another one."""
        return self.left < other.right + 4 and other.left < self.right + 4 and abs(self.y - other.y) < 20


def png(chart: Chart) -> bytes:
    """A chart as a PNG. Blocks for some 60 ms: call it in a thread."""
    import resvg_py  # some MB that only whoever draws needs

    return resvg_py.svg_to_bytes(
        svg_string=svg(chart),
        skip_system_fonts=True,
        font_files=[str(_fonts() / name) for name in FONTS.values()],
        font_family=FAMILY,
        sans_serif_family=FAMILY,
        zoom=ZOOM,
    )


def jpeg(chart: Chart) -> bytes:
    """A chart as a JPEG, which every messenger takes."""
    out = io.BytesIO()
    with Image.open(io.BytesIO(png(chart))) as drawn:
        drawn.convert("RGB").save(out, "JPEG", quality=QUALITY, optimize=True)
    return out.getvalue()


def svg(chart: Chart) -> str:
    """A chart as an SVG that stands by itself, also inside a page; a reader of screens hears its title."""
    body: list[str] = []
    at = 0.0
    for part in (_head(chart), _tiles(chart), _trend(chart), *_groups(chart), _foot(chart)):
        body.append(f'<g transform="translate(0 {at:g})">{"".join(part.parts)}</g>')
        at += part.height
    label = escape(f"{chart.title} {chart.subtitle}")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {at:g}" role="img" '
        f'aria-label="{label}" font-family="{FAMILY}, sans-serif">'
        f'<rect width="{WIDTH}" height="{at:g}" fill="{_PAPER}"/>{"".join(body)}</svg>'
    )


def _head(chart: Chart) -> _Drawn:
    title = _text(_MARGIN, 62, _cut(chart.title, 38, _INNER, 700), size=38, weight=700)
    return _Drawn([title, _text(_MARGIN, 100, chart.subtitle, size=28, fill=_SOFT)], 126)


def _tiles(chart: Chart) -> _Drawn:
    gap, height = 16, 148
    width = (_INNER - gap) / 2
    parts = []
    for place, tile in enumerate(chart.tiles):
        x, y = _MARGIN + place % 2 * (width + gap), place // 2 * (height + gap)
        parts += [
            _rect(x, y, width, height, _TILES[place % len(_TILES)], radius=14),
            _text(x + 20, y + 38, _cut(tile.label, 26, width - 40, 600), size=26, weight=600),
            _text(x + 20, y + 94, figure(tile.value, chart.language), size=58, weight=700),
            _text(x + 20, y + 130, _cut(tile.note, 23, width - 40), size=23, fill=_SOFT),
        ]
    rows = (len(chart.tiles) + 1) // 2
    return _Drawn(parts, rows * (height + gap) + 14)


def _trend(chart: Chart) -> _Drawn:
    base = 58 + _TREND_HEIGHT
    parts = [_text(_MARGIN, 30, chart.heading, size=28, weight=600), *_legend(chart)]
    step = _INNER / max(len(chart.trend), 1)
    most = max((max(pair.received, pair.resolved) for pair in chart.trend), default=0) or 1
    width = min(max(30.0, _width(figure(most, chart.language), 22) + 3), step / 2 - 2)
    sparse = -(-len(chart.trend) // 8)  # not every label has room
    told: list[_Told] = []
    for place, pair in enumerate(chart.trend):
        middle = _MARGIN + (place + 0.5) * step
        if place % sparse == 0:
            parts.append(_text(middle, base + 32, pair.label, size=24, fill=_SOFT, anchor="middle"))
        for number, fill, left in ((pair.received, _RECEIVED, -width - 1), (pair.resolved, _RESOLVED, 1)):
            height = number / most * (_TREND_HEIGHT - 40)
            parts.append(_rect(middle + left, base - height, width, height, fill, radius=3))
            words, x, y = figure(number, chart.language), middle + left + width / 2, base - height - 8
            one = _Told(x - _width(words, 22) / 2, x + _width(words, 22) / 2, y)
            if number and one.right - one.left <= 1.25 * width + 2 and not any(map(one.touches, told[-2:])):
                told.append(one)
                parts.append(_text(x, y, words, size=22, anchor="middle"))
    parts.append(f'<path d="M{_MARGIN} {base}h{_INNER}" stroke="{_LINE}" stroke-width="2"/>')
    return _Drawn(parts, base + 60)


def _legend(chart: Chart) -> Iterable[str]:
    x = float(WIDTH - _MARGIN)
    for words, fill in ((chart.resolved, _RESOLVED), (chart.received, _RECEIVED)):
        x -= _width(words, 24)
        yield _text(x, 30, words, size=24, fill=_SOFT)
        yield _rect(x - 28, 12, 20, 20, fill, radius=4)
        x -= 52


def _groups(chart: Chart) -> Iterable[_Drawn]:
    return (_bars(group, chart.language) for group in chart.groups)


def _bars(group: Group, language: str) -> _Drawn:
    parts = [_text(_MARGIN, 30, _cut(group.heading, 28, _INNER, 600), size=28, weight=600)]
    most = max(bar.number for bar in group.bars)
    names, ends = 250, _width(figure(most, language), 25, 600) + 24
    for place, bar in enumerate(group.bars):
        y = 50 + place * _ROW
        width = max(bar.number / most * (_INNER - names - ends), 4)
        parts += [
            _text(_MARGIN, y + 26, _cut(bar.label, 25, names - 16), size=25),
            _rect(_MARGIN + names, y + 4, width, 28, _BAR, radius=4),
            _text(_MARGIN + names + width + 12, y + 27, figure(bar.number, language), size=25, weight=600),
        ]
    return _Drawn(parts, 50 + len(group.bars) * _ROW + 24)


def _foot(chart: Chart) -> _Drawn:
    return _Drawn([_text(_MARGIN, 14, _cut(chart.foot, 22, _INNER), size=22, fill=_SOFT)], 40)


def _text(
    x: float, y: float, words: str, *, size: int, fill: str = _INK, weight: int = 400, anchor: str = "start"
) -> str:
    """As wide as measured also where a page's reader lacks the font and sees another."""
    shown = _drawable(words)
    length = (
        f' textLength="{_width(shown, size, weight):.1f}" lengthAdjust="spacingAndGlyphs"' if shown else ""
    )
    return (
        f'<text x="{x:g}" y="{y:g}" font-size="{size}" font-weight="{weight}" fill="{fill}" '
        f'text-anchor="{anchor}"{length}>{escape(shown)}</text>'
    )


def _drawable(words: str) -> str:
    """Without emoji, which the font lacks."""
    kept = (one for one in words if unicodedata.category(one) not in ("So", "Sk", "Cf") and one != "\ufe0f")
    return " ".join("".join(kept).split())


def _rect(x: float, y: float, width: float, height: float, fill: str, *, radius: float) -> str:
    return f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="{radius:g}" fill="{fill}"/>'


def _width(words: str, size: int, weight: int = 400) -> float:
    """How wide a text is in the picture."""
    return _font(size, weight).getlength(words)


def _cut(words: str, size: int, width: float, weight: int = 400) -> str:
    """A text that has room, with a mark where it was cut."""
    font = _font(size, weight)
    if font.getlength(words) <= width:
        return words
    while words and font.getlength(words + "…") > width:
        words = words[:-1]
    return words.rstrip() + "…"


def _font(size: int, weight: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(_fonts() / FONTS[weight]), size)


def _fonts() -> Traversable:
    return files("font_source_sans_pro") / "files"
