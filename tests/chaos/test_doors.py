"""Bar 10: whoever knocks at a door without a proof, too often, too slowly, packed, or with far too much.

Nothing is written before a caller is known, what can be said at once is said within a second, and no log line
holds a token.
"""

import asyncio
import io
import re
from collections.abc import AsyncIterator
from pathlib import Path
from random import Random

import pytest

from bot import logs
from bot.open311 import server as open311
from tests.chaos.doors import HOST, LARGE, QUICK, Answer, Door, Town, bombs, head, town
from tests.chaos.rig import FULL, SEED

AT_ONCE = 1.0  # seconds
REPLAYS = 100 if FULL else 25  # members may post twenty a minute
TWISTED = 5_000 if FULL else 150
pytestmark = [pytest.mark.sqlite_in_short, pytest.mark.timeout(900)]


@pytest.fixture
def log() -> io.StringIO:
    out = io.StringIO()
    logs.configure("debug", as_json=False, stream=out)
    return out


@pytest.fixture
async def city(
    database_url: str, tmp_path: Path, log: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Town]:
    """The city; at its end its log is looked through."""
    monkeypatch.setattr(open311, "ANSWER_SECONDS", 0.05)
    async with town(database_url, tmp_path) as made:
        yield made
    written = log.getvalue()
    assert [one for one in made.secrets if one in written] == [], written[-3000:]
    assert "Traceback" not in written, written[-3000:]


def quick(answer: Answer) -> None:
    assert answer.seconds < AT_ONCE


async def test_nobody_comes_in_without_a_proof(city: Town) -> None:
    before, tried = await city.rows(), 0
    for door in city.doors:
        for what, path, headers in door.wrong():
            assert await city.ask(door, path=path, headers=headers) == door.refused, (door.name, what)
            tried += 1
    assert await city.rows() == before
    print(f"\n{len(city.doors)} doors, {tried} wrong proofs: no row")


async def test_what_is_told_a_hundred_times_is_one(city: Town) -> None:
    before = await city.rows()
    for door in city.doors:
        first = await city.raw(
            head(door.method, door.path, door.head(**{"Content-Length": str(len(door.body))})) + door.body
        )
        assert first.status == door.ok, (door.name, first)
        after = await city.rows()
        if door.effects:
            assert sum(after.values()) >= sum(before.values()) + door.effects, door.name
            for _ in range(REPLAYS):
                assert await city.ask(door, headers=door.head()) < 500, door.name
        assert await city.rows() == after, door.name
        before = after
    print(f"\n{len(city.doors)} doors, each right call {REPLAYS} times more: no row too many")


async def test_what_is_too_much_is_refused_at_once(city: Town) -> None:
    before, slowest = await city.rows(), 0.0
    endless = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
    for door in (one for one in city.doors if one.method == "POST"):
        told, untold = {"Content-Length": str(LARGE)}, {"Transfer-Encoding": "chunked"}
        for proof in (door.head(), dict(door.other)):
            announced = await city.raw(head("POST", door.path, proof | told) + b"x")
            assert announced.status in _too_much(door), (door.name, announced)
            streamed = await city.raw(head("POST", door.path, proof | untold), *[endless] * 800)
            assert streamed.status in _too_much(door), (door.name, streamed)
            for how, packed in BOMBS.items():
                headers = proof | {"Content-Encoding": how, "Content-Length": str(len(packed))}
                answer = await city.raw(head("POST", door.path, headers) + packed)
                assert answer.status == 415, (door.name, how, answer)
                quick(answer)
            quick(announced)
            slowest = max(slowest, announced.seconds, streamed.seconds)
    assert await city.rows() == before
    print(f"\nannounced, endless and packed: refused after {slowest:.2f} s at the most")


BOMBS = bombs()


def _too_much(door: Door) -> tuple[int, ...]:
    """413, or what is said to a stranger; a form with photos is read in parts, and is none."""
    return (413, door.refused, 400) if door.name == "post" else (413, door.refused)


async def test_who_is_slow_is_not_waited_for(city: Town) -> None:
    slow: list[tuple[str, float, Answer]] = []

    async def drip(name: str, limit: float, first: bytes, rest: bytes) -> None:
        parts = (first, *(rest[at : at + 1] for at in range(len(rest))))
        slow.append((name, limit, await city.raw(*parts, pause=0.05, seconds=limit + 5)))

    tasks = [drip("head", QUICK.head, b"", head("GET", "/board", {"X-Long": "x" * 300}))]
    tasks.append(drip("nothing", QUICK.head, b"", b""))
    for door in (one for one in city.doors if one.method == "POST"):
        limit = QUICK.photos if door.photos else QUICK.of(door.path)
        for how in ({"Content-Length": "1000"}, {"Transfer-Encoding": "chunked"}):
            body = b" " * 500 if "Content-Length" in how else b"1\r\n \r\n" * 100
            tasks.append(drip(door.name, limit, head("POST", door.path, door.head(**how)), body))
    await asyncio.gather(*tasks)
    for name, limit, answer in slow:
        wanted = {408, 0} if name == "nothing" else {408}
        assert answer.status in wanted, (name, answer)
        assert limit - 0.1 <= answer.seconds < limit + AT_ONCE, (name, answer)
    late = max(answer.seconds - limit for _, limit, answer in slow)
    print(f"\n{len(slow)} slow callers: 408 at most {late:.2f} s after the limit")


async def test_a_page_elsewhere_acts_for_nobody(city: Town) -> None:
    before = await city.rows()
    for door in city.doors:
        foreign = [
            {"Origin": "https://evil.example"},
            {"Origin": "null"},
            {"Origin": "https://[", "Sec-Fetch-Site": "none"},
        ]
        foreign += [{"Sec-Fetch-Site": one} for one in ("cross-site", "same-site", "made-up")]
        if (door.by_cookie or door.name == "sign in") and door.method == "POST":
            for headers in foreign:
                assert await city.ask(door, headers=door.head() | headers) == 403, (door.name, headers)
            for host in ("evil.example", "[", "127.0.0.1.evil.example", f"{HOST}.evil.example", ""):
                assert await city.ask(door, headers=door.head(Host=host)) in (400, 421), (door.name, host)
    assert await city.rows() == before


async def test_no_twisted_call_breaks_anything(city: Town) -> None:
    luck, statuses = Random(SEED), set()
    before = await city.rows()
    for number in range(TWISTED):
        call = twisted(luck, city.doors)
        answer = await city.raw(call)
        statuses.add(answer.status)
        assert answer.status < 500, (
            SEED,
            number,
            call[:400],
        )
        assert b"root:" not in answer.rest
    assert await city.rows() == before, f"seed {SEED}"
    print(f"\nseed {SEED}: {TWISTED} twisted calls, answered {sorted(statuses)}")


_TRICKS = (
    "/../../etc/passwd",
    "/%2e%2e/%2e%2e/etc/passwd",
    "/static/../../bot/app.py",
    "/static/..%5c..%5capp.py",
    "/static//etc/passwd",
    "/photos/..%2f..%2fdata%2fcongich.db",
    "/static/%00",
    "/board/%ff%fe",
    "//evil.example/board",
    "/board/PA1001%0d%0aSet-Cookie:a=b",
    "/board?page=99999999999999999999",
    "/board?q=%00",
    "/board?q=%ed%a0%80",
    "/board?lang=%22%3e",
    "/board?category[]=x&ward=%27",
    "/;/room",
    "/room/../api/state",
    "/open311/v2/requests.xml?page=1e9",
    "/open311/v2/requests.json?start_date=%00",
    "/open311/v2/tokens/%00.json",
    "/open311/v2/requests/%F0%9F%92%A9.xml",
    "/sign-in/1-" + "0" * 32,
    "/sign-in/%C2%B2-x",
    "/exports/" + "A" * 3999 + "." + "0" * 32 + "/phieu.csv",
    "/out/" + "0" * 64 + "/zz.%ff.jpg",
    "/api/state?before=99999999999999999999999",
    "/api/state?chat=%00",
    "/api/tickets?limit=" + "9" * 5000,
    "/api/tickets/%00",
    "/api/stream?chat=cong-ich&after=x",
    "*",
    "http://evil.example/board",
    "/board/" + "a" * 7000,
    "/metrics/..;/room",
    "/board/feed.xml?ward=%00%ff",
    "/board/data.geojson?status=%00",
    "/room?page=%00",
    "/board/photos/..%2f" + "0" * 60,
)
_HEADERS = (
    "Content-Length: -1",
    "Content-Length: 5\r\nContent-Length: 6",
    "Transfer-Encoding: gzip, chunked",
    "Transfer-Encoding: xchunked",
    "Content-Length: 4\r\nTransfer-Encoding: chunked",
    "X: " + "x" * 9000,
    "\r\n".join(f"X-{n}: y" for n in range(300)),
    "Cookie: " + "a=b; " * 1000,
    "Cookie: __Host-congich=\udcff\x01",
    "Range: bytes=0-18446744073709551615",
    "If-Modified-Since: \udcff",
    "Accept-Language: " + "vi," * 2000,
    "Expect: 100-continue",
    "Expect: 200-ok",
    "Upgrade: websocket\r\nConnection: upgrade",
    "Content-Type: multipart/form-data",
    "Content-Type: multipart/form-data; boundary=" + "b" * 200,
    "Content-Type: text/plain; charset=utf-99",
    "Authorization: Bearer \udcff",
    "If-None-Match: *\udcff",
    "X-Forwarded-Host: evil.example",
    "Folded: a\r\n b",
    ": empty",
    "No colon",
    "Host: evil.example",
    "Last-Event-ID: \udcff",
    "X-Api-Key: \udcff",
    "webhook-timestamp: 99999999999999999999",
    "webhook-signature: v1,\udcff",
    "Content-Type: application/json; charset=utf-7",
)
_BODIES = (
    b"",
    b"\x00",
    b"[" * 5000,
    b'{"chat": 1e999}',
    b'{"a": "\\ud800"}',
    b"%",
    b"a=%ff&=&&&",
    b"--b\r\n\r\n--b--",
    b"\xff" * 2000,
)
_METHODS = (
    "GET",
    "POST",
    "PUT",
    "DELETE",
    "PATCH",
    "HEAD",
    "OPTIONS",
    "TRACE",
    "CONNECT",
    "PROPFIND",
    "get",
    "\x00",
    "A" * 300,
)


def twisted(luck: Random, doors: list[Door]) -> bytes:
    """A call in which something is not as it should be, without any proof of who calls."""
    door = luck.choice(doors)
    path = luck.choice((door.path.partition("?")[0], luck.choice(_TRICKS), luck.choice(_TRICKS)))
    if door.name in ("sign in", "exports", "photo link", "media") and path == door.path:
        path = luck.choice(_TRICKS)
    body = luck.choice((*_BODIES, luck.randbytes(luck.randrange(500))))
    lines = [
        f"{luck.choice((*_METHODS[:2] * 4, *_METHODS))} {path} HTTP/1.{luck.choice('1110')}",
        f"Host: {HOST}",
        "Connection: close",
    ]
    lines += [f"{name}: {value}" for name, value in door.other.items() if luck.random() < 0.7]
    lines += luck.sample(_HEADERS, luck.randrange(3))
    if luck.random() < 0.8:
        lines.append(f"Content-Length: {len(body)}")
    made = ("\r\n".join(lines) + "\r\n\r\n").encode("utf-8", "surrogateescape") + body
    if luck.random() < 0.2:  # and a byte of it is another one
        place = luck.randrange(len(made))
        made = made[:place] + luck.randbytes(1) + made[place + 1 :]
    return made


ROOT = Path(__file__).parents[2]
# What compares a secret, a seal or a signature in the way in which one compares words.
_NAMES = r"(?:secret|token|signature|given|digest|mac|password|api_key)"
_COMPARES = re.compile(rf"\b\w*{_NAMES}(?:\.reveal\(\))?\s*[=!]=|[=!]=\s*\w*{_NAMES}\b", re.IGNORECASE)
_NO_SECRET = ("self._jurisdiction", 'given == "true"')
_FOLDERS = ("bot", "bot/web", "bot/platforms", "bot/open311", "bot/exports", "bot/room", "handlers")


def test_secrets_are_compared_in_constant_time() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for folder in _FOLDERS
        for path in sorted((ROOT / folder).glob("*.py"))
        for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1)
        if _COMPARES.search(line) and not any(one in line for one in _NO_SECRET)
    ]
    assert found == []
