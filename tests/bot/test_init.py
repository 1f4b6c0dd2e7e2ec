"""`congich init`: five answers make a configuration that loads; nobody else can read the token."""

import os
import stat
import tomllib
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot import config as configuration
from bot.cli import application
from bot.config import ConfigError
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


def test_a_folder_that_is_not_there_is_made(tmp_path: Path) -> None:
    """And not found missing after five answers."""
    config = tmp_path / "city" / "config.toml"
    code, said = answered(config, "", "2", "", "", "")
    assert code == 0, said
    assert configuration.load(config).webchat.enabled


def test_what_can_not_be_is_asked_again(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    code, said = answered(
        config, "", "1", TOKEN[:9], TOKEN, "@congich_st", "1001", "-1001", "1002", "-1001", "-1002",
        "https:congich.vn", "https://cong ich.vn", "https://congich.vn:8443/city/",
    )  # fmt: skip
    assert code == 0, said
    assert (said.count("The whole token"), said.count("Another one than the community's")) == (1, 1)
    assert (said.count("A number such as"), said.count("An address such as")) == (1, 2)
    assert said.count("one without is a person's") == 2
    found = configuration.load(config)
    assert [chat.id for chat in found.chats] == ["-1001", "-1002"]
    assert found.web.public_url == "https://congich.vn:8443/city"


def test_the_token_is_found_wherever_a_command_is_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "city").mkdir()
    code, said = answered(Path("city/config.toml"), "", "1", TOKEN, "", "", "")
    assert code == 0, said
    monkeypatch.chdir("/")
    found = configuration.load(tmp_path / "city" / "config.toml")
    assert found.telegram.token_file == str(tmp_path / "city" / "secrets" / "telegram.token")
    assert Path(found.telegram.token_file).read_text().strip() == TOKEN


def test_only_enter(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    code, said = answered(config, "", "", "", "", "", "")
    assert code == 0, said
    assert f" chats -c {config}" in said
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
    assert " chats -c" not in said
    found = configuration.load(config)
    assert [(chat.platform, chat.id, chat.role) for chat in found.chats] == [
        ("webchat", "cong-ich", "community"),
        ("webchat", "dieu-hanh", "moderation"),
    ]


def test_a_second_bot_in_a_folder_leaves_the_firsts_token_alone(tmp_path: Path) -> None:
    other, third = TOKEN.replace("AA", "BB"), TOKEN.replace("AA", "CC")
    assert answered(tmp_path / "one.toml", "", "1", TOKEN, "", "", "")[0] == 0
    assert answered(tmp_path / "two.toml", "", "1", other, "", "", "")[0] == 0
    for name, token in (("one", TOKEN), ("two", other)):
        found = configuration.load(tmp_path / f"{name}.toml").telegram.token_file
        assert Path(found).read_text().strip() == token
    (tmp_path / "two.toml").unlink()
    code, said = answered(tmp_path / "two.toml", "", "1", third, "", "", "")
    assert (code != 0, "1. What your pages" in said) == (True, False)  # said before anything is asked
    assert Path(found).read_text().strip() == other


def test_what_is_there_is_left_alone(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text("mine")
    code, _ = answered(config, "", "", "", "", "")
    assert code != 0
    assert config.read_text() == "mine"


@pytest.mark.parametrize("title", ['"', "\\", "a\nb", 'x" \nenabled = false #', "🙂 \u202e \x7f"])
def test_no_answer_writes_a_setting_of_its_own(title: str) -> None:
    text = written(Answers(title, "webchat", title, "", ""))
    found = configuration.parse(tomllib.loads(text))
    assert (found.web.title, found.chats[0].id, found.webchat.enabled) == (title, title, True)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives folders away")
def test_root_writes_no_configuration_that_the_bot_can_not_read(tmp_path: Path) -> None:
    os.chown(tmp_path, 12_345, 12_345)
    result = CliRunner().invoke(application, ["init", "-c", str(tmp_path / "config.toml")])
    assert isinstance(result.exception, ConfigError)
    assert "runuser -u 12345" in str(result.exception)


def test_a_title_between_spaces_and_an_installation_that_no_shell_finds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("sys.argv", [".venv/bin/congich", "init"])
    for name, said, title in (("a", "  Công  ích ", "Công ích"), ("b", "   ", "Công ích đô thị")):
        config = tmp_path / f"{name}.toml"
        code, told = answered(config, said, "1", "", "", "", "")
        assert code == 0, told
        assert configuration.load(config).web.title == title
        for command in ("doctor", "run", "chats"):
            assert f": .venv/bin/congich {command} -c {config}" in told
