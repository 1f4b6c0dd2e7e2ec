"""Chance that is the same every time."""

from random import Random


def luck(seed: int) -> Random:
    return Random(seed)
