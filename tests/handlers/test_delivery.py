"""What follows from the way a delivery went."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from handlers.delivery import (
    MAX_ATTEMPTS,
    Attempt,
    after_crash,
    after_failure,
    is_worth_it,
    joined,
    may_send_at,
    month_of,
)
from handlers.ports import Abilities, Ambiguous, DeliveryError, NotSent, PlatformDown, Refused
from handlers.posts import Button, Content, Edit, Post, React, Toast
from storage.states import OutboxState

NOW = datetime(2026, 11, 16, 8, 0, tzinfo=UTC)


def abilities(*, tells_repeats: bool = False) -> Abilities:
    return Abilities(
        hears_everything=True,
        edits=True,
        buttons=True,
        reactions=True,
        text_limit=4096,
        caption_limit=1024,
        posts_per_minute=20,
        tells_repeats=tells_repeats,
    )


def attempt(content: Content, number: int = 1, age: timedelta = timedelta(0)) -> Attempt:
    return Attempt(content, number, NOW - age, NOW)


def state(content: Content, error: DeliveryError, **kwargs: bool) -> OutboxState:
    return after_failure(attempt(content), error, abilities(**kwargs), 0.5).state


def test_a_post_with_no_answer_is_neither_repeated_nor_forgotten() -> None:
    assert state(Post("a"), Ambiguous("no answer")) == OutboxState.UNCONFIRMED


@pytest.mark.parametrize("content", [Edit("a"), React("5", "👍")])
def test_what_may_be_said_twice_is_said_again(content: Content) -> None:
    assert state(content, Ambiguous("no answer")) == OutboxState.PENDING
    assert after_crash(content, abilities()) == OutboxState.PENDING


def test_a_receiver_that_can_tell_a_repeat_gets_one() -> None:
    assert state(Post("a"), Ambiguous("no answer"), tells_repeats=True) == OutboxState.PENDING
    assert after_crash(Post("a"), abilities(tells_repeats=True)) == OutboxState.PENDING
    assert after_crash(Post("a"), abilities()) == OutboxState.UNCONFIRMED
    assert after_crash(Toast("p", "a"), abilities()) == OutboxState.DEAD


def test_retry_after_is_a_floor() -> None:
    error = NotSent("429", timedelta(seconds=30))
    for luck in (0.0, 0.5, 0.99):
        verdict = after_failure(attempt(Post("a")), error, abilities(), luck)
        assert verdict.again_at is not None
        assert verdict.again_at >= NOW + timedelta(seconds=30)


def test_waits_grow_and_are_spread() -> None:
    waits = []
    for number in range(1, MAX_ATTEMPTS):
        verdict = after_failure(attempt(Post("a"), number), NotSent("down"), abilities(), 0.999)
        assert verdict.again_at is not None
        waits.append(verdict.again_at - NOW)
    assert waits == sorted(waits)
    assert after_failure(attempt(Post("a")), NotSent("down"), abilities(), 0.0).again_at == NOW


def test_it_dies_after_twelve_attempts_or_a_day() -> None:
    tired = after_failure(attempt(Post("a"), MAX_ATTEMPTS), NotSent("down"), abilities(), 0.5)
    old = after_failure(attempt(Post("a"), 2, timedelta(hours=25)), NotSent("down"), abilities(), 0.5)
    assert (tired.state, old.state) == (OutboxState.DEAD, OutboxState.DEAD)


def test_refused_is_for_good_unless_the_chat_moved() -> None:
    assert state(Post("a"), Refused("chat not found")) == OutboxState.DEAD
    moved = after_failure(attempt(Post("a")), Refused("moved", moved_to="-100"), abilities(), 0.5)
    assert (moved.state, moved.again_at) == (OutboxState.PENDING, NOW)


def test_a_platform_that_is_down_costs_no_attempt() -> None:
    verdict = after_failure(attempt(Post("a"), MAX_ATTEMPTS), PlatformDown("token"), abilities(), 0.5)
    assert (verdict.state, verdict.counts) == (OutboxState.PENDING, False)


def test_an_answer_to_a_press_is_worth_nothing_later() -> None:
    verdict = after_failure(
        attempt(Toast("p", "a"), 1, timedelta(seconds=40)), NotSent("down"), abilities(), 0.5
    )
    assert verdict.state == OutboxState.DEAD


def test_a_group_hears_at_most_its_limit_a_minute() -> None:
    sent = [NOW - timedelta(seconds=second) for second in range(0, 40, 2)]
    assert may_send_at(sent[:19], 20, NOW) == NOW
    assert may_send_at(sent, 20, NOW) == NOW - timedelta(seconds=38) + timedelta(minutes=1)
    assert may_send_at(sent, None, NOW) == NOW
    assert may_send_at(sent, 20, NOW - timedelta(hours=7)) == NOW - timedelta(hours=7)  # the clock was ahead
    assert may_send_at([NOW - timedelta(seconds=61)] * 20, 20, NOW) == NOW


@pytest.mark.parametrize(
    ("content", "album_buttons", "count"),
    [
        (Post("x", beside=True), True, 2),
        (Post("x"), False, 0),
        (Post("x", buttons=((Button("a", "b"),),)), False, 3),
        (Post("x", buttons=((Button("a", "b"),),)), True, 0),
        (Edit("x"), False, 0),
    ],
)
def test_which_pictures_become_one(content: Content, album_buttons: bool, count: int) -> None:
    able = replace(abilities(), album_buttons=album_buttons)
    assert len(joined(content, [b"1", b"2", b"3"], able)) == count
    assert joined(content, [b"1"], able) == ()


@pytest.mark.parametrize(
    ("purpose", "used", "worth"),
    [
        ("photos", 2699, True),
        ("photos", 2700, False),
        ("card", 2700, True),
        ("card", 2910, False),
        ("acknowledgement", 2910, False),
        ("alarm", 2999, True),
        ("settled", 2999, True),
        ("alarm", 3000, False),
    ],
)
def test_the_months_last_messages_are_kept_for_what_matters_most(
    purpose: str, used: int, worth: bool
) -> None:
    assert is_worth_it(purpose, used, 3000) is worth
    assert is_worth_it(purpose, used, None)


def test_a_month_begins_where_the_city_is() -> None:
    late = datetime(2026, 11, 30, 18, 0, tzinfo=UTC)  # 1 December, 01:00 there
    assert month_of(late, ZoneInfo("Asia/Ho_Chi_Minh")) == datetime(2026, 11, 30, 17, 0, tzinfo=UTC)
