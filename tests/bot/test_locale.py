"""What people read: the same keys and values in both languages, and every key that the code asks for."""

import re
import string
from pathlib import Path

import pytest

from bot.locale import LANGUAGES, Texts
from handlers import commands
from handlers.lifecycle import Move
from handlers.understanding import CATEGORIES, Kind
from storage.states import TicketStatus

ROOT = Path(__file__).parents[2]
ASKED = re.compile(r'"([a-z_]+\.[a-z_]+)"')
TEXTS = Texts.bundled()


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_both_languages_have_the_same_keys_and_values() -> None:
    assert TEXTS.keys("vi") == TEXTS.keys("en")
    for key in TEXTS.keys("vi"):
        versions = [fields(TEXTS.template(language, key)) for language in LANGUAGES]
        assert versions[0] == versions[1], key


def test_every_word_of_a_family_has_a_name() -> None:
    wanted = {f"kind.{kind.value}" for kind in Kind} | {f"category.{word}" for word in CATEGORIES}
    wanted |= {f"status.{status.value}" for status in TicketStatus}
    wanted |= {f"button.{move.value}" for move in Move if move not in (Move.CLOSE, Move.MERGE)}
    wanted |= {f"history.{move.value}" for move in Move}
    assert wanted <= TEXTS.keys("vi")


def test_every_key_the_code_asks_for_is_there() -> None:
    families = {key.split(".")[0] for key in TEXTS.keys("vi")}
    asked = {
        key
        for folder in ("handlers", "bot")
        for path in (ROOT / folder).rglob("*.py")
        for key in ASKED.findall(path.read_text("utf-8"))
        if key.split(".")[0] in families and path.name not in ("config.py", "pipeline.py")
    }
    assert asked - TEXTS.keys("vi") <= {"process.ready", "question.json"}
    assert len(asked) > 40


def test_the_help_names_every_command() -> None:
    helped = "".join(
        TEXTS.say("vi", f"help.{part}")
        for part in ("report", "member", "department", "moderator", "administrator")
    )
    for command in commands.COMMANDS:
        assert f"/{command.words[0]}" in helped, command.name


def test_an_unknown_language_gets_vietnamese_and_an_unknown_key_is_an_error() -> None:
    assert TEXTS.say("km", "kind.report") == "Phản ánh"
    with pytest.raises(KeyError):
        TEXTS.say("vi", "kind.nonsense")


def test_a_category_that_is_there_no_more_is_called_by_its_key() -> None:
    assert TEXTS.say("vi", "category.nha_tro") == "nha_tro"
