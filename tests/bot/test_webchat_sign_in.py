"""The built-in chat behind invitations: kiosks, spent links, pages that run wild, the app."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.clock import Stepped
from bot.web.chat_page import STATIC, release
from bot.web.pace import A_MINUTE, TOUCHES, Pace
from storage import members
from storage.states import MemberRole
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


async def test_presses_reactions_and_edits_have_a_wider_pace_of_their_own(site: Site) -> None:
    hoa, minh = await site.joined("Hoa"), await site.joined("Minh")
    (post,) = (await hoa.post("chào"))[1]["ids"]
    touches = {
        "/api/press": {"data": "t:1:accept"},
        "/api/react": {"emoji": "👍"},
        f"/api/posts/{post}/edit": {"text": "dạ chào"},
    }
    for number in range(TOUCHES):
        path = list(touches)[number % len(touches)]
        assert (await hoa.send(path, chat="cong-ich", post=post, **touches[path]))[0] in (200, 202)
    for path, body in touches.items():
        assert (await hoa.send(path, chat="cong-ich", post=post, **body))[0] == 429
    assert (await hoa.post("chào"))[0] == 201
    assert (await minh.send("/api/react", chat="cong-ich", post=post, emoji="👍"))[0] == 202
    site.clock.set(MONDAY + timedelta(minutes=1))
    assert (await hoa.send("/api/react", chat="cong-ich", post=post, emoji="👍"))[0] == 202


@pytest.mark.parametrize(("rest", "stays"), [(timedelta(hours=11), True), (timedelta(hours=13), False)])
async def test_whoever_is_made_a_moderator_stays_no_longer_than_one(
    site: Site, rest: timedelta, stays: bool
) -> None:
    minh = await site.joined("Minh")
    await _made(site, minh.id, MemberRole.MODERATOR)
    site.clock.set(MONDAY + rest)
    found = [(await minh.get(path))[0] for path in ("/room", "/api/state")]
    assert found == ([200, 200] if stays else [401, 401])


async def test_a_members_old_browser_is_no_moderators_and_stays_a_members(site: Site) -> None:
    minh = await site.joined("Minh")
    for days in (4, 8):
        site.clock.set(MONDAY + timedelta(days=days))
        assert (await minh.send("/api/here"))[0] == 200
    for role, status in ((MemberRole.MODERATOR, 401), (MemberRole.MEMBER, 200)):
        await _made(site, minh.id, role)
        assert (await minh.get("/api/state"))[0] == status


async def _made(site: Site, who: str, role: MemberRole) -> None:
    async with site.app.database.write() as session:
        member = await members.find(session, "webchat", who)
        assert member is not None
        member.role = role


async def test_a_member_who_was_away_comes_back_by_a_link_of_their_own(site: Site) -> None:
    hoa = await site.joined("Hoa")
    site.clock.set(MONDAY + timedelta(days=31))
    status, page = await hoa.get("/")
    assert (status, "liên kết riêng" in page) == (401, True)
    back = await site.known(hoa.id)
    assert (await back.get("/api/state"))[1]["me"]["id"] == hoa.id
    assert (await site.joined("Hoa")).id != hoa.id  # by an invitation one is somebody new


async def test_a_page_without_scripts_says_so_and_names_a_board_only_where_there_is_one(
    site: Site,
) -> None:
    there = ' <a href="/board">'
    page = (await (await site.joined()).get("/"))[1]
    assert ("tắt JavaScript" in page, there in page) == (True, False)
    assert there in (STATIC / "index.html").read_text("utf-8")


@pytest.mark.sqlite_only
def test_the_pace_forgets_whoever_was_quiet() -> None:
    clock = Stepped()
    clock.set(MONDAY)
    pace = Pace(clock, most=1)
    assert (pace.allows(1), pace.allows(1), pace.allows(2)) == (True, False, True)
    clock.set(MONDAY + timedelta(minutes=1))
    assert pace.allows(1)
    assert set(pace._done) == {1}


def test_a_release_is_another_one_where_any_part_is(tmp_path: Path) -> None:
    (tmp_path / "a.js").write_text("1")
    (tmp_path / "b.js").write_text("2")
    found = {release(tmp_path), release(tmp_path)}
    (tmp_path / "b.js").write_text("3")
    found.add(release(tmp_path))
    (tmp_path / "b.js").rename(tmp_path / "c.js")
    assert len({*found, release(tmp_path)}) == 3


async def test_what_makes_it_an_app_is_served_to_everybody_and_asked_for_anew(site: Site) -> None:
    client = site.stranger().client
    script = ("text/javascript", "application/javascript")  # by the Python: RFC 9239 has the first
    kinds = {
        "/sw.js": script,
        "/manifest.webmanifest": ("application/manifest+json",),
        "/static/main.js": script,
    }
    async with client.get(f"{site.root}/sw.js") as answer:
        assert f'const RELEASE = "{release(STATIC)}";' in await answer.text()
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
