"""Signing in over real sockets: a link is used up by a press alone, and a browser is who it was made."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import aiohttp
import pytest

from bot import config
from bot.app import App
from bot.clock import Stepped
from bot.run import prepare
from bot.web import server
from bot.web.sign_in import NAME_LENGTH
from handlers import sign_in_links
from handlers.context import Turn
from handlers.shown import clean_name
from handlers.sign_in_links import Invitation
from storage import members, sign_ins
from storage.models import SignInLink
from storage.states import MemberRole
from tests.handlers.desk import MONDAY

PHOTO = "/photos/" + "0" * 64


@dataclass
class Site:
    """A city's web, and a browser's half of it."""

    app: App
    clock: Stepped
    root: str
    client: aiohttp.ClientSession

    async def turn_path(self, name: str, role: MemberRole = MemberRole.MODERATOR) -> str:
        """A fresh link for a member of the group."""
        async with self.app.database.write() as session:
            member = await members.ensure(session, "telegram", name, name.title(), self.clock())
            member.role = role
            turn = Turn(self.app.services, session, "telegram", "telegram", self.clock(), self.clock())
            return await sign_in_links.for_member(turn, member)

    async def invitation(self, invitation: Invitation) -> str:
        async with self.app.database.write() as session:
            turn = Turn(self.app.services, session, "webchat", "webchat", self.clock(), self.clock())
            return await sign_in_links.for_newcomers(turn, None, invitation)

    async def get(self, path: str) -> tuple[int, str]:
        async with self.client.get(self.root + path, allow_redirects=False) as answer:
            return answer.status, await answer.text()

    async def post(self, path: str, **fields: str) -> aiohttp.ClientResponse:
        return await self.client.post(self.root + path, data=fields, allow_redirects=False)

    async def is_signed_in(self) -> bool:
        """Whether the cookie that this browser holds is somebody's."""
        cookies = {one.key: one.value for one in self.client.cookie_jar}
        async with self.app.database.read() as session:
            token = cookies.get("congich", "")
            found = await sign_ins.signed_in(session, sha256(token.encode()).hexdigest(), self.clock())
        return found is not None


@pytest.fixture
async def site(database_url: str, tmp_path: Path) -> AsyncIterator[Site]:
    settings = config.parse(
        {
            "data_dir": str(tmp_path / "data"),
            "database": {"url": database_url},
            "web": {"public_url": "http://127.0.0.1:8080"},
            "webchat": {"enabled": True},
        }
    )
    clock = Stepped()
    clock.set(MONDAY)
    app = App(settings, {}, clock=clock)
    await prepare(app)
    runner = await server.start(app.web_application(lambda: True), "127.0.0.1", 0)
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(cookie_jar=jar) as client:
        yield Site(app, clock, f"http://127.0.0.1:{runner.addresses[0][1]}", client)
    await runner.cleanup()
    await app.close()


async def test_looking_at_a_link_uses_nothing_up_and_pressing_does(site: Site) -> None:
    path = await site.turn_path("ha")
    for _ in range(3):
        status, page = await site.get(path)
        assert (status, "Ha" in page, await site.is_signed_in()) == (200, True, False)
    answer = await site.post(path)
    assert (answer.status, answer.headers["Location"]) == (303, "/room")
    assert await site.is_signed_in()
    assert (await site.get(path))[0] == 410
    assert (await site.post(path)).status == 410


async def form_of(site: Site, path: str) -> str:
    """The id of the form of a page that is opened."""
    found = re.search(r'name="form" value="([\w-]+)"', (await site.get(path))[1])
    assert found is not None
    return found[1]


async def test_a_form_that_is_sent_twice_is_one_browser_and_costs_one_use(site: Site) -> None:
    path = await site.turn_path("ha")
    form = await form_of(site, path)
    answers = [await site.post(path, form=form) for _ in range(2)]
    assert [one.headers.get("Location") for one in answers] == ["/room", "/room"]
    assert answers[0].cookies["congich"].value == answers[1].cookies["congich"].value
    assert await site.is_signed_in()
    for other in ("", await form_of(site, await site.turn_path("ha")), form[:-1]):
        assert (await site.post(path, form=other)).status == 410
    site.clock.set(MONDAY + timedelta(minutes=1))
    assert (await site.post(path, form=form)).status == 410
    path = await site.turn_path("ha")
    await site.post(path, form=(form := await form_of(site, path)))
    await site.post("/sign-out")
    assert (await site.post(path, form=form)).status == 410  # signed out is signed out


async def test_a_second_tap_makes_no_second_person(site: Site) -> None:
    path = await site.invitation(Invitation(uses=2))
    form = await form_of(site, path)
    for _ in range(2):
        assert (await site.post(path, form=form, name="Hoa")).headers["Location"] == "/"
    await site.post("/sign-out")
    assert await form_of(site, path) != form
    site.clock.set(MONDAY + timedelta(minutes=1))
    assert (await site.post(path, form=form, name="Hoa")).status == 303  # a page that somebody went back to
    async with site.app.database.read() as session:
        assert [one.name for one in await members.everyone(session, "webchat")] == ["Hoa", "Hoa"]
    assert (await site.get(path))[0] == 410


async def test_a_members_own_link_leads_into_the_chat_and_says_so(site: Site) -> None:
    for role, title in (
        (MemberRole.MODERATOR, "Vào phòng điều hành"),
        (MemberRole.MEMBER, "Vào lại nhóm Công ích"),
    ):
        page = (await site.get(await site.turn_path("ha", role)))[1]
        assert f"<h1>{title}</h1>" in page


async def test_the_cookie_is_kept_from_scripts_and_other_sites(site: Site) -> None:
    answer = await site.post(await site.turn_path("ha"))
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Path=/" in cookie


async def test_a_link_is_good_for_ten_minutes(site: Site) -> None:
    path = await site.turn_path("ha")
    site.clock.set(MONDAY + timedelta(minutes=10))
    assert (await site.get(path))[0] == 410
    assert (await site.post(path)).status == 410
    assert not await site.is_signed_in()


@pytest.mark.parametrize(
    "token", ["1-" + "0" * 32, "99999-x", "9" * 30 + "-x", "x", "1", "%00", "1-%F0%9F%92%A9"]
)
async def test_a_made_up_link_is_like_one_that_was_used(site: Site, token: str) -> None:
    await site.turn_path("ha")
    assert (await site.get(f"/sign-in/{token}"))[0] == 410
    assert (await site.post(f"/sign-in/{token}", name="Hoa")).status == 410


async def made_anew(site: Site, path: str, made: SignInLink) -> None:
    """Another link in the row of an address: SQLite gives the number of a purged row out again, and so do
    both databases, after a restore, with those since the backup."""
    made.id = sign_in_links.number(path.removeprefix(sign_in_links.PREFIX))
    async with site.app.database.write() as session:
        await session.delete(await session.get_one(SignInLink, made.id))
        await session.flush()
        fresh = await sign_in_links.kept(session, site.app.seal.key, made)
    assert fresh != path


async def test_an_old_address_never_becomes_a_moderators_link(site: Site) -> None:
    old = await site.invitation(Invitation())
    async with site.app.database.write() as session:
        member = await members.ensure(session, "telegram", "ha", "Ha", site.clock())
        member.role = MemberRole.MODERATOR
        await session.flush()
        made = sign_in_links.personal(member, site.clock())
    await made_anew(site, old, made)
    status, page = await site.get(old)
    assert (status, "Ha" in page) == (410, False)
    assert (await site.post(old, name="Hoa")).status == 410
    assert not await site.is_signed_in()


async def test_an_invitation_that_has_ended_never_becomes_a_later_one(site: Site) -> None:
    old = await site.invitation(Invitation())
    later = site.clock() + timedelta(days=60)
    await made_anew(site, old, sign_in_links.open_to_all(None, Invitation(), later))
    assert (await site.get(old))[0] == 410
    assert (await site.post(old, name="Hoa")).status == 410


async def test_a_browser_at_rest_and_one_too_old_are_strangers_again(site: Site) -> None:
    await site.post(await site.turn_path("ha"))
    site.clock.set(MONDAY + timedelta(hours=13))
    assert not await site.is_signed_in()


async def test_a_browser_at_work_stays(site: Site) -> None:
    await site.post(await site.turn_path("ha"))
    for hours in (8, 16, 24):
        site.clock.set(MONDAY + timedelta(hours=hours))
        assert (await site.get(PHOTO))[0] == 404
        assert await site.is_signed_in()
    site.clock.set(MONDAY + timedelta(days=8))
    assert not await site.is_signed_in()


async def test_signing_out_ends_it_on_the_server_too(site: Site) -> None:
    await site.post(await site.turn_path("ha"))
    token = next(one.value for one in site.client.cookie_jar if one.key == "congich")
    assert (await site.post("/sign-out")).status == 200
    site.client.cookie_jar.update_cookies({"congich": token})
    assert not await site.is_signed_in()


async def test_what_answers_a_form_has_no_link_to_another_language(site: Site) -> None:
    path = await site.turn_path("ha")
    assert 'class="lang"' in (await site.get(path))[1]
    await site.post(path)
    for where in ("/sign-out", path):
        answer = await site.post(where)
        page = await answer.text()
        assert ("<h1>" in page, 'class="lang"' in page) == (True, False), where


async def test_whoever_had_their_data_erased_is_signed_out(site: Site) -> None:
    await site.post(await site.turn_path("ha"))
    async with site.app.database.write() as session:
        member = await members.find(session, "telegram", "ha")
        assert member is not None
        member.erased = True
    assert not await site.is_signed_in()


async def test_people_join_by_an_invitation_until_it_is_used_up(site: Site) -> None:
    path = await site.invitation(Invitation(uses=2))
    assert (await site.post(path, name=" ")).status == 400
    for name in ("Nguyễn Thị Hoa", "Trần  Văn\u202e Bình"):
        answer = await site.post(path, name=name)
        assert (answer.status, answer.headers["Location"]) == (303, "/")
    assert (await site.get(path))[0] == 410
    async with site.app.database.read() as session:
        joined = await members.everyone(session, "webchat")
    assert sorted(one.name for one in joined) == ["Nguyễn Thị Hoa", "Trần Văn Bình"]
    assert {one.role for one in joined} == {MemberRole.MEMBER}


async def test_a_shared_machine_forgets_soon(site: Site) -> None:
    await site.post(await site.invitation(Invitation(shared=True)), name="Hoa")
    assert await site.is_signed_in()
    site.clock.set(MONDAY + timedelta(minutes=12))
    assert not await site.is_signed_in()


async def test_another_page_can_not_sign_anybody_in_or_out(site: Site) -> None:
    path = await site.turn_path("ha")
    for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        for where in (path, "/sign-out"):
            async with site.client.post(site.root + where, headers=headers) as answer:
                assert answer.status == 403


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("  Hoa \n", "Hoa"),
        ("\u202eaoH", "aoH"),
        ("\x00\x1b[31mHoa", "[31mHoa"),
        ("x" * 99, "x" * 60),
        ("\u200b", ""),
    ],
)
def test_a_name_as_others_read_it(written: str, kept: str) -> None:
    assert clean_name(written, NAME_LENGTH) == kept
