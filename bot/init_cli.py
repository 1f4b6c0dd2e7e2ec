"""`congich init`: five questions, and a configuration that works; a token goes into a file of its own."""

import json
import os
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from bot import config as configuration
from bot.config import ConfigError
from bot.opening import expect_own
from bot.secrets import TOKEN
from bot.setting_types import TELEGRAM_ID, is_web_address
from bot.terminal import called
from storage import folders

TITLE = "Công ích đô thị"
TELEGRAM, WEBCHAT = "telegram", "webchat"
KEPT = "secrets/telegram.token"  # from the configuration's folder


@dataclass(frozen=True, slots=True)
class Answers:
    """What the operator said. Empty: later."""

    title: str
    platform: str
    group: str
    moderators: str
    address: str
    token_file: str = ""


def init(
    config: Annotated[Path, typer.Option("--config", "-c", help="The configuration file to write.")] = Path(
        "config.toml"
    ),
) -> None:
    """Ask five questions and write a configuration that works."""
    if config.exists():
        raise ConfigError(f"{config} is there already: move it away, or name another file with -c")
    kept = _kept(config)
    expect_own(config.parent, os.geteuid())
    typer.echo("Five questions; Enter takes what stands in brackets. Everything can be changed later.\n")
    title = _title()
    platform = _platform()
    token = _token() if platform == TELEGRAM else ""
    if platform == TELEGRAM:
        group = _group("3. The community group's id, such as -1001234567890 (empty: later)")
        moderators = _other(group, lambda: _group("4. The moderators' chat's id (empty: later)"))
    else:  # its rooms are ours to name
        group = typer.prompt("3. The community group's id", default="cong-ich").strip()
        moderators = _other(group, lambda: typer.prompt("4. The moderators' room's id", default="dieu-hanh"))
    kept = kept if token else ""
    answers = Answers(title, platform, group, moderators, _address(), kept)
    text = written(answers)
    configuration.parse(tomllib.loads(text), str(config))
    folders.make(config.parent)
    if token:
        _keep(config.parent / kept, token)
    config.write_text(text, "utf-8")
    typer.echo(f"\n{config} is written. {_next(answers, config)}")


def _title() -> str:
    said = typer.prompt("1. What your pages and the group are called", default=TITLE)
    return " ".join(said.split()) or TITLE


def _asked(question: str) -> str:
    said: str = typer.prompt(question, default="", show_default=False)
    return said.strip()


def _group(question: str) -> str:
    while (said := _asked(question)) and (wrong := _why_no_group(said)):
        typer.echo(f"   {wrong}")
    return said


def _why_no_group(said: str) -> str:
    if not TELEGRAM_ID.fullmatch(said):
        return "A number such as -1001234567890, please, no name; congich chats shows it later."
    if not said.startswith("-"):
        return "A group's, please, with its minus, such as -1001234567890: one without is a person's."
    return ""


def _other(group: str, ask: Callable[[], str]) -> str:
    """One that is not the community's: what moderators see, not everybody may."""
    while (said := ask().strip()) == group and group:
        typer.echo("   Another one than the community's, please: moderators need a chat of their own.")
    return said


def _platform() -> str:
    asked = (
        "2. Where people are: 1 Telegram, 2 the built-in chat (Zalo: docs/zalo.md, others: docs/bridge.md)"
    )
    while (said := typer.prompt(asked, default="1").strip()) not in ("1", "2"):
        typer.echo("   1 or 2, please.")
    return TELEGRAM if said == "1" else WEBCHAT


def _token() -> str:
    asked = "   The bot's token from @BotFather (is not shown; empty: later)"
    while said := typer.prompt(asked, default="", show_default=False, hide_input=True).strip():
        if TOKEN.fullmatch(said):
            return str(said)
        typer.echo("   The whole token, please: digits, a colon, then letters and digits.")
    return ""


def _address() -> str:
    asked = "5. The https address under which people reach this server (empty: none yet)"
    while said := _asked(asked).rstrip("/"):
        if is_web_address(said):
            return said
        typer.echo("   An address such as https://congich.soctrang.gov.vn, please.")
    return ""


def _kept(config: Path) -> str:
    """Where the token will lie, from the configuration's folder: not where another bot's does."""
    names = (KEPT, f"secrets/{config.stem}.token")
    free = [name for name in names if not (config.parent / name).exists()]
    if not free:
        raise ConfigError(
            f"{config.parent / names[-1]} is there already: move it away, or name another file with -c"
        )
    return free[0]


def _keep(file: Path, token: str) -> None:
    """A file that only its owner can read, and that was not there."""
    folders.make(file.parent)
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
        out.write(f"{token}\n")


def written(answers: Answers) -> str:
    """The file's text: what was said, and everything else as it is by default."""
    lines = [
        "# Written by congich init; every other setting, with its default: config.example.toml",
        "",
        "[web]",
        f"title = {_quoted(answers.title)}",
        f"public_url = {_quoted(answers.address)}",
        "",
        f"[{answers.platform}]",
        "enabled = true",
        *([f"token_file = {_quoted(answers.token_file)}"] if answers.token_file else []),
        "",
        "[board] # what everybody may see: docs/board.md",
        "enabled = false",
    ]
    for role, chat in (("community", answers.group), ("moderation", answers.moderators)):
        if chat:
            lines += ["", "[[chats]]", f"platform = {_quoted(answers.platform)}", f"id = {_quoted(chat)}"]
            lines += [f'role = "{role}"']
    return "\n".join([*lines, ""])


def _quoted(text: str) -> str:
    """A TOML string: JSON's escapes are TOML's too."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _next(answers: Answers, config: Path) -> str:
    congich = called()
    steps = [f"Look at it with: {congich} doctor -c {config}", f"Begin with: {congich} run -c {config}"]
    if answers.platform == TELEGRAM and not answers.token_file:
        steps.insert(0, "Put the token into a 0600 file and name it in telegram.token_file.")
    if answers.platform == WEBCHAT:
        steps.append("Say who moderates, and invite people: docs/webchat.md.")
    elif not answers.group:
        steps.append(f"Once somebody has written in your group: {congich} chats -c {config} shows its id.")
    return "\n".join(["Next:", *(f"- {step}" for step in steps)])
