"""Every answer of a server, as one of four words; and the token in none of them."""

import asyncio
import io
import json
import logging
import warnings
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import NamedTuple

import httpx
import pytest
import structlog
from aiohttp import web
from telegram.error import NetworkError, TimedOut

from bot import logs
from bot.platforms import telegram_errors
from bot.platforms.telegram import Telegram
from handlers.ports import (
    Ambiguous,
    DeliveryError,
    FetchError,
    Incoming,
    NotSent,
    Outgoing,
    PlatformDown,
    Receipt,
    Refused,
)
from handlers.posts import Edit, Post, React, Toast
from tests.bot.platforms.contract import Heard
from tests.serving import serving

TOKEN = "123456:TEST-token-of-the-raw-server"
POST = Outgoing("a", "-1", Post("chào"))


class Answer(NamedTuple):
    status: int
    body: str


def page(status: int) -> Answer:
    """What a proxy answers for a server that it can't reach: it shows the address."""
    return Answer(status, "<html>{path} failed</html>")


def refusal(status: int, description: str, **parameters: int) -> Answer:
    """Telegram's own no."""
    body = {"ok": False, "error_code": status, "description": description}
    return Answer(status, json.dumps(body | ({"parameters": parameters} if parameters else {})))


def result(value: object) -> Answer:
    return Answer(200, json.dumps({"ok": True, "result": value}))


def name(value: object) -> str | None:
    return f"{value.status} {value.body[:40]}" if isinstance(value, Answer) else None


class Server:
    """Answers a method, or "file", with whatever it is told."""

    def __init__(self) -> None:
        self.answers: dict[str, Answer] = defaultdict(lambda: result(True))
        self.answers["getMe"] = result({"id": 123456, "is_bot": True, "first_name": "Công ích"})
        self.root = ""

    async def handle(self, request: web.Request) -> web.Response:
        path = request.path
        status, body = self.answers["file" if path.startswith("/file") else path.rsplit("/", 1)[1]]
        return web.Response(status=status, text=body.replace("{path}", path), headers={"Location": "/bot"})


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    made = Server()
    application = web.Application()
    application.router.add_route("*", "/{path:.*}", made.handle)
    async with serving(application) as port:
        made.root = f"http://127.0.0.1:{port}"
        yield made


@pytest.fixture
async def platform(server: Server) -> AsyncIterator[Telegram]:
    made = Telegram(TOKEN, api_root=server.root, poll_seconds=1)
    yield made
    await made.close()


@contextmanager
def logged() -> Iterator[tuple[io.StringIO, list[warnings.WarningMessage]]]:
    """The process's log as its configuration sets it up, at its most talkative, and what was warned of."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    stream = io.StringIO()
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        logs.configure("debug", as_json=True, stream=stream)
        try:
            yield stream, warned
        finally:
            root.handlers[:] = handlers
            root.setLevel(level)
            structlog.reset_defaults()


def shown(error: BaseException) -> str:
    """All that a log or a table could show of an error."""
    return f"{error!r} {error} {error.__cause__!r}"


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (refusal(500, "Internal Server Error"), NotSent),
        (refusal(429, "Too Many Requests: retry later"), NotSent),
        (refusal(429, "Too Many Requests", retry_after=10**12), NotSent),
        (refusal(429, "Too Many Requests", retry_after=10**30), Ambiguous),
        (refusal(502, "Bad Gateway"), Ambiguous),
        (refusal(504, "Gateway Timeout"), Ambiguous),
        (refusal(400, "Bad Request: chat not found"), Refused),
        (refusal(403, "Forbidden: bot was kicked"), Refused),
        (refusal(401, "Unauthorized"), NotSent),  # this once: the account itself is well
        (refusal(404, "Not Found"), Refused),
        *((page(status), Ambiguous) for status in (200, 302, 400, 401, 403, 404, 429, 500, 502, 503, 504)),
        (result(None), Ambiguous),
        (result(True), Ambiguous),
        (result({"message_id": 5}), Ambiguous),
        (Answer(200, '{"ok": true}'), Ambiguous),
        (Answer(200, "[]"), Ambiguous),
        (Answer(500, "[]"), Ambiguous),
        (Answer(200, ""), Ambiguous),
    ],
    ids=name,
)
async def test_an_answer_in_four_words(
    server: Server, platform: Telegram, answer: Answer, outcome: type[DeliveryError]
) -> None:
    server.answers["sendMessage"] = answer
    with pytest.raises(DeliveryError) as raised:
        await platform.deliver(POST)
    assert type(raised.value) is outcome
    assert (getattr(raised.value, "retry_after", None) or timedelta(0)) < timedelta(days=1)
    assert "TEST-token" not in shown(raised.value)


@pytest.mark.parametrize("status", [401, 404])
@pytest.mark.parametrize(
    ("account", "outcome"),
    [
        (refusal(401, "Unauthorized"), PlatformDown),
        (refusal(404, "Not Found"), PlatformDown),
        (page(502), NotSent),
        (refusal(429, "Too Many Requests", retry_after=9), NotSent),
    ],
    ids=name,
)
async def test_a_token_is_bad_where_the_account_is_refused_too(
    server: Server, platform: Telegram, status: int, account: Answer, outcome: type[DeliveryError]
) -> None:
    server.answers |= {"sendMessage": refusal(status, "Not Found"), "getMe": account}
    with pytest.raises(DeliveryError) as raised:
        await platform.deliver(POST)
    assert type(raised.value) is outcome
    assert "TEST-token" not in shown(raised.value)


async def test_how_long_to_wait_and_where_a_group_went(server: Server, platform: Telegram) -> None:
    server.answers["sendMessage"] = refusal(429, "Too Many Requests", retry_after=33)
    with pytest.raises(NotSent) as later:
        await platform.deliver(POST)
    assert later.value.retry_after == timedelta(seconds=33)
    server.answers["sendMessage"] = refusal(400, "Bad Request: upgraded", migrate_to_chat_id=-1005)
    with pytest.raises(Refused) as moved:
        await platform.deliver(POST)
    assert moved.value.moved_to == "-1005"


async def test_an_album_without_messages_is_no_clear_answer(server: Server, platform: Telegram) -> None:
    server.answers["sendMediaGroup"] = result([])
    with pytest.raises(Ambiguous):
        await platform.deliver(Outgoing("a", "-1", Post("x"), pictures=(b"1", b"2")))


@pytest.mark.parametrize(
    "said",
    [
        "PHOTO_INVALID_DIMENSIONS",
        "PHOTO_SAVE_FILE_INVALID",
        "IMAGE_PROCESS_FAILED",
        "wrong file identifier/HTTP URL specified",
        "wrong remote file identifier specified: wrong padding in the string",
        "group send failed",
        'failed to send message #2 with the error message "PHOTO_INVALID_DIMENSIONS"',
        "not enough rights to send photos to the chat",
        "MEDIA_INVALID",
        "file must be non-empty",
    ],
)
@pytest.mark.parametrize("method", ["sendPhoto", "sendMediaGroup"])
async def test_words_go_alone_where_their_photo_is_refused(
    server: Server, platform: Telegram, method: str, said: str
) -> None:
    server.answers[method] = refusal(400, f"Bad Request: {said}")
    server.answers["sendMessage"] = result({"message_id": 5, "date": 1, "chat": {"id": -1, "type": "group"}})
    pictures = (b"1",) if method == "sendPhoto" else (b"1", b"2")
    receipt = await platform.deliver(Outgoing("a", "-1", Post("x"), pictures=pictures))
    assert receipt == Receipt("5", has_pictures=False)


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (page(400), Ambiguous),  # it shows the method's name, and so the word "photo"
        (refusal(400, "Bad Request: chat not found"), Refused),
        (refusal(403, "Forbidden: bot was kicked"), Refused),
        (refusal(500, "Internal Server Error: photo"), NotSent),
        (refusal(429, "Too Many Requests: photo", retry_after=3), NotSent),
    ],
    ids=name,
)
async def test_nothing_is_posted_instead_of_what_may_have_arrived_or_may_later(
    server: Server, platform: Telegram, answer: Answer, outcome: type[DeliveryError]
) -> None:
    server.answers["sendPhoto"] = answer
    server.answers["sendMessage"] = result({"message_id": 5, "date": 1, "chat": {"id": -1, "type": "group"}})
    with pytest.raises(DeliveryError) as raised:
        await platform.deliver(Outgoing("a", "-1", Post("x"), pictures=(b"1",)))
    assert type(raised.value) is outcome


async def test_an_edit_that_changes_nothing_is_done(server: Server, platform: Telegram) -> None:
    server.answers["editMessageText"] = refusal(400, "Bad Request: message is not modified: the same")
    await platform.deliver(Outgoing("a", "-1", Edit("x"), message="5"))
    server.answers["editMessageText"] = refusal(400, "Bad Request: message to edit not found")
    with pytest.raises(Refused):
        await platform.deliver(Outgoing("a", "-1", Edit("x"), message="5"))


async def test_an_answer_to_an_old_press_is_refused(server: Server, platform: Telegram) -> None:
    server.answers["answerCallbackQuery"] = refusal(400, "Bad Request: query is too old")
    with pytest.raises(Refused):
        await platform.deliver(Outgoing("a", "-1", Toast("7", "x")))


@pytest.mark.parametrize("message", ["", "x", "-5", "--5", "1.5"])
async def test_what_is_no_message_id_is_refused_before_any_call(platform: Telegram, message: str) -> None:
    with pytest.raises(Refused):
        await platform.deliver(Outgoing("a", "-1", React(message, "👍")))


@pytest.mark.parametrize(
    ("cause", "outcome"),
    [
        (httpx.ConnectError("x"), NotSent),
        (httpx.ConnectTimeout("x"), NotSent),
        (httpx.PoolTimeout("x"), NotSent),
        (httpx.ReadTimeout("x"), Ambiguous),
        (httpx.WriteTimeout("x"), Ambiguous),
        (httpx.ReadError("x"), Ambiguous),
        (httpx.RemoteProtocolError("x"), Ambiguous),
    ],
)
def test_only_what_never_left_is_not_sent(cause: httpx.HTTPError, outcome: type[DeliveryError]) -> None:
    error = TimedOut() if isinstance(cause, httpx.TimeoutException) else NetworkError("x")
    error.__cause__ = cause
    assert type(telegram_errors.outcome(error)) is outcome


async def test_administrators_are_asked_in_the_same_words(server: Server, platform: Telegram) -> None:
    for answer in (page(403), result([{"status": "administrator"}])):
        server.answers["getChatAdministrators"] = answer
        with pytest.raises(Ambiguous) as raised:
            await platform.administrators("-1")
        assert "TEST-token" not in shown(raised.value)


FOUND = result({"file_id": "a", "file_unique_id": "b", "file_path": "photos/x.jpg"})


@pytest.mark.parametrize(
    ("described", "download", "permanent"),
    [
        (refusal(400, "Bad Request: file is too big"), None, True),
        (refusal(401, "Unauthorized"), None, False),
        (page(400), None, False),
        (page(404), None, False),
        (page(502), None, False),
        (result(None), None, False),
        (result({"file_id": "a", "file_unique_id": "b"}), None, False),
        (result({"file_id": "a", "file_unique_id": "b", "file_size": 101, "file_path": "x"}), None, True),
        (FOUND, page(404), True),
        (FOUND, page(302), False),
        (FOUND, page(500), False),
        (FOUND, Answer(200, "x" * 101), True),
    ],
    ids=name,
)
async def test_why_a_photo_can_not_be_had(
    server: Server, platform: Telegram, described: Answer, download: Answer | None, permanent: bool
) -> None:
    server.answers["getFile"] = described
    if download is not None:
        server.answers["file"] = download
    with pytest.raises(FetchError) as raised:
        await platform.fetch("a", 100)
    assert raised.value.permanent == permanent
    assert "TEST-token" not in shown(raised.value)


async def test_a_photo_of_just_the_limit_is_fetched(server: Server, platform: Telegram) -> None:
    server.answers |= {"getFile": FOUND, "file": Answer(200, "x" * 100)}
    assert await platform.fetch("a", 100) == b"x" * 100


@pytest.mark.parametrize(
    "answer",
    [
        page(404),
        page(502),
        result({}),
        result([{"message": {"message_id": 1}}]),
        Answer(200, '{"ok": true}'),
        Answer(200, "[]"),
        refusal(409, "Conflict: terminated by other getUpdates request"),
        refusal(429, "Too Many Requests", retry_after=9),
    ],
    ids=name,
)
async def test_whatever_getupdates_answers_listening_goes_on(server: Server, answer: Answer) -> None:
    waits: list[float] = []
    arrived = asyncio.Event()

    async def sleep(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 2:
            server.answers["getUpdates"] = result([{"update_id": 5, "x": {}}])
        await asyncio.sleep(0)

    async def commit(_: Sequence[Incoming]) -> None:
        arrived.set()

    platform = Telegram(TOKEN, api_root=server.root, sleep=sleep, luck=lambda: 1.0)
    server.answers["getUpdates"] = answer
    task = asyncio.create_task(platform.receive(commit))
    async with asyncio.timeout(5):
        await arrived.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await platform.close()
    floor = 9 if "retry_after" in answer.body else 0
    assert waits[:2] == [floor + 1, floor + 2]


async def test_a_token_revoked_while_listening_stops_the_platform(server: Server, platform: Telegram) -> None:
    server.answers["getUpdates"] = server.answers["getMe"] = refusal(401, "Unauthorized")

    async def commit(_: Sequence[Incoming]) -> None:
        """Nothing comes."""

    with pytest.raises(PlatformDown) as raised:
        await platform.receive(commit)
    assert "TEST-token" not in shown(raised.value)


CONFLICT = refusal(409, "Conflict: terminated by other getUpdates request")
BAD_HOOK = refusal(400, "Bad Request: bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443")


@pytest.mark.parametrize(
    ("method", "answer", "hook"),
    [
        ("getUpdates", CONFLICT, None),
        ("setWebhook", BAD_HOOK, ("https://city.example:8081/t", "secret")),
    ],
)
async def test_what_is_refused_again_and_again_is_told_in_telegrams_words(
    server: Server, method: str, answer: Answer, hook: tuple[str, str] | None
) -> None:
    async def sleep(_: float) -> None:
        """No time passes."""

    platform = Telegram(TOKEN, api_root=server.root, sleep=sleep, webhook=hook)
    server.answers[method] = answer
    for _ in range(2):
        with pytest.raises(PlatformDown, match=r"terminated by|ports 80"):
            await platform.receive(Heard().commit)
    await platform.close()


async def test_a_page_that_shows_the_address_is_logged_without_the_token(
    server: Server, platform: Telegram
) -> None:
    server.answers["sendMessage"] = page(502)
    with logged() as (log, _), pytest.raises(Ambiguous):
        await platform.deliver(POST)
    assert "sendMessage failed" in log.getvalue()
    assert "TEST-token" not in log.getvalue()
