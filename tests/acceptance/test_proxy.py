"""congich behind the nginx that docs/deploy describes: people hear and post; strangers read no figures."""

import asyncio
import getpass
import json
import shutil
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

import aiohttp
import pytest

from bot.demo.draw import draw
from tests.acceptance.chat_city import SETTINGS
from tests.acceptance.process import COMMAND, environment, free_port, run
from tests.certificates import KEY, SHOWN, certified

NGINX = shutil.which("nginx")
DESCRIBED = Path(__file__).parents[2] / "docs" / "deploy" / "nginx.conf"
WORDS = "Nắp cống trước số 9 Lý Tự Trọng bị bể"
pytestmark = [
    pytest.mark.sqlite_only,
    pytest.mark.skipif(NGINX is None, reason="no nginx on this machine: apt-get install nginx-light"),
]


class City:
    """A congich, a port for nginx, and a certificate."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port, self.public_port = free_port(), free_port()
        self.root = f"https://localhost:{self.public_port}"
        _, self.trusting = certified(folder, days=90)
        self.config = folder / "config.toml"
        settings = SETTINGS.format(data=folder / "data", port=self.port)
        inside = f'public_url = "http://127.0.0.1:{self.port}"'
        self.config.write_text(settings.replace(inside, f'public_url = "{self.root}"'), "utf-8")

    def nginx(self, *without: str) -> Path:
        """A configuration of nginx with our file in it, but for the lines that have these words."""
        lines = [
            line for line in DESCRIBED.read_text().splitlines() if not any(one in line for one in without)
        ]
        live = "/etc/letsencrypt/live/congich.example.vn/"
        ours = {
            "listen 443": f"listen 127.0.0.1:{self.public_port}",
            "congich.example.vn;": "localhost;",
            f"{live}fullchain.pem": str(self.folder / SHOWN),
            f"{live}privkey.pem": str(self.folder / KEY),
            "127.0.0.1:8080": f"127.0.0.1:{self.port}",
        }
        site = "\n".join(lines)
        for theirs, own in ours.items():
            assert theirs in site
            site = site.replace(theirs, own)
        kept = "".join(
            f"{name}_temp_path {self.folder / name};"
            for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        path = self.folder / "nginx.conf"
        path.write_text(
            f"user {getpass.getuser()}; daemon off; pid {self.folder / 'nginx.pid'};"
            f"error_log {self.folder / 'nginx.log'};"
            f"events {{}} http {{ access_log off; {kept} {site} }}"
        )
        return path

    async def asked(self) -> dict[str, str]:
        """What doctor says of the web, by code."""
        trusted = {"SSL_CERT_FILE": str(self.folder / SHOWN)}
        _, out, errors = await run("doctor", "--json", "-c", str(self.config), **trusted)
        assert errors == ""
        return {one["code"]: one["level"] for one in json.loads(out)["findings"]}


@asynccontextmanager
async def running(*command: str) -> AsyncIterator[None]:
    """A process, until the end of the block."""
    process = await asyncio.create_subprocess_exec(*command, env=environment())
    try:
        yield
    finally:
        process.terminate()
        await process.wait()


@asynccontextmanager
async def at_work(city: City, nginx: Path) -> AsyncIterator[aiohttp.ClientSession]:
    """nginx before a congich that is at work, once it answers; a browser that trusts the certificate."""
    page = {"Origin": city.root, "Sec-Fetch-Site": "same-origin"}
    connector, jar = aiohttp.TCPConnector(ssl=city.trusting), aiohttp.CookieJar(unsafe=True)
    async with (
        running(str(NGINX), "-c", str(nginx)),
        aiohttp.ClientSession(connector=connector, cookie_jar=jar, headers=page) as browser,
        asyncio.timeout(60),
    ):
        while not await _is_ready(browser, city.root):
            await asyncio.sleep(0.1)
        yield browser


async def _is_ready(browser: aiohttp.ClientSession, root: str) -> bool:
    try:
        async with browser.get(f"{root}/readyz") as answer:
            return answer.status == 200
    except (aiohttp.ClientError, ssl.SSLError):
        return False


async def test_a_city_behind_it(tmp_path: Path) -> None:
    city = City(tmp_path)
    async with running(str(COMMAND), "run", "-c", str(city.config)):
        async with at_work(city, city.nginx()) as browser:
            await _comes_in_hears_and_posts(browser, city)
            async with browser.get(f"{city.root}/metrics") as answer:
                assert answer.status == 404
            said = await city.asked()
        assert {said[code] for code in ("web.public_url", "web.host", "web.metrics")} == {"ok"}
        async with at_work(city, city.nginx("proxy_set_header")):
            said = await city.asked()
        assert (said["web.public_url"], said["web.host"], said["web.metrics"]) == ("ok", "wrong", "wrong")


async def _comes_in_hears_and_posts(browser: aiohttp.ClientSession, city: City) -> None:
    _, out, _ = await run("invite", "--people", "5", "-c", str(city.config))
    async with browser.post(out.strip(), data={"name": "Hoa"}, allow_redirects=False) as answer:
        assert (answer.status, answer.headers["Location"]) == (303, "/")
    room = {"chat": "cong-ich", "after": "0"}
    async with browser.get(f"{city.root}/api/stream", params=room) as stream:
        await _post(browser, city.root)
        async with asyncio.timeout(5):  # as it comes, not when a buffer is full
            while WORDS not in json.dumps(await _event(stream), ensure_ascii=False):
                pass


async def _post(browser: aiohttp.ClientSession, root: str) -> None:
    form = aiohttp.FormData({"client_id": uuid4().hex, "chat": "cong-ich", "text": WORDS})
    form.add_field("photo", draw("lamp-dark"), filename="a.jpg", content_type="image/jpeg")
    async with browser.post(f"{root}/api/posts", data=form) as answer:
        assert answer.status == 201


async def _event(stream: aiohttp.ClientResponse) -> object:
    """The next that a stream tells."""
    while not (line := (await stream.content.readline()).decode()).startswith("data: "):
        assert line
    return json.loads(line.removeprefix("data: "))
