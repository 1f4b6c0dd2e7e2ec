"""GeoReport v2 as other systems meet it: on a real socket, with the whole way of a message behind it."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path
from xml.etree import ElementTree

import pytest
from sqlalchemy import func, select, update
from sqlmodel import col

from handlers import loopmarks
from handlers.lifecycle import Move
from handlers.understanding import CATEGORIES
from storage.models import Inbox, Member, Outbox, Submission, Ticket
from storage.states import TicketStatus
from tests.bot.open311.town import APP_KEY, CENTRE_KEY, Town, running

LAMP = {
    "service_code": "lighting",
    "description": "Đèn đường trước nhà tắt ba bữa nay, gọi tôi 0912 345 678",
    "address_string": "45 Hai Bà Trưng, phường 1",
    "lat": "9.6025",
    "long": "105.9739",
}


@pytest.fixture
async def town(tmp_path: Path, database_url: str) -> AsyncIterator[Town]:
    url = database_url if database_url.startswith("postgresql") else ""
    async with running(tmp_path, url) as made:
        yield made


async def test_a_posted_request_is_a_ticket_that_can_be_read(town: Town) -> None:
    status, made = await town.post({**LAMP, "account_id": "7", "jurisdiction_id": "soctrang.gov.vn"})
    assert status == 201
    assert made == [
        {
            "service_request_id": "PA1001",
            "service_notice": "Đã ghi nhận, mã phiếu PA1001.",
            "account_id": "7",
        }
    ]
    status, (read,) = await town.get("/v2/requests/PA1001.json")
    assert status == 200
    assert read | {"requested_datetime": "", "updated_datetime": "", "expected_datetime": ""} == {
        "service_request_id": "PA1001",
        "status": "open",
        "status_notes": None,
        "service_name": "Chiếu sáng",
        "service_code": "lighting",
        "description": "Đèn đường trước nhà tắt ba bữa nay, gọi tôi […]\n45 Hai Bà Trưng, phường 1",
        "agency_responsible": "Chiếu sáng và cây xanh",
        "service_notice": None,
        "requested_datetime": "",
        "updated_datetime": "",
        "expected_datetime": "",
        "address": read["address"],
        "address_id": None,
        "zipcode": None,
        "lat": 9.6025,
        "long": 105.9739,
        "media_url": None,
    }
    assert "Hai Bà Trưng" in read["address"]
    made_at = datetime.fromisoformat(read["requested_datetime"])
    assert abs(datetime.now(UTC) - made_at) < timedelta(minutes=1)
    assert made_at.utcoffset() == timedelta(hours=7)


async def test_the_same_told_again_is_a_voice_and_sent_again_is_the_same(town: Town) -> None:
    again = {"Idempotency-Key": "17"}
    (first,) = (await town.post({**LAMP, "account_id": "1"}, headers=again))[1]
    (repeated,) = (await town.post({**LAMP, "account_id": "1"}, headers=again))[1]
    (other,) = (await town.post({**LAMP, "account_id": "2"}))[1]
    assert {one["service_request_id"] for one in (first, repeated, other)} == {"PA1001"}
    _, (read,) = await town.get("/v2/requests/PA1001.json", extensions="true")
    assert read["extended_attributes"] == {
        "status": "new", "kind": "report", "urgent": False, "voices": 2, "photos": [],
    }  # fmt: skip


async def test_moderators_work_it_and_nothing_is_posted_to_the_system(town: Town) -> None:
    await town.post(LAMP)
    async with town.app.database.read() as session:
        rows = (await session.scalars(select(Outbox))).all()
        members = (await session.scalars(select(Member).where(col(Member.platform) == "open311"))).all()
    assert [row.purpose for row in rows] == ["card"]
    assert "Gửi qua: Ứng dụng" in str(rows[0].payload)
    assert "Camera gần: C12 ngã tư (56 m)" in str(rows[0].payload)
    assert all("0912" not in member.external_id for member in members)


async def test_who_is_known_by_nothing_but_a_number_of_ours(town: Town) -> None:
    person = {"email": "an@example.vn", "phone": "0912345678", "first_name": "An", "last_name": "Lê"}
    await town.post({**LAMP, **person, "description": "Đèn tắt"})
    await town.post({**LAMP, **person, "service_code": "waste", "description": "Rác hôi"})
    async with town.app.database.read() as session:
        found = (await session.scalars(select(Member).where(col(Member.platform) == "open311"))).all()
        kept = [str(row.payload) for row in await session.scalars(select(Inbox))]
    assert [(one.name, one.external_id.startswith("app:")) for one in found] == [("An Lê", True)]
    assert not any("an@example" in one or "0912345678" in one for one in kept)


async def test_what_a_moderator_must_see_first_is_a_token(town: Town) -> None:
    for number in range(10):
        await town.post({
            **LAMP, "description": f"Rác số {number}", "service_code": "waste", "account_id": "1",
            "address_string": f"{number + 1} Lê Lợi", "lat": str(9 + number / 100),
        })  # fmt: skip
    _, (held,) = await town.post(
        {**LAMP, "account_id": "1", "address_string": "3 Trần Hưng Đạo", "lat": "9.1"}
    )
    assert held["service_notice"] == "Đã nhận, điều hành đang xem."
    status, (told,) = await town.get(f"/v2/tokens/{held['token']}.json")
    assert (status, told["service_request_id"], told["token"]) == (200, None, held["token"])
    async with town.app.database.write() as session:
        ticket = (await session.scalars(select(Ticket).limit(1))).one()
        last = (await session.scalars(select(Submission).order_by(col(Submission.id).desc()).limit(1))).one()
        last.ticket_id = ticket.id
    _, (told,) = await town.get(f"/v2/tokens/{held['token']}.json")
    assert told["service_request_id"] == "PA1001"


async def test_our_own_words_that_come_back_open_nothing(town: Town) -> None:
    await town.post(LAMP)
    marked = f"Đèn tắt {loopmarks.mark(town.app.seal, 'PA1001')}"
    _, (made,) = await town.post({**LAMP, "service_code": "waste", "description": marked})
    assert made["service_request_id"] == "PA1001"
    forged = {**LAMP, "service_code": "waste", "description": "Rác [congich:PA1001-00000000]"}
    _, (other,) = await town.post(forged)
    assert other["service_request_id"] == "PA1002"


async def test_what_is_said_beside_the_words_holds(town: Town) -> None:
    said = {"attribute[kind]": "suggestion", "attribute[danger]": "true"}
    await town.post({**LAMP, **said, "service_code": "other", "description": "Đề nghị gắn thêm đèn"})
    _, (read,) = await town.get("/v2/requests/PA1001.json", extensions="true")
    assert (read["extended_attributes"]["kind"], read["extended_attributes"]["urgent"]) == (
        "suggestion",
        True,
    )
    assert read["service_code"] == "lighting"  # "other" lets its words tell


async def test_lists_by_every_filter_of_the_specification(town: Town) -> None:
    await town.post(LAMP)
    await town.post({**LAMP, "service_code": "waste", "address_string": "9 Lê Lợi", "lat": "9.7"})
    await town.post({**LAMP, "service_code": "road", "address_string": "1 Trần Phú", "lat": "9.8"})
    async with town.app.database.write() as session:
        road = (await session.scalars(select(Ticket).where(col(Ticket.category) == "road"))).one()
        road.status = TicketStatus.RESOLVED
        waste = (await session.scalars(select(Ticket).where(col(Ticket.category) == "waste"))).one()
        waste.opened_at -= timedelta(days=100)

    async def codes(**query: str) -> list[str]:
        status, found = await town.get("/v2/requests.json", **query)
        assert status == 200
        return [one["service_request_id"] for one in found]

    assert await codes() == ["PA1003", "PA1001"]  # the last ninety days
    assert await codes(service_request_id="PA1002, PA1001,PA9", status="closed") == ["PA1001", "PA1002"]
    assert await codes(status="open") == ["PA1001"]
    assert await codes(status="closed") == ["PA1003"]
    assert await codes(status="open,closed", service_code="road,waste") == ["PA1003"]
    begin = datetime.now(UTC) - timedelta(days=120)
    assert await codes(start_date=begin.isoformat()) == ["PA1002"]
    assert await codes(end_date=(begin + timedelta(days=60)).isoformat()) == ["PA1002"]
    assert (
        await codes(end_date="0001-01-01T00:00:00Z") == await codes(start_date="9999-12-31T23:59:59Z") == []
    )
    assert await codes(page_size="1", page="2") == ["PA1001"]
    assert await codes(page="3") == []


async def test_in_xml_it_is_the_same(town: Town) -> None:
    await town.post({**LAMP, "description": "Đèn tắt \u0001 <b>&"})
    status, text, content_type = await town.text("/v2/requests.xml")
    assert (status, content_type) == (200, "text/xml; charset=utf-8")
    assert text.startswith('<?xml version="1.0" encoding="utf-8"?>')
    request = ElementTree.fromstring(text.split("\n", 1)[1]).find("request")
    assert request is not None
    assert (request.findtext("service_request_id"), request.findtext("status")) == ("PA1001", "open")
    assert (request.findtext("description") or "").startswith("Đèn tắt  <b>&")
    assert request.findtext("zipcode") == ""
    url = f"{town.root}/v2/requests.xml"
    async with town.session.post(url, data={**LAMP, "api_key": APP_KEY}) as response:
        made = ElementTree.fromstring((await response.text()).split("\n", 1)[1])
    assert made.findtext("request/service_request_id") == "PA1001"


async def test_services_their_definitions_and_the_discovery(town: Town) -> None:
    _, services = await town.get("/v2/services.json", jurisdiction_id="soctrang.gov.vn")
    assert [one["service_code"] for one in services] == list(CATEGORIES)
    assert services[1] == {
        "service_code": services[1]["service_code"], "service_name": services[1]["service_name"],
        "description": services[1]["description"], "metadata": True, "type": "realtime", "keywords": "",
        "group": services[1]["group"],
    }  # fmt: skip
    assert all(one["description"] for one in services)
    _, definition = await town.get("/v2/services/waste.json")
    assert [one["code"] for one in definition["attributes"]] == ["kind", "danger"]
    _, text, _ = await town.text("/v2/services/waste.xml")
    value = ElementTree.fromstring(text.split("\n", 1)[1]).find("attributes/attribute/values/value")
    assert value is not None
    assert (value.findtext("key"), value.findtext("name")) == ("complaint", "Khiếu nại")
    _, discovery = await town.get("/discovery.json")
    (endpoint,) = discovery["endpoints"]
    assert (endpoint["url"], endpoint["formats"]) == (
        f"{town.root}/v2",
        ["text/xml", "application/json"],
    )
    _, text, _ = await town.text("/discovery.xml")
    assert "<formats><format>text/xml</format><format>application/json</format></formats>" in text


@pytest.mark.parametrize(
    ("path", "query", "status", "told"),
    [
        ("/v2/services.json", {"jurisdiction_id": "x"}, 404, "jurisdiction_id was not found"),
        ("/v2/services/none.json", {}, 404, "service_code was not found"),
        ("/v2/requests/PA9.json", {}, 404, "service_request_id was not found"),
        ("/v2/tokens/none.json", {}, 404, "token was not found"),
        ("/v2/tokens/%00.json", {}, 404, "token was not found"),
        ("/v2/requests.json", {"status": "done"}, 400, "status 'done' is none of open, closed"),
        ("/v2/requests.json", {"start_date": "2026-01-01"}, 400, "start_date must be a moment"),
        ("/v2/requests.json", {"end_date": ""}, 400, "end_date must be a moment"),
        ("/v2/requests.json", {"extensions": "yes"}, 400, "extensions must be true or false"),
        (
            "/v2/requests.json",
            {"start_date": "2026-01-01T00:00:00Z", "end_date": "2026-12-01T00:00:00Z"},
            400,
            "more than 90 days",
        ),
        ("/v2/requests.json", {"page": "0"}, 400, "page must be a number from 1"),
        ("/v2/requests.json", {"page_size": "1001"}, 400, "page_size must be a number from 1 to 1000"),
        ("/v2/requests.json", {"api_key": "wrong"}, 403, "api_key is missing or wrong"),
        ("/v3/services.json", {}, 404, "there is no such resource"),
    ],
)
@pytest.mark.sqlite_only
async def test_errors_are_told_as_the_specification_says(
    town: Town, path: str, query: dict[str, str], status: int, told: str
) -> None:
    found, (error,) = await town.get(path, **query)
    assert (found, error["code"]) == (status, status)
    assert told in error["description"]
    found, text, _ = await town.text(path.replace(".json", ".xml"), **query)
    assert found == status
    assert f"<errors><error><code>{status}</code><description>" in text


@pytest.mark.parametrize(
    ("fields", "status", "told"),
    [
        ({"service_code": ""}, 400, "service_code was not provided"),
        ({"service_code": "none"}, 404, "service_code was not found"),
        ({"address_string": "", "lat": "", "long": ""}, 400, "a location was not provided"),
        ({"lat": "9,6"}, 400, "lat and long must both be numbers"),
        ({"lat": "nan"}, 400, "no place on earth"),
        ({"long": "200"}, 400, "no place on earth"),
        ({"description": "x" * 4001}, 400, "description has more than 4000 characters"),
        ({"media_url": "http://169.254.169.254/x.jpg"}, 400, "media_url is no public web address"),
        ({"attribute[kind]": "joke"}, 400, "attribute 'kind' is none of"),
        ({"attribute[colour]": "red"}, 400, "attribute 'colour' is not in the service definition"),
        ({"api_key": "wrong"}, 403, "api_key is missing or wrong"),
        ({"api_key": ""}, 403, "api_key is missing or wrong"),
        ({"jurisdiction_id": "hue.gov.vn"}, 404, "jurisdiction_id was not found"),
        ({"first_name": "x" * 70_000}, 413, "at most 65536 bytes"),
    ],
)
@pytest.mark.sqlite_only
async def test_a_wrong_post_is_one_clear_error_and_no_row(
    town: Town, fields: dict[str, str], status: int, told: str
) -> None:
    found, (error,) = await town.post({**LAMP, **fields})
    assert (found, error["code"]) == (status, status)
    assert told in error["description"]
    async with town.app.database.read() as session:
        assert (await session.execute(select(func.count()).select_from(Inbox))).scalar() == 0


@pytest.mark.sqlite_only
async def test_wrong_methods_bodies_and_letters(town: Town) -> None:
    url = f"{town.root}/v2/requests.json"
    async with town.session.delete(url) as response:
        assert (response.status, response.headers["Allow"]) == (405, "GET, HEAD, POST")
        assert (await response.json())[0]["description"] == "this resource takes only GET and POST"
    async with town.session.post(url, json={"a": 1}) as response:
        assert response.status == 415
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    for body in (b"description=%FF", b"\xff", b"&".join(b"a=1" for _ in range(200))):
        async with town.session.post(url, data=body, headers=form) as response:
            assert response.status == 400


@pytest.mark.sqlite_only
async def test_where_reading_needs_a_key_and_who_reads_more(tmp_path: Path) -> None:
    async with running(tmp_path, open_reading=False) as town:
        await town.post(LAMP)
        assert (await town.get("/v2/requests.json"))[0] == 403
        assert (await town.get("/v2/services.json"))[0] == 200
        _, (read,) = await town.get("/v2/requests.json", api_key=APP_KEY, extensions="true")
        assert "0912" not in read["description"]
        assert "cameras" not in read["extended_attributes"]
        headers = {"X-Api-Key": CENTRE_KEY}
        url = f"{town.root}/v2/requests.json?extensions=true"
        async with town.session.get(url, headers=headers) as response:
            (read,) = await response.json()
        assert "0912 345 678" in read["description"]
        assert read["extended_attributes"]["cameras"] == ["C12"]


@pytest.mark.sqlite_only
async def test_what_was_said_with_the_end_is_said_of_it_also_when_it_is_closed(town: Town) -> None:
    await town.post(LAMP)
    notes = []
    for move, note in ((Move.RESOLVE, "đã thay bóng"), (Move.CLOSE, ""), (Move.REOPEN, "còn chớp")):
        await town.move("PA1001", move, note)
        (read,) = (await town.get("/v2/requests/PA1001.json", api_key=APP_KEY))[1]
        notes.append(read["status_notes"])
    assert notes == ["đã thay bóng", "đã thay bóng", None]


@pytest.mark.sqlite_only
async def test_notes_hide_numbers_and_a_hidden_ticket_is_for_those_with_a_key(town: Town) -> None:
    await town.post(LAMP)
    await town.move("PA1001", Move.RESOLVE, "đã thay bóng, còn hư gọi chị Lan 0912 345 678")
    addresses = (
        "/v2/requests.json",
        "/v2/requests/PA1001.json",
        "/v2/requests.json?service_request_id=PA1001",
    )
    for address, key in product(addresses, ("", APP_KEY)):
        (read,) = (await town.get(address, **({"api_key": key} if key else {})))[1]
        assert "đã thay bóng" in read["status_notes"]
        assert "0912" not in read["status_notes"]
    (read,) = (await town.get("/v2/requests.json", api_key=CENTRE_KEY))[1]
    assert "0912 345 678" in read["status_notes"]
    async with town.app.database.write() as session:
        await session.execute(update(Ticket).values(hidden=True))
    for address in addresses:
        status, read = await town.get(address)
        assert (status, read) == (200, []) or status == 404, address
        assert (await town.get(address, api_key=APP_KEY))[1][0]["service_request_id"] == "PA1001"


@pytest.mark.sqlite_only
async def test_many_at_once_are_each_one_ticket(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.open311.server.ANSWER_SECONDS", 30.0)  # on a busy machine too

    async def one(number: int) -> str:
        fields = {
            "address_string": f"{number + 1} Lê Lợi",
            "lat": str(9 + number / 50),
            "account_id": str(number),
        }
        _, (made,) = await town.post({**LAMP, **fields})
        return str(made.get("service_request_id"))

    codes = await asyncio.gather(*(one(number) for number in range(20)))
    assert len({*codes}) == 20
