"""Ticket events as signed calls, over real sockets: what is told, what answers mean, never inside."""

import base64
import json
from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiohttp import web

from bot.app import App
from bot.config import ConfigError, parse
from bot.platforms.calls import Calls
from bot.platforms.media import Outside
from bot.signatures import Signer
from bot.targets.webhook import WebhookTarget, written
from handlers.ports import Ambiguous, DeliveryError, Dispatched, JsonObject, NotSent, PlatformDown, Refused
from tests.serving import serving

SECRET = "whsec_" + base64.b64encode(b"a secret of thirty-two bytes!!!!").decode()
PAYLOAD: JsonObject = {
    "type": "ticket.resolve",
    "timestamp": "2026-11-16T08:05:00+00:00",
    "data": {"event": {"id": 7}, "ticket": {"code": "PA1001", "status": "resolved"}},
}
TOLD = Dispatched(
    key="webhook:ioc:e7", payload=PAYLOAD, ticket_id=1, code="PA1001", category="lighting", words="đèn hư",
    place="", latitude=None, longitude=None, due_at=None, department=None, link="https://chat/1",
    photos=("ab", "cd"), attempt=1, reference=None,
)  # fmt: skip


@dataclass
class Receiver:
    """A system of the city's."""

    port: int = 0
    calls: list[tuple[str, JsonObject]] = field(default_factory=list)
    answers: deque[web.Response] = field(default_factory=deque)

    async def receive(self, request: web.Request) -> web.Response:
        body = await request.read()
        name = Signer(SECRET).check(body, request.headers)
        self.calls.append((name, json.loads(body)))
        return self.answers.popleft() if self.answers else web.Response(status=204)


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    made = Receiver()
    application = web.Application()
    application.add_routes([web.post("/congich", made.receive)])
    async with serving(application) as port:
        made.port = port
        yield made


def test_only_who_may_know_is_told_of_cameras() -> None:
    told = replace(TOLD, cameras=("C12", "C13"))
    assert written(told, cameras=True)["data"]["ticket"]["cameras"] == ["C12", "C13"]
    assert "cameras" not in written(told)["data"]["ticket"]


@pytest.mark.parametrize("centre", [False, True])
async def test_only_the_centre_is_told_numbers(receiver: Receiver, *, centre: bool) -> None:
    place, ticket = {"text": "số 5, gọi 0912345678", "street": "le loi"}, PAYLOAD["data"]["ticket"]
    event = {"id": 7, "note": "hỏi chú Ba 0987/654/321"}
    data = {"event": event, "ticket": ticket | {"place": place, "pause_reason": "chờ 0909 123 456"}}
    told = replace(TOLD, words="đèn hư, lan@x.vn", payload=PAYLOAD | {"data": data})
    ioc = target(receiver.port, centre=centre)
    await ioc.deliver(told)
    await ioc.close()
    ((_, said),) = receiver.calls
    found = said["data"]["ticket"]
    words = [said["data"]["event"]["note"], found["place"]["text"], found["pause_reason"], found["summary"]]
    if centre:
        assert words == [event["note"], place["text"], "chờ 0909 123 456", "đèn hư, lan@x.vn"]
    else:
        assert words == ["hỏi chú Ba […]", "số 5, gọi […]", "chờ […]", "đèn hư, […]"]


def target(
    port: int, *, host: str = "127.0.0.1", trusted: bool = True, centre: bool = False
) -> WebhookTarget:
    calls = Calls(Outside(frozenset({host} if trusted else ())))
    url = f"http://{host}:{port}/congich"
    return WebhookTarget("ioc", url, Signer(SECRET), lambda: datetime.now(UTC), calls, centre=centre)


async def test_it_is_signed_named_alike_at_each_attempt_and_has_the_words_of_now(receiver: Receiver) -> None:
    ioc = target(receiver.port)
    assert await ioc.deliver(TOLD) is None
    assert await ioc.deliver(TOLD) is None
    await ioc.close()
    assert receiver.calls == [("webhook:ioc:e7", written(TOLD))] * 2
    ticket = receiver.calls[0][1]["data"]["ticket"]
    assert (ticket["status"], ticket["summary"], ticket["photos"]) == ("resolved", "đèn hư", 2)
    assert "summary" not in PAYLOAD["data"]["ticket"]


@pytest.mark.parametrize(
    ("status", "error"),
    [(400, Refused), (410, Refused), (422, Refused), (401, PlatformDown), (403, PlatformDown),
     (404, NotSent), (408, NotSent), (429, NotSent), (302, NotSent), (500, Ambiguous), (503, NotSent)],
)  # fmt: skip
async def test_what_each_answer_means(receiver: Receiver, status: int, error: type[DeliveryError]) -> None:
    receiver.answers.append(web.Response(status=status, headers={"Retry-After": "9", "Location": "/x"}))
    ioc = target(receiver.port)
    with pytest.raises(error) as raised:
        await ioc.deliver(TOLD)
    await ioc.close()
    if isinstance(raised.value, NotSent):
        assert raised.value.retry_after == timedelta(seconds=9)
    assert len(receiver.calls) == 1  # no redirect is followed


async def test_a_name_that_leads_inside_is_never_called(receiver: Receiver) -> None:
    ioc = target(receiver.port, host="localhost", trusted=False)
    with pytest.raises(Refused, match="lies inside"):
        await ioc.deliver(TOLD)
    await ioc.close()
    assert receiver.calls == []


@pytest.mark.parametrize(
    ("webhook", "told"),
    [
        ({"url": "http://ioc.example/x"}, "must be called by https"),
        ({"url": "https://10.0.0.7/x"}, "lies inside"),
        ({"url": "https://ioc.example/x", "secret": "whsec_c2hvcnQ="}, "at least 24 bytes"),
        ({"url": "https://ioc.example/x", "secret": ""}, "CONGICH_WEBHOOK_IOC_SECRET is not set"),
    ],
)
def test_a_wrong_setting_is_one_sentence(tmp_path: Path, webhook: JsonObject, told: str) -> None:
    settings = {name: value for name, value in webhook.items() if name != "secret"}
    secret = webhook.get("secret", SECRET)
    environ = {"CONGICH_WEBHOOK_IOC_SECRET": secret} if secret else {}
    with pytest.raises(ConfigError, match=told):
        App(parse({"data_dir": str(tmp_path), "webhooks": [{"name": "ioc", **settings}]}), environ)
