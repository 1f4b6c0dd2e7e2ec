"""`congich run`, as an operator starts it, against a Telegram server."""

import signal
from pathlib import Path

import aiohttp
import pytest

from bot.demo.draw import draw
from tests.acceptance.process import City, free_port, run
from tests.fakes.telegram import FakeTelegram
from tests.fakes.telegram_faults import Fault

LAMP = "Đèn đường trước số 45 Hai Bà Trưng tắt ngúm 3 bữa nay"


@pytest.mark.sqlite_only
async def test_the_main_job(tmp_path: Path) -> None:
    """Posted, ticketed, told, worked by its button and by a command, told again, in one life."""
    async with FakeTelegram() as server:
        city = City(tmp_path, server)
        group, room = city.group, city.room
        await city.start()
        lamp = await server.post_photo(group, "Hoa", draw("lamp-dark"), LAMP)
        await server.wait_for(lambda: len(server.posts(room)) == 1)
        (told,) = server.posts(group)
        assert "#PA1001" in told["text"]
        assert told["reply_to_message"]["message_id"] == lamp
        card = server.posts(room)[0]
        assert "photo" in card
        assert "#PA1001 · Phản ánh · Chiếu sáng" in card["caption"]

        query = await server.press(room, "Hà", card["message_id"], "t:1:accept")
        await server.wait_for(lambda: "Đã tiếp nhận" in server.texts(group)[0])
        await server.wait_for(lambda: (query, "#PA1001: Đã tiếp nhận.") in server.answers)
        await server.press(room, "Hoa", card["message_id"], "t:1:resolve")
        await server.wait_for(lambda: len(server.answers) == 2)
        assert "điều hành" in server.answers[1][1]

        await server.post(group, "Hoa", "/xong 1001")
        await server.wait_for(lambda: "điều hành nhóm" in server.texts(group)[-1])
        await server.post(group, "Hà", "/xong đã thay bóng", reply_to=lamp)
        await server.wait_for(lambda: "đã xử lý xong" in server.texts(group)[-1])
        assert server.texts(group)[-1].endswith("Ghi chú: đã thay bóng")
        assert server.posts(group)[-1]["reply_to_message"]["message_id"] == lamp

        await server.edit(group, lamp, LAMP.replace("45", "54"))
        await server.wait_for(lambda: "54" in server.texts(room)[0])
        await server.post(group, "Linh", "Chào cả nhà, hôm nay trời đẹp quá")
        await city.settled(messages=4)
        assert len(server.posts(group)) == 3
        assert await city.stop() == 0
        assert city.count("SELECT count(*) FROM audit WHERE NOT allowed") == 2
        assert server.token not in city.log.read_text()
        assert (tmp_path / "data").stat().st_mode & 0o077 == 0


@pytest.mark.sqlite_only
async def test_a_group_that_becomes_a_supergroup_keeps_its_tickets(tmp_path: Path) -> None:
    async with FakeTelegram() as server:
        city = City(tmp_path, server)
        await city.start()
        await server.post(city.group, "Hoa", LAMP)
        await server.wait_for(lambda: len(server.posts(city.group)) == 1)
        new = await server.migrate(city.group, -1003000)
        rubbish = await server.post(new, "Minh", "Rác chất đống trước chợ Bông Sen, bốc mùi hôi thối")
        await server.wait_for(lambda: len(server.posts(new)) == 1)
        await server.post(new, "Hà", "/danhsach", reply_to=rubbish)
        await server.wait_for(lambda: len(server.posts(new)) == 2)
        assert "#PA1001" in server.texts(new)[-1]
        assert "#PA1002" in server.texts(new)[-1]
        assert await city.stop() == 0
        assert len(city.rows("SELECT DISTINCT chat_id FROM tickets")) == 1


@pytest.mark.sqlite_only
async def test_a_group_that_nobody_configured_is_listed_and_never_answered(tmp_path: Path) -> None:
    async with FakeTelegram() as server:
        city = City(tmp_path, server)
        strangers = server.group("Nhóm lạ", -1009)
        await city.start()
        await server.post(strangers, "Hoa", LAMP)
        await server.wait_for(lambda: city.count("SELECT count(*) FROM chats") == 3)
        _, out, _ = await run("chats", "-c", str(city.config), CONGICH_TELEGRAM_TOKEN=server.token)
        assert 'id = "-1009"  unknown  Nhóm lạ' in out
        assert await city.stop() == 0
        assert server.posts(strangers) == []


@pytest.mark.sqlite_only
async def test_telegrams_bad_moments_cost_nothing(tmp_path: Path) -> None:
    async with FakeTelegram() as server:
        city = City(tmp_path, server)
        server.fail("sendMessage", Fault.SERVER_ERROR, Fault.TOO_MANY)
        server.fail("getUpdates", Fault.BAD_GATEWAY, Fault.CLOSED)
        await server.inject({"message": {"message_id": 77, "from": {"id": 1}, "chat": "?"}})
        await server.post(city.group, "Hoa", LAMP + " \ud83d \0")
        await city.start()
        await city.settled(messages=1)
        assert sum("#PA1001" in text for text in server.texts(city.group)) == 1
        assert city.rows("SELECT state FROM inbox ORDER BY id") == [("dead",), ("done",)]
        assert await city.stop(signal.SIGINT) == 0


@pytest.mark.sqlite_only
async def test_a_post_whose_answer_is_lost_is_shown_not_repeated(tmp_path: Path) -> None:
    async with FakeTelegram() as server:
        city = City(tmp_path, server)
        server.fail("sendMessage", Fault.DROPPED)
        await city.start()
        await server.post(city.group, "Hoa", LAMP)
        await server.wait_for(lambda: any("Chưa rõ tin này" in text for text in server.texts(city.room)))
        everything = server.texts(city.group) + server.texts(city.room)
        assert sum(text.startswith(("Dạ, đã ghi nhận", "#PA1001")) for text in everything) == 2
        assert await city.stop() == 0


@pytest.mark.sqlite_only
async def test_a_second_process_on_the_same_file_says_so_and_ends(tmp_path: Path) -> None:
    async with FakeTelegram() as server:
        city = City(tmp_path, server)
        await city.start()
        code, _, errors = await run("run", "-c", str(city.config), CONGICH_TELEGRAM_TOKEN=server.token)
        assert code == 1
        assert "already running" in errors
        assert "Traceback" not in errors
        assert await city.stop() == 0


async def test_on_postgresql_the_same_job(postgresql: str, tmp_path: Path) -> None:
    async with FakeTelegram() as server:
        city = City(tmp_path, server, postgresql)
        await city.start(kill_at="committed")
        await server.post(city.group, "Hoa", LAMP + " \ud83d \0")
        assert await city.ended() == -signal.SIGKILL
        await city.start()
        await server.wait_for(lambda: len(server.posts(city.room)) == 1)
        assert len(server.posts(city.group)) == 1
        assert await city.stop() == 0


@pytest.mark.sqlite_only
async def test_told_by_a_webhook(tmp_path: Path) -> None:
    async with FakeTelegram() as server:
        city, port, secret = City(tmp_path, server), free_port(), "s" * 40
        text = city.config.read_text().replace(
            "[web]\nenabled = false", f'[web]\nport = {port}\npublic_url = "https://city.example"'
        )
        city.config.write_text(text.replace("enabled = true", 'enabled = true\nreceive = "webhook"'))
        await city.start(CONGICH_TELEGRAM_WEBHOOK_SECRET=secret)
        await server.wait_for(lambda: server.webhook is not None)
        assert server.webhook is not None
        assert server.webhook["url"] == "https://city.example/telegram/webhook"
        sender = {"id": 5, "is_bot": False, "first_name": "Hoa"}
        message = {"message_id": 1, "date": 1763250000, "chat": city.group.chat, "from": sender, "text": LAMP}
        address = f"http://127.0.0.1:{port}/telegram/webhook"
        async with aiohttp.ClientSession() as client:
            for given, status in (("wrong", 401), (server.webhook["secret_token"], 200), (secret, 200)):
                update = {"update_id": 1, "message": message}
                headers = {"X-Telegram-Bot-Api-Secret-Token": given}
                async with client.post(address, json=update, headers=headers) as answer:
                    assert answer.status == status
        await server.wait_for(lambda: len(server.posts(city.room)) == 1)
        assert len(server.posts(city.group)) == 1
        assert await city.stop() == 0
        assert secret not in city.log.read_text()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (
            "[telegram]\nenabled = true\n",
            "telegram.token_file is empty and CONGICH_TELEGRAM_TOKEN is not set",
        ),
        ("[telegram]\ntoken = 'x'\n", "unknown key 'telegram.token'"),
        ("language = \n", "not valid TOML"),
        ("", "no platform is on"),
        ('data_dir = "config.toml"\n', "'data_dir': "),
        ('[telegram]\nenabled = true\ntoken_file = "a\\u0000b"\n', "no file has such a name"),
        (
            '[webchat]\nenabled = true\n[web]\npublic_url = "http://127.0.0.1"\n'
            '[database]\nurl = "mysql://db/congich"\n',
            "must be sqlite or postgresql, not mysql",
        ),
    ],
)
async def test_a_wrong_setting_is_one_sentence_and_exit_code_2(
    tmp_path: Path, content: str, sentence: str
) -> None:
    file = tmp_path / "config.toml"
    file.write_text(content)
    code, out, errors = await run("run", "-c", str(file))
    assert (code, out) == (2, "")
    assert sentence in errors
    assert len(errors.strip().splitlines()) == 1


async def test_help_helps() -> None:
    code, out, _ = await run("--help")
    assert code == 0
    assert "Usage" in out
