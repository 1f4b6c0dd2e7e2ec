"""The example receiver beside `congich run`: down for a while, told in order, told again by a command."""

import asyncio
import sqlite3
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tests.acceptance.process import City, environment, free_port, run
from tests.fakes.bridge import SECRET
from tests.fakes.telegram import FakeTelegram

RECEIVER = Path(__file__).parents[2] / "docs" / "webhook_receiver.py"
LAMP = "Đèn đường trước số 45 Hai Bà Trưng tắt ba bữa nay"


async def until(condition: Callable[[], bool]) -> None:
    """Wait until something is so."""
    async with asyncio.timeout(40):
        while not condition():
            await asyncio.sleep(0.05)


@pytest.mark.sqlite_only
async def test_what_happened_while_the_receiver_was_down_is_told_in_order_and_again(tmp_path: Path) -> None:
    port, secret, printed = free_port(), tmp_path / "secret", tmp_path / "printed"
    secret.write_text(SECRET)
    secret.chmod(0o600)
    async with FakeTelegram() as server:
        city = City(tmp_path, server)
        webhook = f'url = "http://127.0.0.1:{port}/congich"\nsecret_file = "{secret}"\nallow_private = true\n'
        city.config.write_text(f'{city.config.read_text()}\n[[webhooks]]\nname = "ioc"\n{webhook}')
        await city.start()
        await server.post(city.group, "Hoa", LAMP)
        await until(lambda: bool(city.count("SELECT count(*) FROM dispatches WHERE attempts > 0") > 0))
        await server.post(city.room, "Hà", "/nhan 1001")
        with printed.open("wb") as out:
            receiver = await asyncio.create_subprocess_exec(
                sys.executable, str(RECEIVER), str(port), str(secret), str(tmp_path / "memory"), stdout=out,
                stderr=out, env=environment(),
            )  # fmt: skip
        try:
            await until(lambda: "ticket.accept PA1001 accepted" in printed.read_text())
            assert printed.read_text() == "ticket.opened PA1001 new\nticket.accept PA1001 accepted\n"
            await until(lambda: city.count("SELECT count(*) FROM dispatches WHERE state = 'sent'") == 2)
            code, out_, _ = await run("outbox", "list", "-c", str(city.config))
            assert (code, "webhook:ioc: 2 sent" in out_) == (0, True)
            (tmp_path / "memory").unlink()  # the receiver lost what it had
            code, out_, _ = await run(
                "webhooks", "replay", "ioc", "--since", "2020-01-01", "-c", str(city.config)
            )
            assert (code, out_) == (0, "2 events will be told again to ioc\n")
            await until(lambda: printed.read_text().count("ticket.accept") == 2)
            assert printed.read_text() == "ticket.opened PA1001 new\nticket.accept PA1001 accepted\n" * 2
        finally:
            receiver.kill()
            await receiver.wait()
        assert await city.stop() == 0


@pytest.mark.sqlite_only
async def test_what_is_stuck_is_listed_sent_again_or_left(tmp_path: Path) -> None:
    async with FakeTelegram() as server:
        city = City(tmp_path, server)
        code, _, err = await run("outbox", "list", "-c", str(city.config))  # before the first start
        assert (code, "the first start of 'congich run' makes it" in err) == (2, True)
        await city.start()
        await server.post(city.group, "Hoa", LAMP)
        await city.settled(1)
        assert await city.stop() == 0
        connection = sqlite3.connect(tmp_path / "data" / "congich.db")
        connection.execute(
            "UPDATE outbox SET state = 'dead', error = 'gone' WHERE purpose = 'acknowledgement'"
        )
        connection.execute("UPDATE outbox SET state = 'unconfirmed' WHERE purpose = 'card'")
        connection.commit()
        connection.close()
        config = ("-c", str(city.config))
        _, listed, _ = await run("outbox", "list", *config)
        assert "telegram: 1 dead" in listed
        assert "acknowledgement in" in listed
        assert ": gone" in listed
        _, elsewhere, _ = await run("outbox", "list", "--target", "webhook:ioc", *config)
        assert "acknowledgement in" not in elsewhere
        assert "acknowledgement in" in (await run("outbox", "list", "--target", "telegram", *config))[1]
        names = [line.split()[0] for line in listed.splitlines() if line.startswith("  c")]
        assert (await run("outbox", "retry", *config))[1] == "1 will be sent again\n"  # not what may be there
        again = await run("outbox", "retry", "--target", "inbox", *config)
        assert again[1] == "0 events will be handled again\n"
        assert (await run("outbox", "drop", *config))[0] == 2
        for command in ("retry", "drop"):
            code, said, err = await run("outbox", command, "--id", "99", *config)  # without its letter
            assert (code, said, "nothing stuck is called '99'" in err) == (2, "", True)
        assert (await run("outbox", "drop", "--id", names[1], *config))[1] == "1 left as they are\n"
        assert city.rows("SELECT state FROM outbox ORDER BY id") == [("pending",), ("superseded",)]
        code, _, err = await run("webhooks", "replay", "nobody", "--since", "2026-01-01", *config)
        assert (code, "there is no webhook 'nobody'" in err) == (2, True)


@pytest.mark.sqlite_only
async def test_whose_a_report_would_be_is_explained(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    rule = '[[routes]]\ndepartment = "dienluc"\ncategory = "lighting"\nhours = "off"\n'
    config.write_text(f'data_dir = "{tmp_path / "data"}"\n{rule}')
    for moment, department in (("2026-11-16T08:30", "chieusang"), ("2026-11-16T22:30", "dienluc")):
        code, out, err = await run("route", "--explain", LAMP, "--at", moment, "-c", str(config))
        assert (code, err) == (0, "")
        assert f"goes to {department} (" in out
    assert not (tmp_path / "data" / "congich.db").exists()
    (tmp_path / "data").mkdir()
    assert (await run("db", "upgrade", "-c", str(config)))[0] == 0
    with closing(sqlite3.connect(tmp_path / "data" / "congich.db")) as connection, connection:
        connection.execute(
            "INSERT INTO route_overrides (category, ward, urgent, department, member_id, at) "
            "VALUES ('lighting', '', 0, 'moitruong', 1, '2026-11-16')"
        )
    code, out, err = await run("route", "--explain", LAMP, "--at", "2026-11-16T08:30", "-c", str(config))
    assert (code, err) == (0, "")
    assert "goes to moitruong (" in out
