"""The sample's photos, drawn: a street of the Mekong delta with one thing wrong, or put right.

Each scene is drawn at twice its size and made smaller, so that edges are smooth. The same scene and
variant are the same bytes every time; variants change the hour, the houses, and the side.
"""

import io
import random

from rapidfuzz import process

from bot.demo import scenes
from bot.demo.canvas import Canvas

WIDTH, HEIGHT = 960, 720
QUALITY = 84


def draw(scene: str, variant: int = 0) -> bytes:
    """A JPEG of 960 x 720 pixels. Raises ValueError for an unknown scene, naming the nearest."""
    paint = scenes.SCENES.get(scene)
    if paint is None:
        nearest = process.extractOne(scene, list(scenes.SCENES))
        raise ValueError(f"no scene {scene!r}; the nearest is {nearest[0]!r}")
    chance = random.Random(f"{scene}:{variant}")  # the same picture every time # nosec B311
    canvas = Canvas(WIDTH, HEIGHT, chance, variant)
    paint(canvas)
    picture = canvas.finished()
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=QUALITY)
    return out.getvalue()
