"""`congich init`: five answers make a configuration that loads; nobody else can read the token."""

import stat
import tomllib
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot import config as configuration
from bot.cli import application
from bot.init_cli import Answers, written

TOKEN = "123456789:AAtestTESTtestTESTtestTESTtest_12345"


def answered(config: Path, *lines: str) -> tuple[int, str]:
    result = CliRunner().invoke(application, ["init", "-c", str(config)], input="\n".join([*lines, ""]))
    return result.exit_code, result.output


def test_a_telegram_city(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    code, said = answered(
        config, "Công ích Sóc Trăng", "1", TOKEN, "-1001", "-1002", "congich", "https://congich.example.vn/"
    )
    assert code == 0, said
    assert "An address such as" in said  # "congich" was none
    assert TOKEN not in said
    assert TOKEN not in config.read_text("utf-8")
    found = configuration.load(config)
    assert (found.telegram.enabled, found.web.title, found.web.public_url) == (
        True,
        "Công ích Sóc Trăng",
        "https://congich.example.vn",
    )
    assert [(chat.platform, chat.id, chat.role) for chat in found.chats] == [
        ("telegram", "-1001", "community"),
        ("telegram", "-1002", "moderation"),
    ]
    token = Path(found.telegram.token_file)
    assert token.read_text().strip() == TOKEN
    assert stat.S_IMODE(token.stat().st_mode) == 0o600


def test_only_enter(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    code, said = answered(config, "", "", "", "", "", "")
    assert code == 0, said
    assert "congich chats" in said
    assert "telegram.token_file" in said
    assert configuration.load(config).chats == ()


def test_a_city_without_a_messenger(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    code, said = answered(config, "", "3", "2", "cong-ich", "dieu-hanh", "https://congich.example.vn")
    assert code == 0, said
    found = configuration.load(config)
    assert (found.webchat.enabled, found.telegram.enabled, len(found.chats)) == (True, False, 2)


def test_the_rooms_of_the_built_in_chat_have_names_at_once(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    code, said = answered(config, "", "2", "", "", "")
    assert code == 0, said
    assert "docs/webchat.md" in said
    assert "congich chats" not in said
    found = configuration.load(config)
    assert [(chat.platform, chat.id, chat.role) for chat in found.chats] == [
        ("webchat", "cong-ich", "community"),
        ("webchat", "dieu-hanh", "moderation"),
    ]


def test_what_is_there_is_left_alone(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text("mine")
    code, _ = answered(config, "", "", "", "", "")
    assert code != 0
    assert config.read_text() == "mine"


@pytest.mark.parametrize("title", ['"', "\\", "a\nb", 'x" \nenabled = false #', "🙂 \u202e \x7f"])
def test_no_answer_writes_a_setting_of_its_own(title: str) -> None:
    text = written(Answers(title, "telegram", title, "", ""))
    found = configuration.parse(tomllib.loads(text))
    assert (found.web.title, found.chats[0].id, found.telegram.enabled) == (title, title, True)
