"""An Official Account's tokens: one renewal at a time, on disk before use, and lost in one message."""

import asyncio
import stat
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.platforms.calls import Calls
from bot.platforms.zalo_oa_tokens import (
    AHEAD,
    Lost,
    OAuth,
    TokenFile,
    TokenPair,
    TokenRefused,
    Tokens,
    is_due,
)
from bot.steps import Step, nothing
from handlers.ports import Ambiguous, DeliveryError, PlatformDown
from tests.fakes.zalo_oa import APP_ID, APP_SECRET, DROPPED, PROXY, FakeZaloOa

NOW = datetime(2026, 11, 16, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)


class Killed(Exception):
    """The process ended here."""


def kill_at(name: str) -> Step:
    def step(reached: str) -> None:
        if reached == name:
            raise Killed

    return step


class Office:
    """One machine's tokens, with its clock, and what its administrators were told."""

    def __init__(self, folder: Path, server: FakeZaloOa) -> None:
        self.server = server
        self.now = NOW
        self.file = TokenFile(folder / "zalo_oa.tokens")
        self.told: list[Lost] = []
        self._calls = Calls()

    async def tell(self, lost: Lost) -> None:
        self.told.append(lost)

    def log_in(self, left: timedelta = timedelta(hours=25)) -> TokenPair:
        access, refresh = self.server.pair()
        pair = TokenPair(access, refresh, self.now + left, self.now + timedelta(days=90))
        self.file.save(pair)
        return pair

    def tokens(self, step: Step = nothing, secret: str = APP_SECRET) -> Tokens:
        """Those of one process."""
        oauth = OAuth(self.server.root, APP_ID, secret, lambda: self.now, self._calls)
        return Tokens(self.file, oauth, lambda: self.now, tell=self.tell, step=step)

    async def close(self) -> None:
        await self._calls.close()


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with FakeZaloOa() as server:
        made = Office(tmp_path, server)
        yield made
        await made.close()


@pytest.mark.parametrize(("left", "due"), [(AHEAD + HOUR, False), (AHEAD, True), (-HOUR, True)])
def test_a_pair_is_renewed_half_a_day_ahead(left: timedelta, due: bool) -> None:
    assert is_due(TokenPair("a", "r", NOW + left, NOW + left), NOW) is due


async def test_a_pair_that_lives_is_left_alone(office: Office) -> None:
    pair = office.log_in()
    tokens = office.tokens()
    await tokens.look()
    assert await tokens.access() == pair.access
    assert office.server.refreshes == []


async def test_the_next_pair_comes_ahead_of_the_end(office: Office) -> None:
    old = office.log_in(AHEAD)
    await office.tokens().look()
    new = office.file.load()
    assert new is not None
    assert new.access != old.access
    assert new.access_until == NOW + timedelta(seconds=90_000)
    assert office.server.refreshes == [old.refresh]


async def test_many_at_once_renew_once(office: Office) -> None:
    old = office.log_in(-HOUR)
    first, second = office.tokens(), office.tokens()  # two processes
    found = await asyncio.gather(*(one.access() for one in [first, second] * 5))
    assert len(set(found)) == 1
    assert office.server.refreshes == [old.refresh]


async def test_a_token_that_zalo_refuses_early_is_renewed_once(office: Office) -> None:
    old = office.log_in()
    tokens = office.tokens()
    found = await asyncio.gather(*(tokens.renew(old.access) for _ in range(5)))
    assert len(set(found)) == 1
    assert office.server.refreshes == [old.refresh]


async def test_only_we_can_read_it(office: Office, tmp_path: Path) -> None:
    pair = office.log_in()
    path = tmp_path / "zalo_oa.tokens"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.chmod(0o644)
    with pytest.raises(PlatformDown, match="chmod 600") as raised:
        await office.tokens().access()
    assert not raised.value.for_good
    assert pair.access not in repr(pair)


@pytest.mark.parametrize("content", ["", "{}", '{"access": 1}', "[]"])
async def test_a_file_that_is_none_says_what_to_do(office: Office, tmp_path: Path, content: str) -> None:
    path = tmp_path / "zalo_oa.tokens"
    path.write_text(content)
    path.chmod(0o600)
    with pytest.raises(PlatformDown, match="congich zalo login"):
        await office.tokens().access()


async def test_before_anybody_logged_in_the_administrators_hear_what_to_do(office: Office) -> None:
    tokens = office.tokens()
    await tokens.look()
    assert [(one.key, one.until) for one in office.told] == [("nobody", None)]
    with pytest.raises(PlatformDown, match="congich zalo login"):
        await tokens.access()
    pair = office.log_in()  # while the process runs
    assert await tokens.access() == pair.access


@pytest.mark.parametrize("step", ["renewing", "renewed", "kept"])
async def test_a_crash_anywhere_leaves_a_usable_pair(office: Office, step: str) -> None:
    office.log_in(AHEAD)
    with pytest.raises(Killed):
        await office.tokens(kill_at(step)).look()
    again = office.tokens()
    assert await again.access()  # at once, in any case
    if step == "renewed":  # Zalo gave the next pair and nobody kept it: the old one serves half a day more
        with pytest.raises(TokenRefused):
            await again.look()
        assert [one.until for one in office.told] == [NOW + AHEAD]
    else:
        await again.look()
        assert office.told == []
    assert await again.access()


async def test_a_pair_that_is_lost_is_told_by_one_key_and_serves_to_its_end(office: Office) -> None:
    pair = office.log_in(AHEAD)
    office.server.lose()
    tokens = office.tokens()
    for _ in range(3):
        with pytest.raises(TokenRefused, match="Invalid refresh token"):
            await tokens.look()
    assert {one.key for one in office.told} == {pair.name}
    assert await tokens.access() == pair.access
    office.now += timedelta(hours=13)
    with pytest.raises(PlatformDown, match="not renewed") as raised:
        await tokens.access()
    assert not raised.value.for_good
    assert pair.refresh not in str(raised.value)
    office.log_in()
    assert await tokens.access() != pair.access


@pytest.mark.parametrize("fault", [PROXY, DROPPED])
async def test_no_answer_is_no_loss(office: Office, fault: str) -> None:
    office.log_in(AHEAD)
    office.server.fail("access_token", fault)
    tokens = office.tokens()
    with pytest.raises(Ambiguous):
        await tokens.look()
    assert office.told == []
    assert await tokens.access()


async def test_a_wrong_app_secret_is_said_and_the_pair_kept(office: Office) -> None:
    pair = office.log_in(AHEAD)
    with pytest.raises(TokenRefused, match="Invalid secret key"):
        await office.tokens(secret="wrong").look()
    await office.tokens().look()  # the operator gave the right one
    new = office.file.load()
    assert new is not None
    assert new.refused == ""
    assert new.refresh != pair.refresh


async def test_who_renews_for_very_long_is_not_waited_for_for_ever(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.log_in(-HOUR)
    monkeypatch.setattr("bot.platforms.zalo_oa_tokens.LOOK", 0.01)
    async with office.file.held():
        with pytest.raises(PlatformDown, match="another process"):
            await office.tokens().access()
    assert await office.tokens().access()


async def test_keep_fresh_outlives_what_goes_wrong(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.platforms.zalo_oa_tokens.AGAIN", timedelta(seconds=0.01))
    office.log_in(AHEAD)
    office.server.fail("access_token", PROXY, PROXY)
    task = asyncio.create_task(office.tokens().keep_fresh())
    async with asyncio.timeout(5):
        while not office.server.refreshes:
            await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_stop_waits_for_the_pair_that_zalo_has_given(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The old refresh token is worth nothing by then: a pair that is not kept is a login lost."""
    given, renew = asyncio.Event(), OAuth.renew

    async def slowly(self: OAuth, pair: TokenPair) -> TokenPair:
        new = await renew(self, pair)
        given.set()
        await asyncio.sleep(0.05)  # its answer is on the way
        return new

    monkeypatch.setattr(OAuth, "renew", slowly)
    office.log_in(AHEAD)
    task = asyncio.create_task(office.tokens().keep_fresh())
    await given.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await office.tokens().look()
    assert office.told == []
    assert len(office.server.refreshes) == 1


def test_a_refused_pair_remembers_what_was_said(tmp_path: Path) -> None:
    file = TokenFile(tmp_path / "deep" / "tokens")
    pair = TokenPair("a", "r", NOW, NOW, refused="Zalo: -14014")
    file.save(pair)
    file.save(replace(pair, access="b"))
    assert file.load() == replace(pair, access="b")
    assert not issubclass(TokenRefused, DeliveryError)
