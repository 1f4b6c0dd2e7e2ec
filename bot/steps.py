"""The named steps of a message's way, and how a test ends the process at one of them.

received -> stored -> confirmed                    (each platform's receiver)
handled -> committed                               (the worker)
taken -> delivered -> settled                      (the sender)
fetched -> pictured -> recorded                    (the fetcher)
dispatching -> dispatched -> dispatch_settled      (the dispatcher)
renewing -> renewed -> kept                        (the tokens of an Official Account)
"""

import os
import signal
from collections.abc import Callable, Mapping

KILL_AT = "CONGICH_KILL_AT"

Step = Callable[[str], None]


def nothing(_: str) -> None:
    """No step is of interest."""


def from_environment(environ: Mapping[str, str]) -> Step:
    """Where CONGICH_KILL_AT is `step:n`, end this process with SIGKILL at the n-th such step."""
    wanted = environ.get(KILL_AT, "")
    if not wanted:
        return nothing
    name, _, count = wanted.partition(":")
    left = {name: int(count or 1)}

    def step(reached: str) -> None:
        if reached in left:
            left[reached] -= 1
            if left[reached] == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    return step
