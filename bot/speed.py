"""How long understanding takes: one message in one thread, and loading the model."""

import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from statistics import median, quantiles
from time import perf_counter

ROUNDS = 5
_LOAD = """
import time
import handlers.understanding.classifier, openlocationcode
def pages():
    return int(open("/proc/self/statm").read().split()[1])
before, begun = pages(), time.perf_counter()
kept = handlers.understanding.classifier.Classifier.bundled()
print(time.perf_counter() - begun, (pages() - before) * 4096)
"""


def lines(understand: Callable[[str], object], texts: Sequence[str]) -> Iterator[str]:
    """What `congich eval` says of speed; the longest step of a noisy machine counts little in a median."""
    for text in texts:
        understand(text)
    spent = [_spent(understand, text) for _ in range(ROUNDS) for text in texts]
    usual, late = median(spent), quantiles(spent, n=100)[98]
    letters = median(len(text) for text in texts)
    yield f"time: median {usual:.0f} µs a message of {letters:.0f} letters, 99 in 100 within {late:.0f} µs"
    seconds, size = map(float, _loaded().split())
    yield f"loading model, tables and gazetteer: {seconds * 1000:.0f} ms, {size / 2**20:.0f} MB"


def _spent(understand: Callable[[str], object], text: str) -> float:
    begun = perf_counter()
    understand(text)
    return (perf_counter() - begun) * 1e6


def _loaded() -> str:
    """Seconds and bytes, in a process of its own, as a bot begins; Linux only."""
    command = [sys.executable, "-c", _LOAD]
    done = subprocess.run(command, capture_output=True, text=True, check=True)  # our own words # nosec B603
    return done.stdout
