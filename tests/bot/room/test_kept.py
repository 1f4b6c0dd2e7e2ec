"""What the room answers is shown by whichever process the browser asks next, and to whoever asked alone."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from sqlalchemy import select

from bot.app import App
from bot.room.door import new_form
from bot.web import server
from storage import erasure, members, web_answers
from storage.models import WebAnswer
from storage.states import TicketStatus
from tests.bot.room.site import LAMP, OURS, WASTE, Browser, Site


@asynccontextmanager
async def beside(site: Site, browser: Browser) -> AsyncIterator[Browser]:
    """The same browser at another process that serves this city."""
    app = App(site.app.config, {}, clock=site.clock)
    runner = await server.start(app.web_application(lambda: True), "127.0.0.1", 0)
    try:
        yield Browser(f"http://127.0.0.1:{runner.addresses[0][1]}", browser.client)
    finally:
        await runner.cleanup()
        await app.close()


async def ordered(browser: Browser, words: str) -> str:
    """Give a command; where its answer is shown."""
    fields = [("form", new_form()), ("do", "command"), ("words", words), ("back", "/room/tickets")]
    asked = browser.client.post(
        f"{browser.root}/room/command", data=fields, headers=OURS, allow_redirects=False
    )
    async with asked as answer:
        assert answer.status == 303
        return answer.headers["Location"]


async def test_another_process_shows_what_was_answered_and_does_what_was_asked(site: Site) -> None:
    await site.say("hoa", LAMP)
    await site.say("minh", WASTE)
    async with site.browser("ha") as ha, beside(site, ha) as there, site.browser("chu") as chu:
        address = await ordered(ha, "/dong 1001 1002")
        assert not (await chu.get(address)).said
        page = await there.get(address)
        assert "2" in page.said
        assert (await ha.get(address)).said == page.said  # it asks something, and is shown until that is done
        done = await there.send(page.form(button="2"))
        assert (done.status, bool(done.said)) == (200, True)
        assert [(await site.ticket(f"PA{number}")).status for number in (1001, 1002)] == [
            TicketStatus.CLOSED
        ] * 2
        address = await ordered(there, "/tonghop")
        assert "<svg" in (await ha.get(address)).text
        assert not (await there.get(address)).said  # shown once


async def test_of_answers_that_nobody_comes_back_for_the_newest_are_kept(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web_answers, "MOST", 2)
    async with site.browser("ha") as ha, site.browser("chu") as chu:
        of_another = await ordered(chu, "/thongke")
        first, *others = [await ordered(ha, "/thongke") for _ in range(3)]
        assert not (await ha.get(first)).said
        assert all([(await ha.get(one)).said for one in others])
        assert (await chu.get(of_another)).said
    async with site.app.database.read() as session:
        assert (await session.scalars(select(WebAnswer))).all() == []


async def test_whoever_is_erased_stands_in_nobodys_answer(site: Site) -> None:
    await site.say("hoa", LAMP)
    async with site.browser("ha") as ha:
        address = await ordered(ha, "/danhsach")
        async with site.app.database.write() as session:
            member = await members.find(session, "webchat", "hoa")
            assert member is not None
            await erasure.erase(session, member)
        assert not (await ha.get(address)).said


@pytest.mark.sqlite_only
@pytest.mark.parametrize("token", ["", "x", "%00" * 12, "é" * 12, "x" * 12, "x" * 5000])
async def test_what_is_no_token_shows_nothing(site: Site, token: str) -> None:
    async with site.browser("ha") as ha:
        page = await ha.get(f"/room?said={token}")
        assert (page.status, page.said) == (200, "")
