"""`make audit`, as far as it needs no network: the locks are read whole, each package is asked about, and
what is known against one fails it. A service of the shape of osv.dev stands here in PyPI's place."""

import asyncio
import shlex
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from aiohttp import web

from tests.acceptance.process import environment
from tests.dependencies import ROOT, RUNS, TESTS, pinned
from tests.serving import serving

LINE = next(line for line in (ROOT / "Makefile").read_text("utf-8").splitlines() if "/pip-audit " in line)


def known(name: str) -> dict[str, Any]:
    """What such a service says of a package of which something is known."""
    ranges = [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "999"}]}]
    affected = [{"package": {"name": name, "ecosystem": "PyPI"}, "ranges": ranges}]
    return {"vulns": [{"id": "PYSEC-2026-1", "summary": "it is open to everybody", "affected": affected}]}


class Service:
    """Answers questions about packages, and keeps what was asked."""

    def __init__(self, bad: str = "") -> None:
        self.bad = bad
        self.asked: set[tuple[str, str]] = set()
        self.address = ""

    async def answer(self, request: web.Request) -> web.Response:
        question = await request.json()
        name = question["package"]["name"]
        self.asked.add((name, question["version"]))
        return web.json_response(known(name) if name == self.bad else {})


@asynccontextmanager
async def answering(service: Service) -> AsyncIterator[Service]:
    application = web.Application()
    application.router.add_post("/v1/query", service.answer)
    async with serving(application) as port:
        service.address = f"http://127.0.0.1:{port}/v1/query"
        yield service


async def audit(service: Service, folder: Path) -> tuple[int, str]:
    """The line of the Makefile, asking this service: its exit code, and what it says."""
    _, *arguments = shlex.split(LINE)
    process = await asyncio.create_subprocess_exec(
        str(Path(sys.executable).with_name("pip-audit")),
        *arguments,
        *("--vulnerability-service", "osv", "--osv-url", service.address, "--cache-dir", str(folder)),
        "--progress-spinner=off",
        cwd=ROOT,
        env=environment(),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    return process.returncode or 0, said.decode()


async def test_every_package_of_the_locks_is_asked_about(tmp_path: Path) -> None:
    async with answering(Service()) as service:
        code, said = await audit(service, tmp_path)
    assert (code, "No known vulnerabilities found" in said) == (0, True), said
    everywhere = {(one.name, one.version) for lock in (RUNS, TESTS) for one in pinned(lock) if not one.where}
    assert everywhere <= service.asked


async def test_what_is_known_against_one_fails_it_and_is_named(tmp_path: Path) -> None:
    async with answering(Service(bad="pillow")) as service:
        code, said = await audit(service, tmp_path)
    assert code == 1
    assert "pillow" in said
    assert "PYSEC-2026-1" in said
