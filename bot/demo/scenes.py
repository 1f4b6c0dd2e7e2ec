"""What each photo of the sample shows."""

from collections.abc import Callable, Mapping
from functools import partial

from bot.demo.canvas import HORIZON, Canvas, Colour

RUBBISH: tuple[Colour, ...] = (
    (44, 46, 54),
    (70, 110, 190),
    (230, 232, 236),
    (196, 60, 60),
    (84, 150, 92),
    (214, 182, 80),
)
EARTH: tuple[Colour, ...] = ((176, 140, 96), (196, 162, 116), (150, 116, 80))
DAYS = ("morning", "noon", "evening")


def _day(canvas: Canvas) -> str:
    return DAYS[canvas.variant % len(DAYS)]


def lamp(canvas: Canvas, *, lit: bool) -> None:
    canvas.street("night")
    canvas.tree(0.9, 0.68, 0.3, (34, 66, 50))
    canvas.darken(0.25 if lit else 0.5)
    if not lit:
        canvas.glow(0.05, 0.5, 0.06, (255, 206, 120), 0.35)
    canvas.lamp(0.4, 0.72, 0.46, lit=lit)
    if lit:
        canvas.glow(0.52, 0.84, 0.2, (255, 224, 150), 0.34)
        canvas.motorbike(0.72, 0.86, 0.085, (196, 60, 60), (70, 96, 150))


def rubbish(canvas: Canvas, *, there: bool) -> None:
    canvas.street(_day(canvas))
    canvas.tree(0.08, 0.68, 0.32)
    if there:
        canvas.blob(0.5, 0.805, 0.56, 0.06, (70, 70, 74))
        canvas.heap(0.5, 0.79, 0.5, 0.17, RUBBISH, 70)
        for x in (0.28, 0.7, 0.78):
            canvas.blob(x, 0.82, 0.05, 0.025, canvas.luck.choice(RUBBISH))
    else:
        canvas.blob(0.45, 0.79, 0.4, 0.05, (104, 106, 112))
        canvas.box(0.62, 0.62, 0.08, 0.14, (46, 140, 82), 0.01)
        canvas.box(0.61, 0.605, 0.1, 0.022, (36, 116, 68), 0.006)
    canvas.motorbike(0.87, 0.78, 0.07, (60, 110, 180))


def flooded(canvas: Canvas, *, dry: bool) -> None:
    canvas.street("noon" if dry else "rain")
    canvas.tree(0.86, 0.66, 0.34)
    if dry:
        canvas.motorbike(0.3, 0.8, 0.09, (204, 70, 58), (60, 120, 110))
        canvas.motorbike(0.62, 0.92, 0.11, (60, 104, 180), (200, 150, 60))
        return
    canvas.reflect(0.62, (136, 130, 112), 0.58)
    canvas.motorbike(0.36, 0.72, 0.1, (204, 70, 58), (60, 120, 160))
    canvas.shape([(0.26, 0.735), (0.47, 0.735), (0.5, 0.765), (0.22, 0.765)], (146, 140, 122))
    for ring in (0.26, 0.34):
        canvas.line([(0.36 - ring / 2, 0.775), (0.36 + ring / 2, 0.775)], (190, 186, 170), 0.003)
    for _ in range(60):
        x, y = canvas.luck.random(), canvas.luck.random() * 0.9
        canvas.line([(x, y), (x - 0.008, y + 0.04)], (206, 214, 220), 0.0012)


def pothole(canvas: Canvas, *, filled: bool) -> None:
    canvas.street(_day(canvas))
    if filled:
        canvas.blob(0.5, 0.85, 0.4, 0.11, (58, 60, 66))
    else:
        canvas.blob(0.5, 0.85, 0.42, 0.13, (72, 70, 70))
        canvas.blob(0.5, 0.857, 0.36, 0.1, (52, 48, 46))
        canvas.blob(0.52, 0.868, 0.26, 0.06, (126, 132, 134))
        canvas.line([(0.44, 0.866), (0.56, 0.862)], (190, 200, 206), 0.003)
        for _ in range(26):
            x = 0.5 + (canvas.luck.random() - 0.5) * 0.5
            y = 0.85 + (canvas.luck.random() - 0.5) * 0.16
            canvas.blob(x, y, 0.014, 0.01, (126, 122, 116))
        for crack in (((0.3, 0.83), (0.22, 0.81), (0.15, 0.83)), ((0.7, 0.87), (0.78, 0.9), (0.86, 0.89))):
            canvas.line(crack, (60, 60, 64), 0.003)
    canvas.motorbike(0.82, 0.77, 0.075, (60, 110, 180), (190, 80, 70))


def tree_down(canvas: Canvas, *, cleared: bool) -> None:
    canvas.street("rain" if not cleared else "noon")
    if cleared:
        canvas.blob(0.2, 0.7, 0.07, 0.02, (150, 112, 74))
        canvas.blob(0.2, 0.698, 0.05, 0.013, (196, 158, 112))
        canvas.motorbike(0.55, 0.82, 0.1, (204, 70, 58), (70, 100, 160))
        return
    canvas.shape([(0.1, 0.72), (0.12, 0.69), (0.66, 0.8), (0.64, 0.835)], (112, 82, 58))
    canvas.heap(0.1, 0.73, 0.16, 0.09, EARTH, 24)
    for _ in range(70):
        shade = canvas.luck.randint(-22, 24)
        x, y = 0.5 + canvas.luck.random() * 0.44, 0.68 + canvas.luck.random() * 0.2
        canvas.blob(x, y, 0.1, 0.08, (58 + shade, 124 + shade, 66 + shade))
    for _ in range(9):
        x, y = 0.5 + canvas.luck.random() * 0.4, 0.7 + canvas.luck.random() * 0.16
        canvas.line([(x, y), (x + 0.08, y + (canvas.luck.random() - 0.5) * 0.1)], (96, 70, 50), 0.004)


def manhole(canvas: Canvas, *, covered: bool) -> None:
    canvas.street(_day(canvas))
    canvas.blob(0.48, 0.84, 0.27, 0.115, (126, 124, 120))
    if covered:
        canvas.blob(0.48, 0.838, 0.23, 0.09, (84, 88, 94))
        for step in range(-3, 4):
            canvas.line([(0.48 + step * 0.028, 0.806), (0.48 + step * 0.028, 0.87)], (112, 116, 122), 0.004)
        canvas.motorbike(0.82, 0.82, 0.09, (60, 150, 110), (190, 80, 70))
        return
    canvas.blob(0.48, 0.84, 0.22, 0.086, (14, 14, 18))
    canvas.blob(0.48, 0.855, 0.16, 0.05, (36, 44, 46))
    canvas.line([(0.33, 0.86), (0.3, 0.62)], (112, 82, 58), 0.007)
    canvas.heap(0.3, 0.63, 0.12, 0.1, ((66, 134, 74), (80, 150, 84), (54, 116, 64)), 22)
    canvas.cone(0.68, 0.86, 0.05)


def pavement(canvas: Canvas, *, clear: bool) -> None:
    canvas.street(_day(canvas))
    canvas.tree(0.04, 0.68, 0.3)
    if clear:
        for x, shirt in ((0.34, (204, 84, 70)), (0.52, (70, 110, 170))):
            canvas.box(x, 0.535, 0.03, 0.1, shirt, 0.012)
            canvas.box(x + 0.003, 0.63, 0.024, 0.06, (60, 62, 76))
            canvas.blob(x + 0.015, 0.515, 0.03, 0.042, (214, 168, 132))
        return
    for place in range(6):
        x = 0.16 + place * 0.125
        canvas.motorbike(x, 0.69, 0.062, ((204, 70, 58), (60, 110, 180), (230, 232, 236))[place % 3])
    canvas.box(0.62, 0.5, 0.3, 0.02, (226, 150, 48))
    for x in (0.64, 0.9):
        canvas.line([(x, 0.51), (x, 0.69)], (120, 120, 122), 0.006)
    for x in (0.68, 0.76, 0.84):
        canvas.box(x, 0.625, 0.055, 0.05, (52, 120, 190), 0.004)
        canvas.heap(x + 0.027, 0.62, 0.05, 0.035, ((236, 160, 50), (196, 60, 60), (90, 160, 80)), 12)


def pipe(canvas: Canvas, *, fixed: bool) -> None:
    canvas.street(_day(canvas))
    canvas.shape([(0.2, 0.8), (0.78, 0.78), (0.84, 0.9), (0.14, 0.92)], (150, 118, 84))
    canvas.shape([(0.26, 0.82), (0.74, 0.805), (0.78, 0.87), (0.22, 0.885)], (110, 84, 60))
    canvas.line([(0.22, 0.855), (0.78, 0.84)], (52, 116, 186), 0.022)
    if fixed:
        canvas.box(0.45, 0.825, 0.09, 0.045, (70, 76, 84), 0.006)
        canvas.heap(0.16, 0.9, 0.18, 0.1, EARTH, 26)
        canvas.cone(0.88, 0.9, 0.045)
        return
    for _ in range(46):
        x = 0.5 + (canvas.luck.random() - 0.5) * 0.3
        y = 0.84 - canvas.luck.random() * 0.34 * (1 - abs(x - 0.5) * 4)
        canvas.line([(0.5, 0.84), ((x + 0.5) / 2, (y + 0.8) / 2 - 0.05), (x, y)], (190, 222, 240), 0.003)
    canvas.blob(0.5, 0.95, 0.9, 0.1, (140, 166, 178))


def wire(canvas: Canvas, *, fixed: bool) -> None:
    canvas.street(_day(canvas) if fixed else "rain")
    one = canvas.pole(0.16, 0.72, 0.58)
    other = canvas.pole(0.84, 0.7, 0.55, lean=0.0 if fixed else 0.07)
    for x, y in (one, other):
        canvas.box(x - 0.05, y + 0.03, 0.1, 0.012, (110, 96, 80))
    for drop in (0.035, 0.055):
        start, end = (one[0] - 0.03, one[1] + drop), (other[0] - 0.03, other[1] + drop)
        middle = ((start[0] + end[0]) / 2, max(start[1], end[1]) + 0.06)
        canvas.line([start, middle, end], (40, 42, 48), 0.003)
    if fixed:
        canvas.line(
            [(one[0] + 0.03, one[1] + 0.04), (0.5, 0.3), (other[0] + 0.03, other[1] + 0.04)],
            (40, 42, 48),
            0.003,
        )
        return
    canvas.line(
        [(one[0] + 0.03, one[1] + 0.04), (0.26, 0.4), (0.36, 0.62), (0.46, 0.8), (0.6, 0.83)],
        (34, 36, 42),
        0.005,
    )
    canvas.glow(0.6, 0.83, 0.045, (255, 236, 150), 0.9)
    for dx, dy in ((0.03, -0.05), (-0.03, -0.04), (0.045, 0.005), (0.005, -0.07)):
        canvas.line([(0.6, 0.83), (0.6 + dx, 0.83 + dy)], (255, 214, 80), 0.004)
    canvas.cone(0.76, 0.9, 0.05)


def rubble(canvas: Canvas) -> None:
    canvas.street(_day(canvas))
    canvas.box(0.05, 0.2, 0.3, 0.4, (176, 110, 82))
    for row in range(12):
        canvas.box(0.05, 0.2 + row * 0.034, 0.3, 0.003, (206, 160, 136))
    for x in (0.05, 0.2, 0.35):
        canvas.line([(x, 0.14), (x, 0.62)], (196, 160, 80), 0.006)
    canvas.line([(0.05, 0.34), (0.35, 0.34)], (196, 160, 80), 0.006)
    canvas.heap(0.46, 0.8, 0.4, 0.16, EARTH, 80)
    canvas.heap(0.74, 0.83, 0.24, 0.09, ((140, 140, 142), (166, 166, 166), (112, 114, 118)), 40)
    canvas.motorbike(0.9, 0.93, 0.09, (60, 110, 180), (190, 80, 70))


def dog(canvas: Canvas) -> None:
    canvas.street(_day(canvas))
    canvas.shape([(0, 0.62), (1, 0.6), (1, 1), (0, 1)], (118, 168, 92))
    canvas.shape([(0.3, 1), (0.44, 0.62), (0.54, 0.62), (0.8, 1)], (206, 190, 160))
    canvas.tree(0.14, 0.7, 0.36)
    canvas.tree(0.86, 0.68, 0.32)
    for x, y, size, coat in (
        (0.42, 0.78, 0.17, (176, 122, 70)),
        (0.68, 0.86, 0.2, (62, 54, 50)),
        (0.24, 0.9, 0.16, (226, 214, 196)),
    ):
        for leg in (-0.3, -0.18, 0.2, 0.32):
            canvas.line([(x + leg * size, y), (x + leg * size, y + 0.42 * size)], coat, 0.08 * size)
        canvas.blob(x, y - 0.06 * size, size * 0.9, size * 0.5, coat)
        canvas.blob(x + 0.46 * size, y - 0.34 * size, size * 0.36, size * 0.4, coat)
        canvas.blob(x + 0.62 * size, y - 0.28 * size, size * 0.2, size * 0.18, coat)
        canvas.shape(
            [
                (x + 0.34 * size, y - 0.46 * size),
                (x + 0.38 * size, y - 0.72 * size),
                (x + 0.48 * size, y - 0.5 * size),
            ],
            coat,
        )
        canvas.line(
            [(x - 0.42 * size, y - 0.14 * size), (x - 0.62 * size, y - 0.46 * size)], coat, 0.07 * size
        )
        canvas.blob(x + 0.49 * size, y - 0.38 * size, 0.04 * size, 0.06 * size, (20, 20, 22))


def bench(canvas: Canvas) -> None:
    canvas.street(_day(canvas))
    canvas.shape([(0, 0.62), (1, 0.6), (1, 1), (0, 1)], (122, 170, 96))
    canvas.shape([(0, 0.84), (1, 0.8), (1, 0.93), (0, 0.97)], (200, 188, 164))
    canvas.tree(0.12, 0.72, 0.42)
    canvas.tree(0.9, 0.7, 0.36)
    canvas.shape([(0.3, 0.68), (0.74, 0.78), (0.73, 0.81), (0.29, 0.71)], (196, 194, 188))
    canvas.shape([(0.32, 0.57), (0.75, 0.66), (0.745, 0.73), (0.315, 0.64)], (210, 208, 202))
    canvas.box(0.33, 0.7, 0.05, 0.13, (170, 168, 162))
    canvas.box(0.66, 0.86, 0.13, 0.035, (170, 168, 162))
    canvas.line([(0.5, 0.61), (0.53, 0.645), (0.51, 0.69)], (110, 108, 104), 0.004)


def billboard(canvas: Canvas) -> None:
    canvas.street(_day(canvas))
    canvas.pole(0.5, 0.74, 0.6)
    for x, y, w, h, colour in (
        (0.36, 0.2, 0.28, 0.16, (226, 62, 60)),
        (0.42, 0.38, 0.16, 0.1, (250, 206, 70)),
        (0.455, 0.5, 0.09, 0.07, (250, 250, 250)),
        (0.45, 0.59, 0.1, 0.06, (90, 190, 120)),
        (0.1, 0.46, 0.09, 0.07, (250, 250, 250)),
        (0.2, 0.5, 0.07, 0.06, (250, 206, 70)),
        (0.74, 0.47, 0.08, 0.06, (250, 250, 250)),
        (0.83, 0.45, 0.08, 0.09, (226, 62, 60)),
    ):
        canvas.box(x, y, w, h, colour, 0.003)
        for row in range(3):
            canvas.box(
                x + w * 0.12, y + h * (0.2 + 0.26 * row), w * (0.76 - 0.2 * (row % 2)), h * 0.1, (60, 60, 70)
            )
    canvas.motorbike(0.78, 0.83, 0.09, (60, 110, 180), (190, 80, 70))


def canal(canvas: Canvas, *, clean: bool) -> None:
    canvas.street(_day(canvas), canal=True)
    canvas.shape([(0, HORIZON + 0.05), (1, HORIZON + 0.05), (1, 0.66), (0, 0.66)], (150, 142, 130))
    for post in range(18):
        canvas.box(post / 17 - 0.01, 0.56, 0.008, 0.06, (206, 206, 204))
    canvas.box(0, 0.565, 1, 0.01, (214, 214, 212))
    canvas.reflect(0.66, (96, 140, 140) if clean else (46, 48, 42), 0.5 if clean else 0.76)
    if clean:
        canvas.shape([(0.36, 0.8), (0.7, 0.78), (0.64, 0.85), (0.42, 0.86)], (122, 84, 54))
        canvas.box(0.46, 0.735, 0.03, 0.06, (60, 110, 160), 0.008)
        canvas.shape([(0.445, 0.735), (0.475, 0.7), (0.505, 0.735)], (226, 204, 150))
        return
    for _ in range(46):
        x, y = canvas.luck.random(), 0.7 + 0.28 * canvas.luck.random()
        canvas.blob(x, y, 0.03 + 0.03 * canvas.luck.random(), 0.018, canvas.luck.choice(RUBBISH))
    for _ in range(30):
        x, y = canvas.luck.random(), 0.68 + 0.1 * canvas.luck.random()
        canvas.blob(x, y, 0.05, 0.02, (74, 118, 58))
    for x, y in ((0.3, 0.86), (0.62, 0.91)):
        canvas.blob(x, y, 0.07, 0.024, (206, 208, 206))
        canvas.shape([(x - 0.03, y), (x - 0.055, y - 0.016), (x - 0.055, y + 0.016)], (206, 208, 206))


def traffic_light(canvas: Canvas) -> None:
    canvas.street(_day(canvas))
    canvas.line([(0.3, 0.74), (0.3, 0.2), (0.52, 0.17)], (86, 92, 98), 0.014)
    canvas.box(0.47, 0.13, 0.085, 0.25, (38, 42, 46), 0.012)
    for row in range(3):
        canvas.blob(0.5125, 0.175 + row * 0.08, 0.05, 0.062, (64, 66, 70))
    for x, y, size, colour, rider in (
        (0.2, 0.83, 0.085, (204, 70, 58), (70, 100, 160)),
        (0.42, 0.8, 0.08, (60, 110, 180), (196, 120, 60)),
        (0.56, 0.9, 0.105, (230, 232, 236), (90, 140, 90)),
        (0.76, 0.82, 0.09, (46, 140, 100), (190, 80, 90)),
        (0.9, 0.93, 0.11, (204, 150, 58), (80, 80, 120)),
    ):
        canvas.motorbike(x, y, size, colour, rider)


SCENES: Mapping[str, Callable[[Canvas], None]] = {
    "lamp-dark": partial(lamp, lit=False),
    "lamp-lit": partial(lamp, lit=True),
    "rubbish-pile": partial(rubbish, there=True),
    "rubbish-cleared": partial(rubbish, there=False),
    "flooded-street": partial(flooded, dry=False),
    "street-dry": partial(flooded, dry=True),
    "pothole": partial(pothole, filled=False),
    "pothole-filled": partial(pothole, filled=True),
    "fallen-tree": partial(tree_down, cleared=False),
    "tree-cleared": partial(tree_down, cleared=True),
    "open-manhole": partial(manhole, covered=False),
    "manhole-covered": partial(manhole, covered=True),
    "pavement-blocked": partial(pavement, clear=False),
    "pavement-clear": partial(pavement, clear=True),
    "leaking-pipe": partial(pipe, fixed=False),
    "pipe-fixed": partial(pipe, fixed=True),
    "wire-down": partial(wire, fixed=False),
    "wire-fixed": partial(wire, fixed=True),
    "rubble": rubble,
    "stray-dog": dog,
    "broken-bench": bench,
    "billboard": billboard,
    "dirty-canal": partial(canal, clean=False),
    "canal-clean": partial(canal, clean=True),
    "traffic-light-out": traffic_light,
}
