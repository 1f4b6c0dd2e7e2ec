"""A database that was moved away: no command writes into it until somebody says that it is kept."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select, text
from typer.testing import CliRunner

from bot import logs, opening, photo_store
from bot.cli import application
from bot.config import Config
from storage import members, migrations
from storage.database import Database
from storage.models import Audit, SignInLink

NOW = datetime(2026, 11, 26, 8, tzinfo=UTC)
NEW = "postgresql://db/new"
SETTINGS = """
data_dir = "{data}"
[retention]
raw_days = 3
[web]
public_url = "http://127.0.0.1:8080"
[webchat]
enabled = true
[photos.store]
endpoint = "http://127.0.0.1:9"
bucket = "photos"
[[webhooks]]
name = "ioc"
url = "https://ioc.example/hook"
"""
WRITING = [
    ["purge", "--yes"],
    ["purge", "--member", "webchat:ha", "--yes"],
    ["invite"],
    ["sign-in", "webchat:ha"],
    ["outbox", "retry"],
    ["outbox", "drop", "--target", "webhook:ioc"],
    ["webhooks", "replay", "ioc", "--since", "2020-01-01"],
    ["export", "tickets.csv", "--names"],
    ["photos", "move", "--to", "s3", "--remove"],
    ["db", "upgrade"],
    ["db", "move", "--to", "sqlite:///another.db"],
]
LOOKING = [["outbox", "list"], ["chats"], ["db", "current"], ["export", "tickets.csv"]]


@pytest.fixture
def config(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A configuration of the city, given from a folder of its own."""
    file = tmp_path / "config.toml"
    file.write_text(SETTINGS.format(data=tmp_path / "data"), "utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(logs, "configure", lambda *_, **__: None)  # the command's is its process's own
    secret = "whsec_" + "c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0"
    for name, value in {
        "CONGICH_DATABASE_URL": database_url,
        "CONGICH_WEBHOOK_IOC_SECRET": secret,
        photo_store.KEY: "key",
        photo_store.SECRET: "secret",
    }.items():
        monkeypatch.setenv(name, value)
    return file


async def given(config: Path, *words: str) -> str:
    """What a command says, or why it refuses."""
    done = await asyncio.to_thread(CliRunner().invoke, application, [*words, "-c", str(config)])
    return str(done.exception or done.output)


async def test_whatever_writes_is_refused_and_whatever_looks_is_not(
    database: Database, tmp_path: Path, config: Path
) -> None:
    async with database.write() as session:
        await members.ensure(session, "webchat", "ha", "Hà", NOW)
    await opening.leave(database, Config(data_dir=str(tmp_path)), NEW, NOW)
    refused = [words for words in WRITING if "congich db keep" in await given(config, *words)]
    assert refused == WRITING
    async with database.read() as session:
        assert (await session.scalars(select(Audit))).all() == []
        assert (await session.scalars(select(SignInLink))).all() == []
    assert [words for words in LOOKING if "congich db keep" in await given(config, *words)] == []

    await _of_schema(database, "0014")  # what refuses to be upgraded can be kept
    assert "kept" in await given(config, "db", "keep")
    await _of_schema(database, migrations.head())
    assert "http://127.0.0.1:8080/sign-in/" in await given(config, "invite")


async def _of_schema(database: Database, version: str) -> None:
    async with database.connect() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = :it"), {"it": version})
