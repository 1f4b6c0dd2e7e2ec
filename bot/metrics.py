"""Figures for Prometheus: what the process did since it began, and what waits in the tables now.

What was done is counted by the steps of a message's way and by the actions of the log, so that nothing has to
be counted twice; what waits is asked of the tables when somebody looks.

| name | labels | says |
| congich_steps_total | step | how often each step of `bot/steps.py` was taken |
| congich_log_lines_total | action, level | how often each thing was logged |
| congich_waiting | queue | events, photos, posts, calls, questions that wait |
| congich_oldest_seconds | queue | how long the oldest of them has waited |
| congich_stuck | target | posts and calls given up or perhaps arrived, events given up; 0 of what is on |
| congich_tickets | status | tickets, and `overdue` of the open ones |
| congich_ready | | 1 while the process is ready |

An edit, a reaction or an answer to a press that was given up is not counted: nobody misses it.
While the database is away or says nothing only the counters are told, and `congich_ready` as 0.
"""

import asyncio
import hmac
from collections.abc import Callable, Collection, Iterator
from datetime import datetime, timedelta

import structlog
from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, generate_latest
from sqlalchemy.exc import SQLAlchemyError

from bot.secrets import Secret
from bot.setting_types import LOOPBACK
from bot.steps import Step
from bot.web.guard import known_host
from handlers.ports import Clock
from storage import dispatches, health, inbox, outbox, tickets
from storage.database import Database
from storage.dispatches import GIVEN_UP, StateCount

PATH = "/metrics"
PATIENCE = timedelta(seconds=5)  # with the tables; Prometheus has ten with us
_FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Real-IP")
log = structlog.get_logger(__name__)
_TYPE = {"Content-Type": CONTENT_TYPE_LATEST, "Cache-Control": "no-store"}


class Metrics:
    """What one process has done; made once, handed to whatever does something."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._steps = Counter("congich_steps", "Steps taken.", ["step"], registry=self.registry)
        self._lines = Counter("congich_log_lines", "Log lines.", ["action", "level"], registry=self.registry)

    def counting(self, step: Step) -> Step:
        """A step that is counted before it is taken."""

        def counted(name: str) -> None:
            self._steps.labels(name).inc()
            step(name)

        return counted

    def said(self, action: str, level: str) -> None:
        """A line was logged."""
        self._lines.labels(action, level).inc()


class MetricsPage:
    """/metrics: for whoever shows the token, or, where there is none, for this machine alone."""

    def __init__(
        self,
        metrics: Metrics,
        database: Database,
        clock: Clock,
        is_ready: Callable[[], bool],
        token: Secret | None,
        told: Collection[str] = (),
        patience: timedelta = PATIENCE,
    ) -> None:
        """`told`: the platforms and receivers that are on, so that an alarm on what is stuck there has a 0 to
        begin from."""
        self._metrics = metrics
        self._database = database
        self._clock = clock
        self._is_ready = is_ready
        self._token = token
        self._told = told
        self._patience = patience

    def route(self) -> web.RouteDef:
        return web.get(PATH, self.serve)

    async def serve(self, request: web.Request) -> web.Response:
        """Everything, as Prometheus reads it."""
        if not self._may_look(request):
            raise web.HTTPNotFound(text="not found")
        done = generate_latest(self._metrics.registry)
        try:
            async with asyncio.timeout(self._patience.total_seconds()):
                now = await self._waiting()
        except (SQLAlchemyError, OSError) as error:
            log.warning("the tables can't be asked", action="metrics.no_database", error=type(error).__name__)
            now = _readiness(is_ready=False)
        return web.Response(body=done + generate_latest(now), headers=_TYPE)

    def _may_look(self, request: web.Request) -> bool:
        if self._token is not None:
            shown = request.headers.get("Authorization", "").removeprefix("Bearer ")
            given = shown.encode("utf-8", "surrogateescape")  # a header need not be text
            return hmac.compare_digest(given, self._token.reveal().encode())
        # A proxy on this machine speaks for others: it says for whom, or which host they asked for.
        is_passed_on = any(name in request.headers for name in _FORWARDED)
        return request.remote in LOOPBACK and known_host(request.host, LOOPBACK) and not is_passed_on

    async def _waiting(self) -> CollectorRegistry:
        registry, now = _readiness(is_ready=self._is_ready()), self._clock()
        waiting = Gauge("congich_waiting", "What waits.", ["queue"], registry=registry)
        oldest = Gauge("congich_oldest_seconds", "How long the oldest waits.", ["queue"], registry=registry)
        stuck = Gauge("congich_stuck", "Given up, or perhaps arrived.", ["target"], registry=registry)
        counted = Gauge("congich_tickets", "Tickets.", ["status"], registry=registry)
        async with self._database.read() as session:
            for queue in await health.queues(session):
                waiting.labels(queue.name).set(queue.waiting)
                oldest.labels(queue.name).set(_seconds(queue.oldest, now))
            for target in self._told:
                stuck.labels(target)
            stuck.labels(inbox.NAME).set(await inbox.given_up(session))
            for target, number in _stuck(
                [*await outbox.standing(session, now), *await dispatches.standing(session, now)]
            ):
                stuck.labels(target).inc(number)
            for status, number in (await tickets.totals(session, now)).items():
                counted.labels(status).set(number)
        return registry


def _readiness(*, is_ready: bool) -> CollectorRegistry:
    registry = CollectorRegistry()
    Gauge("congich_ready", "Whether it is ready.", registry=registry).set(is_ready)
    return registry


def _stuck(standing: list[StateCount]) -> Iterator[tuple[str, int]]:
    for one in standing:
        yield one.target, one.number if one.state in GIVEN_UP else 0


def _seconds(since: datetime | None, now: datetime) -> float:
    return max((now - since).total_seconds(), 0.0) if since else 0.0
