"""The built-in chat behind invitations: kiosks, spent links, pages that run wild, the app."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.clock import Stepped
from bot.web.pace import A_MINUTE, Pace
from tests.bot.test_decoder import picture
from tests.bot.webchat_site import Site, a_site
from tests.handlers.desk import MONDAY


@pytest.fixture
async def site(database_url: str, tmp_path: Path) -> AsyncIterator[Site]:
    async with a_site(tmp_path, database_url) as made:
        yield made


async def test_a_kiosk_hands_the_next_person_an_empty_page(site: Site) -> None:
    link = await site.invitation(shared=True, uses=3)
    first = await site.joined("Hoa", link)
    state = (await first.get("/api/state"))[1]
    assert state["kiosk"] == {"again": link, "idle_seconds": 600}
    (post,) = (await first.post("hình nè", picture()))[1]["ids"]
    photo = next(one for one in (await first.get("/api/state"))[1]["posts"] if one["id"] == post)["photos"][
        0
    ]["url"]
    async with first.client.get(site.root + photo) as answer:
        assert (answer.status, answer.headers["Cache-Control"]) == (200, "no-store")
    async with first.client.post(f"{site.root}/sign-out", allow_redirects=False) as answer:
        assert (answer.status, answer.headers["Location"]) == (303, link)
    assert (await first.get("/api/state"))[0] == 401
    assert (await first.get(link))[0] == 200
    async with first.client.post(site.root + link, data={"name": "Minh"}, allow_redirects=False) as answer:
        assert answer.status == 303
    assert (await first.get("/api/state"))[1]["me"]["name"] == "Minh"
    assert (await first.get("/api/state", chat=f"rieng-{first.id}"))[0] == 404


async def test_a_kiosks_own_questions_keep_nobody_signed_in(site: Site) -> None:
    hoa = await site.joined(shared=True)
    for minutes in (4, 8):
        site.clock.set(MONDAY + timedelta(minutes=minutes))
        assert (await hoa.get("/api/tickets"))[0] == 200
    site.clock.set(MONDAY + timedelta(minutes=12))
    assert (await hoa.get("/api/here"))[0] == 401
    minh = await site.joined("Minh", shared=True)
    for minutes in (16, 20, 24, 28):
        site.clock.set(MONDAY + timedelta(minutes=minutes))
        assert (await minh.send("/api/here"))[0] == 200


async def test_a_spent_kiosk_link_says_so_and_an_invitation_tapped_again_makes_no_second_person(
    site: Site,
) -> None:
    kiosk = await site.joined(shared=True, link=await site.invitation(shared=True, uses=1))
    assert (await kiosk.get("/api/state"))[1]["kiosk"]["again"] == "/"
    async with kiosk.client.post(f"{site.root}/sign-out", allow_redirects=False) as answer:
        assert answer.status == 200
    link = await site.invitation()
    hoa = await site.joined("Hoa", link)
    async with hoa.client.get(site.root + link, allow_redirects=False) as answer:
        assert (answer.status, answer.headers["Location"]) == (302, "/")


async def test_a_page_that_runs_wild_is_told_to_wait(site: Site) -> None:
    hoa, minh = await site.joined("Hoa"), await site.joined("Minh")
    for number in range(A_MINUTE):
        assert (await hoa.post(f"chào {number}"))[0] == 201
    status, told = await hoa.post("nữa")
    assert (status, list(told)) == (429, ["error"])
    assert (await minh.post("chào"))[0] == 201
    site.clock.set(MONDAY + timedelta(minutes=1))
    assert (await hoa.post("nữa"))[0] == 201


@pytest.mark.sqlite_only
def test_the_pace_forgets_whoever_was_quiet() -> None:
    clock = Stepped()
    clock.set(MONDAY)
    pace = Pace(clock, most=1)
    assert (pace.allows(1), pace.allows(1), pace.allows(2)) == (True, False, True)
    clock.set(MONDAY + timedelta(minutes=1))
    assert pace.allows(1)
    assert set(pace._posts) == {1}


async def test_what_makes_it_an_app_is_served_to_everybody_and_asked_for_anew(site: Site) -> None:
    client = site.stranger().client
    script = ("text/javascript", "application/javascript")  # by the Python: RFC 9239 has the first
    kinds = {
        "/sw.js": script,
        "/manifest.webmanifest": ("application/manifest+json",),
        "/static/main.js": script,
    }
    for path, any_of in kinds.items():
        async with client.get(site.root + path) as answer:
            assert (answer.status, answer.content_type in any_of) == (200, True), path
            assert answer.headers["Cache-Control"] == "no-cache"
    async with client.get(f"{site.root}/manifest.webmanifest") as answer:
        told = await answer.json(content_type=None)
    assert (told["start_url"], told["display"]) == ("/", "standalone")
    for icon in told["icons"]:
        async with client.get(site.root + icon["src"]) as answer:
            assert answer.status == 200
