"""`/xuat`: what a moderator asks for, and the address that says so."""

import hmac
import json
from base64 import urlsafe_b64encode
from dataclasses import replace
from datetime import timedelta
from time import perf_counter

import pytest

from handlers import periods
from handlers.export_links import ExportRequest, path, read
from handlers.export_orders import period_in
from handlers.exports import Format, Names
from handlers.listing import to_json
from handlers.policy import HOME
from handlers.posts import Post
from handlers.seals import BrokenSeal, ExpiredSeal
from storage import chats, members
from storage.lists import Filter
from storage.states import ChatRole, MemberRole, TicketStatus
from tests.handlers.desk import MONDAY, ROOM, Desk

KEY = b"a key of thirty-two bytes length"
ASKED = ExportRequest(Format.CSV, Filter(category="waste", opened_from=MONDAY, words="rac"), "vi")


def parts(address: str) -> tuple[str, str, Format]:
    _, _, sealed, name = address.split("/")
    token, _, mac = sealed.partition(".")
    return token, mac, Format(name.rpartition(".")[2])


def test_an_address_says_what_was_asked() -> None:
    assert read(KEY, *parts(path(KEY, ASKED, MONDAY)), MONDAY + timedelta(hours=23)) == ASKED


def test_an_address_can_be_neither_made_nor_changed_nor_kept() -> None:
    token, mac, kind = parts(path(KEY, ASKED, MONDAY))
    other, _, _ = parts(path(KEY, replace(ASKED, wanted=Filter()), MONDAY))
    for asked in ((other, mac, kind), (token, "0" * 32, kind), (token, mac, Format.XLSX), ("x", mac, kind)):
        with pytest.raises(BrokenSeal):
            read(KEY, *asked, MONDAY)
    with pytest.raises(BrokenSeal):
        read(b"another key of thirty-two bytes!", token, mac, kind, MONDAY)
    with pytest.raises(ExpiredSeal):
        read(KEY, token, mac, kind, MONDAY + timedelta(hours=25))


def meant(desk: Desk, said: str) -> ExportRequest:
    address = next(word for word in said.split() if word.startswith("https://"))
    return read(desk.services.seal.key, *parts(address.removeprefix("https://city.example")), MONDAY)


@pytest.mark.parametrize(
    ("words", "kind", "category", "first"),
    [
        ("", "xlsx", None, None),
        ("csv", "csv", None, None),
        ("geojson tháng 10 chiếu sáng", "geojson", "lighting", "2026-10-01"),
        ("rác thải 1/11 - 15/11", "xlsx", "waste", "2026-11-01"),
        ("tuần trước jsonl", "jsonl", None, "2026-11-09"),
        ("rác thải từ đầu năm", "xlsx", "waste", "2026-01-01"),
        ("csv 6 thang dau nam chieu sang", "csv", "lighting", "2026-01-01"),
    ],
)
async def test_what_a_moderator_asks_for(
    desk: Desk, words: str, kind: str, category: str | None, first: str | None
) -> None:
    desk.services = replace(desk.services, address="https://city.example")
    await desk.say("mod", f"/xuat {words}", chat=ROOM)
    asked = meant(desk, await desk.only("reply", ROOM))
    opened_from = asked.wanted.opened_from
    begins = opened_from.astimezone(HOME) if opened_from else None
    assert (asked.kind, asked.wanted.category, begins and begins.date().isoformat()) == (
        kind,
        category,
        first,
    )
    assert set(asked.wanted.statuses) == set(TicketStatus)


async def test_several_statuses_are_either_and_several_of_anything_else_are_refused(desk: Desk) -> None:
    desk.services = replace(desk.services, address="https://city.example")
    await desk.say("mod", "/xuat đang xử lý csv đã xử lý", chat=ROOM)
    asked = meant(desk, await desk.only("reply", ROOM))
    assert set(asked.wanted.statuses) == {TicketStatus.IN_PROGRESS, TicketStatus.RESOLVED}
    for words, named in (
        ("rác thải chiếu sáng", "Chiếu sáng, Rác thải"),
        ("moitruong, tháng 10, chieusang", "Môi trường, Chiếu sáng đô thị"),
    ):
        await desk.say("mod", f"/xuat {words}", chat=ROOM)
        said = (await replies(desk))[-1]
        assert (named in said, "https://" in said) == (True, False)


@pytest.mark.parametrize(
    ("words", "holds"),
    [
        ("", "0 phiếu: từ trước đến nay"),
        ("csv chiếu sáng - quá hạn", "0 phiếu: từ trước đến nay · Chiếu sáng · Chiếu sáng đô thị · Quá hạn"),
        ("chieusang, đã xử lý & 1/11-15/11", "phiếu: 01/11 – 15/11/2026 · Chiếu sáng đô thị · Đã xử lý"),
        ("các phiếu môi trường của tháng 9 - tháng 10", "0 phiếu: 01/09 – 31/10/2026 · Môi trường"),
    ],
)
async def test_the_answer_says_what_the_file_holds(desk: Desk, words: str, holds: str) -> None:
    desk.services = replace(desk.services, address="https://city.example")
    await desk.say("mod", f"/xuat {words}", chat=ROOM)
    said = await desk.only("reply", ROOM)
    assert said.endswith(holds)


@pytest.mark.parametrize("words", ["tháng này năm ngoái", "1/11-15/11 rác năm trước"])
async def test_a_period_read_by_half_gives_no_file(desk: Desk, words: str) -> None:
    desk.services = replace(desk.services, address="https://city.example")
    await desk.say("mod", f"/xuat {words}", chat=ROOM)
    assert "https://" not in await desk.only("reply", ROOM)


async def test_words_that_name_nothing_are_said_back(desk: Desk) -> None:
    desk.services = replace(desk.services, address="https://city.example")
    await desk.say("mod", "/xuat ngập nước, tháng 10 csv", chat=ROOM)
    said = await desk.only("reply", ROOM)
    assert "01/10 – 31/10/2026" in said
    assert "chưa hiểu “ngập nước”" in said


@pytest.mark.parametrize(
    "words", ["tháng 13 csv", "1/11 - 31/11", "1/10/2024 - 15/11/2026", "quý 5", "ngày 5", "rác cuối năm"]
)
async def test_a_period_that_can_not_be_read_is_asked_for_again(desk: Desk, words: str) -> None:
    desk.services = replace(desk.services, address="https://city.example")
    await desk.say("mod", f"/xuat {words}", chat=ROOM)
    said = await desk.only("reply", ROOM)
    assert ("https://" in said, f"khoảng thời gian trong “{words}”" in said) == (False, True)


def test_a_ward_counts_no_days() -> None:
    period, words = period_in("phường 2 ngày 5/11", MONDAY, HOME)
    assert period is not None
    assert (periods.written(period), words) == ("05/11/2026", "phường 2")


def test_a_period_is_looked_for_in_few_words() -> None:
    begun = perf_counter()
    assert period_in("chữ " * 2000, MONDAY, HOME)[0] is None
    assert perf_counter() - begun < 0.5


async def test_names_are_an_administrators_and_on_record(desk: Desk) -> None:
    desk.services = replace(desk.services, address="https://city.example")
    await desk.say("mod", "/xuat csv", chat=ROOM)
    assert meant(desk, await desk.only("reply", ROOM)).names is Names.PSEUDONYMS
    await desk.say("mod", "/xuatten csv", chat=ROOM)
    assert "https://" not in (await replies(desk))[-1]
    async with desk.database.write() as session:
        boss = await members.ensure(session, "telegram", "mod", "", desk.now)
        boss.role = MemberRole.ADMINISTRATOR
    await desk.say("mod", "/xuatten csv", chat=ROOM)
    asked = meant(desk, (await replies(desk))[-1])
    assert (asked.kind, asked.names) == (Format.CSV, Names.WRITTEN)
    assert (await desk.audit())[-2:] == [("command.export_names", False), ("command.export_names", True)]


async def replies(desk: Desk) -> list[str]:
    said = [one.content for one in await desk.said("reply", ROOM)]
    return [one.text for one in said if isinstance(one, Post)]


def test_an_address_of_before_names_nobody() -> None:
    asked = replace(ASKED, names=Names.WRITTEN)
    assert read(KEY, *parts(path(KEY, asked, MONDAY)), MONDAY).names is Names.WRITTEN
    said = {"filter": to_json(ASKED.wanted), "language": "vi", "until": int(MONDAY.timestamp())}
    token = urlsafe_b64encode(json.dumps(said).encode()).decode().rstrip("=")
    mac = hmac.digest(KEY, f"export|csv|{token}".encode(), "sha256")[:16].hex()
    assert read(KEY, token, mac, Format.CSV, MONDAY).names is Names.PSEUDONYMS


async def test_a_department_gets_its_own_alone(desk: Desk) -> None:
    async with desk.database.write() as session:
        chat = await chats.ensure(session, "telegram", "-301", "Chiếu sáng", desk.now)
        chat.role, chat.department = ChatRole.DEPARTMENT, "chieusang"
    desk.services = replace(desk.services, address="https://city.example")
    await desk.say("officer2", "/xuat", chat="-301")
    assert meant(desk, await desk.only("reply", "-301")).wanted.department == "chieusang"


async def test_without_an_address_it_says_what_to_do(desk: Desk) -> None:
    await desk.say("mod", "/xuat", chat=ROOM)
    assert "web.public_url" in await desk.only("reply", ROOM)
