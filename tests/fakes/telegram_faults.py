"""What goes wrong with calls of the fake Telegram server, by script or by chance, and the log of it."""

import time
from collections import defaultdict, deque
from dataclasses import dataclass
from enum import StrEnum
from random import Random
from typing import Any

from aiohttp import web

RETRY_AFTER = 1  # seconds, as a 429 says
ON_ITS_WAY = 0.3  # seconds that a call may have been under way


class Fault(StrEnum):
    """What goes wrong with one call."""

    TOO_MANY = "too_many"  # 429, retry after a second; nothing done
    SERVER_ERROR = "server_error"  # 500 in Telegram's own JSON; nothing done
    BAD_GATEWAY = "bad_gateway"  # 502 in HTML; nothing done, but who knows
    CLOSED = "closed"  # the connection is closed before anything is done
    DROPPED = "dropped"  # done, and the answer is lost
    SLOW = "slow"  # done, after a while


FAILING = tuple(one for one in Fault if one is not Fault.SLOW)  # the caller hears of an error
# After these nobody who called can know whether it was done.
UNKNOWABLE = frozenset({Fault.BAD_GATEWAY, Fault.CLOSED, Fault.DROPPED})


@dataclass
class Call:
    """One call of a method, and what became of it."""

    method: str
    args: dict[str, Any]
    at: float
    performed: bool = False
    status: int = 0


class Refusal(Exception):
    """An answer of the server's that is not ok."""

    def __init__(self, code: int, description: str, **parameters: int) -> None:
        super().__init__(description)
        self.code = code
        self.body: dict[str, Any] = {"ok": False, "error_code": code, "description": description}
        if parameters:
            self.body["parameters"] = parameters


class Faults:
    """Decides about each call; `rate` of them go wrong by chance, as `luck` has it."""

    def __init__(self) -> None:
        self.rate, self.luck = 0.0, Random(0)
        self.too_early: list[Call] = []  # made while "retry after" still ran
        self.happened: list[tuple[str, Fault]] = []  # what went wrong, by method
        self._windows: dict[str, float] = {}  # when a chat was last said to be asked again in a second
        self._scripted: dict[str, deque[Fault]] = defaultdict(deque)

    def script(self, method: str, *faults: Fault) -> None:
        """The next calls of a method go wrong, one after the other."""
        self._scripted[method].extend(faults)

    def of(self, call: Call) -> Fault | None:
        """What goes wrong with a call that has come; whether it comes too early is noted."""
        self._mind_the_window(call)
        fault = self._drawn(call.method)
        if fault is Fault.TOO_MANY and "chat_id" in call.args:
            self._windows[str(call.args["chat_id"])] = time.time()
        return fault

    def _mind_the_window(self, call: Call) -> None:
        """Whether a call comes too early; one that was on its way already could not know."""
        since = call.at - self._windows.get(str(call.args.get("chat_id")), 0)
        if ON_ITS_WAY < since < RETRY_AFTER:
            self.too_early.append(call)

    def _drawn(self, method: str) -> Fault | None:
        """By script, else by chance."""
        if self._scripted[method]:
            fault = self._scripted[method].popleft()
        elif self.luck.random() < self.rate:
            fault = self.luck.choice(list(Fault))
        else:
            return None
        self.happened.append((method, fault))
        return fault


def before(fault: Fault | None, request: web.Request) -> web.StreamResponse | None:
    """The answer of a fault that keeps the call from being done."""
    match fault:
        case Fault.TOO_MANY:
            raise Refusal(429, f"Too Many Requests: retry after {RETRY_AFTER}", retry_after=RETRY_AFTER)
        case Fault.SERVER_ERROR:
            raise Refusal(500, "Internal Server Error")
        case Fault.BAD_GATEWAY:
            return web.Response(status=502, text="<html>Bad Gateway</html>", content_type="text/html")
        case Fault.CLOSED:
            return close(request)
        case _:
            return None


def close(request: web.Request) -> web.StreamResponse:
    assert request.transport is not None
    request.transport.abort()
    return web.Response(status=500)
