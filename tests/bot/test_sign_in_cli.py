"""`congich invite` and `congich sign-in`: links beside a bot at work, or one sentence why not."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot import config as configuration
from bot.app import App
from bot.cli import application
from bot.config import ConfigError
from bot.run import prepare
from bot.sign_in_cli import refusal
from handlers import sign_in_links
from storage.models import Member, SignInLink
from storage.states import MemberRole
from tests.acceptance.process import run

NOW = datetime(2026, 11, 16, 8, tzinfo=UTC)
ROOT = "http://127.0.0.1:8080"
SETTINGS = """
data_dir = "{data}"
[web]
public_url = "{root}/"
[webchat]
enabled = true
[roles]
moderators = ["webchat:ha", "telegram:7"]
"""


def written(folder: Path, text: str = SETTINGS) -> Path:
    file = folder / "config.toml"
    file.write_text(text.format(data=folder / "data", root=ROOT), "utf-8")
    return file


@pytest.mark.sqlite_only
async def test_both_write_beside_a_bot_at_work(tmp_path: Path) -> None:
    file = written(tmp_path)
    app = App(configuration.load(file), {})
    await prepare(app)  # which holds the lock from now on
    asked = ("--people", "50", "--days", "14", "--title", "Tổ dân phố 3", "--shared")
    code, out, errors = await run("invite", *asked, "-c", str(file))
    assert (code, errors) == (0, "")
    assert out.startswith(f"{ROOT}/sign-in/")
    code, own, errors = await run("sign-in", "webchat:ha", "-c", str(file))
    assert (code, errors) == (0, "")
    async with app.database.read() as session:
        tokens = [link.strip().rpartition("/")[2] for link in (out, own)]
        open_to_all, personal = [
            await session.get_one(SignInLink, sign_in_links.number(token)) for token in tokens
        ]
    for token, link in zip(tokens, (open_to_all, personal), strict=True):
        assert sign_in_links.is_of(app.seal.key, token, link)
    assert (open_to_all.uses_left, open_to_all.title, open_to_all.shared) == (50, "Tổ dân phố 3", True)
    assert (open_to_all.expires_at - open_to_all.created_at).days == 14
    assert (personal.member_id is not None, personal.uses_left) == (True, 1)
    await app.close()


@pytest.mark.parametrize(
    ("arguments", "text", "said"),
    [
        (["invite"], SETTINGS.replace("enabled = true", "enabled = false"), "webchat.enabled"),
        (["invite"], SETTINGS.replace('public_url = "{root}/"', ""), "web.public_url"),
        (["sign-in", "webchat:ha"], SETTINGS.replace('public_url = "{root}/"', ""), "web.public_url"),
        (["invite"], SETTINGS, "there is no database yet"),
    ],
)
def test_where_there_is_no_link_one_sentence_says_why(
    tmp_path: Path, arguments: list[str], text: str, said: str
) -> None:
    result = CliRunner().invoke(application, [*arguments, "-c", str(written(tmp_path, text))])
    assert isinstance(result.exception, ConfigError)
    assert said in str(result.exception)
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(
    ("platform", "role", "erased", "is_given"),
    [
        ("webchat", MemberRole.MEMBER, False, True),
        ("webchat", MemberRole.MODERATOR, False, True),
        ("webchat", MemberRole.MODERATOR, True, False),
        ("telegram", MemberRole.MODERATOR, False, True),
        ("telegram", MemberRole.MEMBER, False, False),
    ],
)
def test_whom_the_web_has_something_for(
    platform: str, role: MemberRole, erased: bool, is_given: bool
) -> None:
    member = Member(platform=platform, external_id="7", name="Hà", role=role, erased=erased, created_at=NOW)
    assert (refusal(f"{platform}:7", member) == "") == is_given


def test_a_member_who_is_not_there() -> None:
    assert "no member 'webchat:xa'" in refusal("webchat:xa", None)
