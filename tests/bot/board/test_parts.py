"""The board's small parts: questions from addresses, what is kept, what an operator configures, its texts."""

import asyncio
import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.board import asked
from bot.board.asked import BadQuestion, BoardQuery
from bot.board.kept import WAITING, AnswerCache, Busy
from bot.board.places import places
from bot.config import ConfigError, parse
from bot.locale import Texts
from handlers.understanding.gazetteer import Gazetteer
from storage.board import SHOWN
from storage.states import OPEN, TicketStatus

ROOT = Path(__file__).parents[3]
NOW = datetime(2026, 11, 25, tzinfo=UTC)
CATEGORIES, WARDS = ("lighting", "waste"), ("Phú Lợi",)


def read(**query: str) -> BoardQuery:
    return asked.read(query, CATEGORIES, WARDS)


def test_an_address_says_which_tickets() -> None:
    assert read().wanted(NOW).statuses == SHOWN
    assert read(status="open").wanted(NOW).statuses == OPEN
    assert read(status="closed").wanted(NOW).statuses == (TicketStatus.CLOSED,)
    assert read(status="overdue").wanted(NOW).overdue_at == NOW
    wanted = read(q=" ĐÈN  đường ", category="lighting", ward="Phú Lợi").wanted(NOW)
    assert (wanted.words, wanted.category, wanted.ward) == ("den duong", "lighting", "Phú Lợi")


def test_filters_stay_in_the_addresses_of_other_pages() -> None:
    query = read(q="đèn & phố", status="open", before="12").query(before=7)
    assert query == "?q=%C4%91%C3%A8n+%26+ph%E1%BB%91&status=open&before=7"
    assert read().query() == ""
    assert not read(before="12").narrows


@pytest.mark.parametrize("status", ["rejected", "merged", "hidden"])
def test_nobody_asks_for_what_is_not_public(status: str) -> None:
    with pytest.raises(BadQuestion):
        read(status=status)


async def test_what_is_found_is_kept_for_a_while_and_found_by_one() -> None:
    now, found = [NOW], 0
    kept = AnswerCache[int](lambda: now[0], timedelta(seconds=20))

    async def find() -> int:
        nonlocal found
        await asyncio.sleep(0)
        found += 1
        return found

    assert await asyncio.gather(*(kept.get("a", find) for _ in range(5))) == [1] * 5
    assert await kept.get("b", find) == 2
    now[0] += timedelta(seconds=21)
    assert await kept.get("a", find) == 3


async def test_too_many_are_not_kept_waiting() -> None:
    kept, go = AnswerCache[int](lambda: NOW, timedelta(seconds=20), WAITING), asyncio.Event()

    async def find() -> int:
        await go.wait()
        return 1

    waiting = [asyncio.create_task(kept.get(number, find)) for number in range(8)]
    await asyncio.sleep(0)
    with pytest.raises(Busy):
        await kept.get("one more", find)
    go.set()
    assert await asyncio.gather(*waiting) == [1] * 8
    assert await kept.get("one more", find) == 1


async def test_a_question_that_failed_can_be_asked_again() -> None:
    kept = AnswerCache[int](lambda: NOW, timedelta(seconds=20))

    async def fail() -> int:
        raise BrokenPipeError

    async def find() -> int:
        return 1

    for _ in range(9):
        with pytest.raises(BrokenPipeError):
            await kept.get("a", fail)
    assert await kept.get("a", find) == 1


@pytest.mark.parametrize(
    ("board", "sentence"),
    [
        ({"tiles": "https://tiles.example/1.png"}, "board.tiles must be an address such as"),
        ({"tiles": "ftp://a/{z}/{x}/{y}"}, "board.tiles must be an address such as"),
        ({"tiles": "https://a/{z}/{x}/{y}.png"}, "board.tiles_credit is empty"),
        ({"wards_file": "/nowhere/wards.json"}, "board.wards_file: /nowhere/wards.json can't be read"),
        ({"wards_file": "{file}"}, "it must be a GeoJSON FeatureCollection"),
    ],
)
def test_what_is_wrong_with_the_map_is_told_at_the_start(
    board: dict[str, str], sentence: str, tmp_path: Path
) -> None:
    file = tmp_path / "wards.json"
    file.write_text(json.dumps([1]))
    named = {key: value.replace("{file}", str(file)) for key, value in board.items()}
    with pytest.raises(ConfigError) as error:
        places(parse({"board": {"enabled": True, **named}}).board, Gazetteer.bundled())
    assert sentence in str(error.value)
    assert "\n" not in str(error.value)


def test_every_text_of_the_pages_is_in_the_catalogue() -> None:
    keys, wanted = Texts.bundled().keys("vi"), set[str]()
    for path in (ROOT / "bot" / "board" / "templates").glob("*.html"):
        wanted |= set(re.findall(r"""\bt\(["']([a-z_.]+[a-z_])["'][,)]""", path.read_text("utf-8")))
    assert len(wanted) > 50
    assert wanted - keys == set()


def test_nothing_in_the_pages_needs_a_policy_that_is_not_ours() -> None:
    for path in (ROOT / "bot" / "board" / "templates").glob("*.html"):
        assert not re.search(
            r"\bstyle=|<style|<script(?! type=\"module\" src=)|\son[a-z]+=", path.read_text("utf-8")
        )
