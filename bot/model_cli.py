"""What the command line says of understanding: classify lines, measure labelled ones, learn a new model."""

import asyncio
import json
import os
import sys
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from bot import understanding
from bot.config import Config, ConfigError
from handlers.understanding.classifier import MODEL_FILE, Classifier
from handlers.understanding.values import Place, Understanding

if TYPE_CHECKING:
    from handlers.understanding.learning.examples import Labelled

Lines = Annotated[Path | None, typer.Argument(help="A file of JSON lines; without it, standard input.")]
ConfigOption = Annotated[
    Path | None,
    typer.Option("--config", "-c", help="A city's configuration: its gazetteer, keywords and model."),
]


class BadLine(ValueError):
    """A line that can't be classified; the text says why."""


def classify(file: Lines = None, config: ConfigOption = None) -> None:
    """Understand JSON lines such as {"text": "…", "has_image": false}, and write them with what they mean.

    Other keys pass through. A line that can't be read is one error with its number, and the rest go on.
    """
    classifier = _classifier(config)
    source = file.open("rb") if file else sys.stdin.buffer
    with source:
        for number, line in enumerate(source, 1):
            if not line.strip():
                continue
            try:
                row = _row(line)
            except BadLine as error:
                typer.echo(f"congich: line {number}: {error}", err=True)
                continue
            seen = classifier(row["text"], has_photo=row.get("has_image") is True)
            sys.stdout.write(json.dumps(row | _said(seen), ensure_ascii=False) + "\n")
            sys.stdout.flush()


def _row(line: bytes) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        raise BadLine("it is not JSON") from None
    if not isinstance(row, dict) or not isinstance(row.get("text"), str):
        raise BadLine('it has no "text" that is a string')
    row["text"].encode("utf-8", "replace")
    return row


def _said(seen: Understanding) -> dict[str, Any]:
    return {
        "kind": seen.kind.value,
        "kind_confidence": seen.kind_confidence,
        "category": seen.category,
        "category_confidence": seen.category_confidence,
        "urgent": seen.urgent,
        "place": _place(seen.place),
        "intent": seen.intent.value,
        "model": seen.model,
    }


def _place(place: Place) -> dict[str, Any] | None:
    if place.text is None and place.latitude is None:
        return None
    names = ("text", "street", "number", "alley", "ward", "landmark")
    return {name: getattr(place, name) for name in names} | {"lat": place.latitude, "lon": place.longitude}


def evaluate(
    file: Annotated[
        Path | None, typer.Argument(help="Labelled JSON lines; without it, the held-back messages.")
    ] = None,
    train: Annotated[Path | None, typer.Option(help="Train the same pipeline on these lines first.")] = None,
    test: Annotated[Path | None, typer.Option(help="And measure it on these.")] = None,
    labels: Annotated[str, typer.Option(help="The key of the label in both.")] = "label",
    config: ConfigOption = None,
) -> None:
    """Measure against labelled lines (kind, category, place, urgent, as far as given)."""
    from bot import figures

    if train or test:
        if not train or not test:
            raise ConfigError("--train and --test belong together: give both")
        from handlers.understanding.learning.learn import SEED

        with _Training() as console:
            lines = figures.method(_rows(train), _rows(test), labels, Random(SEED), console.print)
    else:
        lines = figures.of(_classifier(config), _labelled(file))
    for line in lines:
        typer.echo(line)


def learn(
    config: Annotated[
        Path | None,
        typer.Option(
            "--config",
            "-c",
            help="Add what this city's moderators corrected; its bot takes the model at its next start.",
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(help="Where to write it; without a configuration, the bundled model's place."),
    ] = None,
) -> None:
    """Train the model anew from the corpus, and take it if it is not worse on the held-back messages."""
    from bot import figures
    from handlers.understanding.learning import examples
    from handlers.understanding.learning.learn import SEED
    from handlers.understanding.learning.learn import learn as from_messages

    settings = _config(config)
    data = Path(settings.data_dir)
    rows = examples.bundled(examples.LEARNED)
    corrected = asyncio.run(_corrected(settings)) if config else []
    target = output or (
        understanding.learned_file(data)
        if config
        else Path(str(files("handlers.understanding"))) / MODEL_FILE
    )
    before = understanding.model(data) if config else None
    with _Training() as console:
        console.print(f"{len(rows)} messages of the corpus, {len(corrected)} corrected by moderators")
        held_back = examples.bundled(examples.HELD_BACK)
        learned = from_messages(
            [*rows, *corrected],
            held_back,
            before,
            understanding.reader(settings),
            Random(SEED),
            console.print,
        )
    for line in figures.compared(learned):
        typer.echo(line)
    if not learned.taken:
        typer.echo("congich: the new model is worse on the held-back messages, so it is not taken", err=True)
        raise SystemExit(1)
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_suffix(".new")
    partial.write_bytes(learned.model.to_bytes())
    partial.replace(target)
    typer.echo(f"{learned.model.header.version} -> {target}")


async def _corrected(settings: Config) -> list["Labelled"]:
    """What moderators of a city said its messages are."""
    from bot.app import database_url
    from handlers.understanding.learning.examples import Labelled
    from storage import corrections
    from storage.database import Database

    opened = Database(database_url(settings, os.environ))  # only looks, so beside a running process too
    try:
        async with opened.read() as session:
            found = await corrections.all_of_them(session)
    finally:
        await opened.close()
    return [
        Labelled(
            text=one.text,
            kind=one.kind,
            category=one.category,
            intent="chatter" if one.kind == "none" else None,
        )
        for one in found
    ]


class _Training:
    """Progress on standard error, and one sentence where scikit-learn is missing."""

    def __enter__(self) -> Console:
        return Console(stderr=True, highlight=False)

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, ModuleNotFoundError):
            raise ConfigError(f'learning needs {error.name}: pip install "congich[learn]"') from None


def _config(path: Path | None) -> Config:
    from bot import config as configuration

    return configuration.load(path) if path else Config()


def _classifier(path: Path | None) -> Classifier:
    if path is None:
        return Classifier.bundled()
    settings = _config(path)
    return understanding.classifier(settings, Path(settings.data_dir))


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} can't be read ({type(error).__name__})") from None


def _labelled(path: Path | None) -> list["Labelled"]:
    from handlers.understanding.learning import examples

    if path is None:
        return examples.bundled(examples.HELD_BACK)
    try:
        return examples.read(_lines(path))
    except examples.BadLine as error:
        raise ConfigError(f"{path}: {error}") from None


def _rows(path: Path) -> list[Mapping[str, Any]]:
    rows: list[Mapping[str, Any]] = []
    for number, line in enumerate(_lines(path), 1):
        try:
            rows.append(_row(line.encode()))
        except BadLine as error:
            raise ConfigError(f"{path}: line {number}: {error}") from None
    return rows
