"""A canvas for street scenes: sky, houses, road, and the brushes they are drawn with."""

import random
from collections.abc import Sequence

from PIL import Image, ImageDraw, ImageFilter, ImageOps

Colour = tuple[int, int, int]
Point = tuple[float, float]

SCALE = 2  # drawn larger, shown smaller: smooth edges
HORIZON = 0.52  # of the height
SKIES: dict[str, tuple[Colour, Colour]] = {
    "morning": ((126, 190, 232), (255, 226, 186)),
    "noon": ((92, 168, 226), (214, 236, 246)),
    "evening": ((82, 88, 150), (250, 170, 120)),
    "rain": ((120, 134, 148), (190, 198, 202)),
    "night": ((16, 22, 48), (44, 50, 84)),
}
WALLS: tuple[Colour, ...] = (
    (244, 214, 150),
    (172, 206, 190),
    (232, 178, 154),
    (196, 206, 228),
    (240, 228, 202),
    (214, 190, 214),
)
ROOFS: tuple[Colour, ...] = ((176, 76, 56), (140, 62, 52), (96, 108, 120), (188, 108, 70))
AWNINGS: tuple[Colour, ...] = ((34, 132, 112), (208, 72, 60), (52, 104, 180), (226, 150, 48))


class Canvas:
    """A picture in the making; places and sizes are fractions of its width and height."""

    def __init__(self, width: int, height: int, luck: random.Random, variant: int) -> None:
        self._size = (width, height)
        self.width, self.height = width * SCALE, height * SCALE
        self.luck = luck
        self.variant = variant
        self.image = Image.new("RGB", (self.width, self.height))
        self.brush = ImageDraw.Draw(self.image)

    def finished(self) -> Image.Image:
        """The picture at its true size, turned around for every other variant."""
        picture = ImageOps.mirror(self.image) if self.variant % 2 else self.image
        return picture.resize(self._size, Image.Resampling.LANCZOS)

    # Brushes.

    def at(self, x: float, y: float) -> Point:
        return x * self.width, y * self.height

    def box(self, x: float, y: float, w: float, h: float, colour: Colour, round_by: float = 0) -> None:
        left, top = self.at(x, y)
        shape = (left, top, left + w * self.width, top + h * self.height)
        self.brush.rounded_rectangle(shape, round_by * self.width, fill=colour)

    def shape(self, points: Sequence[tuple[float, float]], colour: Colour) -> None:
        self.brush.polygon([self.at(x, y) for x, y in points], fill=colour)

    def blob(self, x: float, y: float, w: float, h: float, colour: Colour) -> None:
        """An ellipse around a middle."""
        left, top = self.at(x - w / 2, y - h / 2)
        self.brush.ellipse((left, top, left + w * self.width, top + h * self.height), fill=colour)

    def line(self, points: Sequence[tuple[float, float]], colour: Colour, thick: float) -> None:
        drawn = [self.at(x, y) for x, y in points]
        self.brush.line(drawn, fill=colour, width=max(1, round(thick * self.width)), joint="curve")

    def heap(self, x: float, y: float, w: float, h: float, colours: Sequence[Colour], count: int) -> None:
        """Many rounded things piled up, the higher the fewer."""
        for _ in range(count):
            up = self.luck.random() ** 1.7
            across = (self.luck.random() - 0.5) * (1 - up)
            size = w * (0.1 + self.luck.random() * 0.12)
            self.blob(x + across * w, y - up * h, size, size * 0.95, self.luck.choice(colours))

    def glow(self, x: float, y: float, size: float, colour: Colour, strength: float = 0.8) -> None:
        """Light around a place."""
        mask = Image.new("L", (self.width // 4, self.height // 4))
        middle_x, middle_y, radius = x * self.width / 4, y * self.height / 4, size * self.width / 4
        ImageDraw.Draw(mask).ellipse(
            (middle_x - radius, middle_y - radius, middle_x + radius, middle_y + radius),
            fill=round(255 * strength),
        )
        soft = mask.filter(ImageFilter.GaussianBlur(radius / 1.6)).resize((self.width, self.height))
        self.image.paste(Image.new("RGB", self.image.size, colour), (0, 0), soft)

    def darken(self, by: float) -> None:
        """Less light on everything so far."""
        self.image.paste(Image.blend(self.image, Image.new("RGB", self.image.size, (10, 14, 34)), by))

    def reflect(self, top: float, tint: Colour, strength: float) -> None:
        """Water on the ground below a line: what is above, upside down, blurred and tinted."""
        line = round(top * self.height)
        above = self.image.crop((0, max(0, 2 * line - self.height), self.width, line))
        water = ImageOps.flip(above).filter(ImageFilter.GaussianBlur(7))
        water = water.resize((self.width, self.height - line))
        water = Image.blend(water, Image.new("RGB", water.size, tint), strength)
        self.image.paste(water, (0, line))
        for _ in range(46):
            y = top + (1 - top) * self.luck.random() ** 0.8
            x, length = self.luck.random(), 0.02 + 0.09 * (y - top) / (1 - top)
            light = tuple(min(255, part + 34) for part in tint)
            self.line([(x, y), (x + length, y)], (light[0], light[1], light[2]), 0.0016)

    # What most scenes have.

    def street(self, sky: str, *, canal: bool = False) -> None:
        """Sky, clouds, a row of houses, pavement and road in perspective."""
        self.sky(sky)
        if sky in ("morning", "noon", "rain"):
            self._clouds(sky)
        self._houses(night=sky == "night")
        if canal:
            return
        self.shape([(0, HORIZON + 0.06), (1, HORIZON + 0.06), (1, 1), (0, 1)], (178, 170, 158))
        for joint in range(-3, 14):
            self.line(
                [(0.5 + (joint / 10 - 0.5) * 0.9, HORIZON + 0.06), (0.5 + (joint / 10 - 0.5) * 2.4, 0.76)],
                (160, 152, 140),
                0.0016,
            )
        self.shape([(0, 0.70), (1, 0.66), (1, 1), (0, 1)], (92, 94, 100))
        self.line([(0, 0.70), (1, 0.66)], (214, 210, 200), 0.010)
        for step in range(6):
            left = step / 5.2 - 0.06
            self.shape(
                [(left, 0.865), (left + 0.1, 0.861), (left + 0.11, 0.876), (left, 0.88)], (226, 222, 210)
            )
        for _ in range(260):
            x, y = self.luck.random(), 0.72 + 0.28 * self.luck.random()
            grey = self.luck.randint(84, 104)
            self.blob(x, y, 0.004, 0.002, (grey, grey, grey + 4))

    def sky(self, name: str) -> None:
        top, low = SKIES[name]
        for y in range(0, round(self.height * 0.62), 2):
            part = y / (self.height * 0.62)
            mixed = [round(a + (b - a) * part) for a, b in zip(top, low, strict=True)]
            self.brush.rectangle((0, y, self.width, y + 2), fill=(mixed[0], mixed[1], mixed[2]))

    def _clouds(self, sky: str) -> None:
        white: Colour = (250, 250, 250) if sky != "rain" else (162, 168, 174)
        for _ in range(3):
            x, y = self.luck.random(), 0.07 + 0.16 * self.luck.random()
            for puff in range(6):
                self.blob(x + puff * 0.03, y + 0.012 * self.luck.random(), 0.09, 0.05, white)

    def _houses(self, *, night: bool) -> None:
        """Narrow shop houses side by side."""
        x = -0.06 * self.luck.random()
        while x < 1:
            width = 0.15 + 0.09 * self.luck.random()
            self._house(x, width, 0.22 + 0.16 * self.luck.random(), night=night)
            x += width

    def _house(self, x: float, width: float, height: float, *, night: bool) -> None:
        wall, foot = self.luck.choice(WALLS), HORIZON + 0.07
        top = foot - height
        self.box(x, top, width, height, wall)
        if self.luck.random() < 0.6:
            self.shape(
                [(x - 0.01, top), (x + width / 2, top - 0.07), (x + width + 0.01, top)],
                self.luck.choice(ROOFS),
            )
        else:
            self.box(x - 0.004, top - 0.016, width + 0.008, 0.02, self.luck.choice(ROOFS))
        shade = (wall[0] - 22, wall[1] - 22, wall[2] - 22)
        self.box(x + width - 0.012, top, 0.012, height, shade)
        for column in range(2):
            lit = night and self.luck.random() < 0.5
            glass: Colour = (255, 214, 130) if lit else ((58, 66, 92) if night else (118, 158, 182))
            self.box(x + width * (0.16 + 0.4 * column), top + 0.045, width * 0.26, 0.075, (250, 246, 236))
            self.box(x + width * (0.18 + 0.4 * column), top + 0.05, width * 0.22, 0.065, glass)
        self.box(x + width * 0.12, foot - 0.105, width * 0.76, 0.105, (98, 88, 82))
        for slat in range(7):
            self.box(x + width * 0.12, foot - 0.1 + slat * 0.015, width * 0.76, 0.002, (128, 118, 110))
        awning = self.luck.choice(AWNINGS)
        self.shape(
            [
                (x + width * 0.06, foot - 0.115),
                (x + width * 0.94, foot - 0.115),
                (x + width, foot - 0.085),
                (x, foot - 0.085),
            ],
            awning,
        )

    def tree(self, x: float, foot: float, height: float, leaf: Colour = (66, 134, 74)) -> None:
        """A street tree."""
        self.shape(
            [
                (x - 0.010, foot),
                (x - 0.006, foot - height * 0.6),
                (x + 0.006, foot - height * 0.6),
                (x + 0.012, foot),
            ],
            (112, 82, 58),
        )
        for _ in range(26):
            shade = self.luck.randint(-18, 20)
            colour = (leaf[0] + shade, leaf[1] + shade, leaf[2] + shade)
            dx, dy = (self.luck.random() - 0.5) * height * 0.8, (self.luck.random() - 0.5) * height * 0.6
            self.blob(x + dx, foot - height * 0.85 + dy, height * 0.28, height * 0.3, colour)

    def pole(self, x: float, foot: float, height: float, lean: float = 0.0) -> Point:
        """A concrete pole; where its top is."""
        top = (x + lean, foot - height)
        self.shape(
            [(x - 0.009, foot), (top[0] - 0.006, top[1]), (top[0] + 0.006, top[1]), (x + 0.011, foot)],
            (150, 150, 152),
        )
        return top

    def lamp(self, x: float, foot: float, height: float, *, lit: bool) -> None:
        """A street lamp with its arm."""
        self.line([(x, foot), (x, foot - height)], (70, 82, 92), 0.012)
        self.line(
            [(x, foot - height), (x + 0.06, foot - height - 0.03), (x + 0.13, foot - height - 0.022)],
            (70, 82, 92),
            0.008,
        )
        if lit:
            self.glow(x + 0.13, foot - height + 0.05, 0.16, (255, 226, 150), 0.55)
            self.glow(x + 0.13, foot - height, 0.06, (255, 244, 206), 0.95)
        self.box(x + 0.095, foot - height - 0.032, 0.07, 0.022, (52, 60, 70), 0.006)
        self.box(x + 0.1, foot - height - 0.012, 0.06, 0.012, (255, 248, 214) if lit else (60, 66, 74), 0.004)

    def motorbike(self, x: float, y: float, size: float, colour: Colour, rider: Colour | None = None) -> None:
        """A motorbike from the side, perhaps with its rider."""
        for wheel in (-0.42, 0.42):
            self.blob(x + wheel * size, y, size * 0.42, size * 0.56, (34, 34, 38))
            self.blob(x + wheel * size, y, size * 0.2, size * 0.27, (150, 152, 158))
        self.shape(
            [
                (x - 0.5 * size, y - 0.36 * size),
                (x + 0.1 * size, y - 0.42 * size),
                (x + 0.3 * size, y - 0.1 * size),
                (x - 0.3 * size, y - 0.02 * size),
            ],
            colour,
        )
        self.line([(x + 0.42 * size, y), (x + 0.26 * size, y - 0.72 * size)], (60, 62, 68), 0.1 * size)
        if rider is not None:
            self.line(
                [(x - 0.16 * size, y - 0.42 * size), (x - 0.08 * size, y - 1.1 * size)], rider, 0.3 * size
            )
            self.line(
                [(x - 0.06 * size, y - 0.95 * size), (x + 0.26 * size, y - 0.74 * size)], rider, 0.12 * size
            )
            self.blob(x - 0.06 * size, y - 1.42 * size, 0.34 * size, 0.46 * size, (206, 64, 56))

    def cone(self, x: float, y: float, size: float) -> None:
        """A traffic cone."""
        self.box(x - size * 0.5, y - size * 0.08, size, size * 0.16, (190, 74, 30))
        self.shape([(x - size * 0.32, y), (x, y - size * 1.5), (x + size * 0.32, y)], (240, 104, 40))
        self.shape(
            [
                (x - size * 0.22, y - size * 0.5),
                (x - size * 0.14, y - size * 0.84),
                (x + size * 0.14, y - size * 0.84),
                (x + size * 0.22, y - size * 0.5),
            ],
            (250, 250, 250),
        )
