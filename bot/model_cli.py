"""`congich classify` and `congich eval`: understand lines of text, and measure that on labelled ones."""

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from bot import understanding
from bot.config import Config, ConfigError
from bot.opinion_embedding import embedder
from bot.terminal import plain, say
from handlers.understanding.classifier import Classifier, FeatureReader
from handlers.understanding.dense import Dense, Embed
from handlers.understanding.gazetteer import Gazetteer
from handlers.understanding.values import Place, Understanding

if TYPE_CHECKING:
    from handlers.understanding.learning.advised import WithEmbedding
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
                say(f"congich: line {number}: {error}", err=True)
                continue
            seen = classifier(row["text"], has_photo=row.get("has_image") is True)
            sys.stdout.write(_line(row | _said(seen)))
            sys.stdout.flush()


def _line(row: Mapping[str, Any]) -> str:
    """One line; half of a surrogate pair, which UTF-8 has no bytes for, is written as JSON writes it."""
    line = json.dumps(row, ensure_ascii=False)
    return (line if _can_be_written(line) and plain(line) == line else json.dumps(row)) + "\n"


def _can_be_written(line: str) -> bool:
    try:
        line.encode()
    except UnicodeEncodeError:
        return False
    return True


def _row(line: bytes) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        raise BadLine("it is not JSON") from None
    if not isinstance(row, dict) or not isinstance(row.get("text"), str):
        raise BadLine('it has no "text" that is a string')
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
    embedding: Annotated[
        bool, typer.Option("--embedding", help="With the second opinion of the sentence embedding.")
    ] = False,
    config: ConfigOption = None,
) -> None:
    """Measure against labelled lines (kind, category, place, urgent, as far as given)."""
    from bot import figures, speed

    embed = embedder() if embedding else None
    if train or test:
        if not train or not test:
            raise ConfigError("--train and --test belong together: give both")
        lines = _method(_pairs(train, labels), _pairs(test, labels), embed)
    else:
        classifier = _classifier(config)
        lines = figures.of(_with(classifier, embed) if embed else classifier, _labelled(file))
    for line in lines:
        typer.echo(line)
    if not train and not embedding:
        typer.echo("")
        for line in speed.lines(_classifier(config), [row.text for row in _labelled(file)]):
            typer.echo(line)


def _with(classifier: Classifier, embed: Embed) -> "WithEmbedding":
    from handlers.understanding.learning.advised import WithEmbedding

    return WithEmbedding(classifier, Dense.bundled(), embed)


def _method(
    train: Sequence[tuple[str, str]], test: Sequence[tuple[str, str]], embed: Embed | None
) -> Iterator[str]:
    from bot import figures
    from handlers.understanding.learning.learn import SEED
    from handlers.understanding.learning.method import trained

    with Training() as console:
        console.print(f"training on {len(train)} messages, measuring on {len(test)}")
        chance = Random(SEED)  # the same order every time # nosec B311
        answer = trained(train, FeatureReader(Gazetteer.bundled()), chance, embed)
        yield from figures.method(test, {text for text, _ in train}, answer)


def _pairs(path: Path, label: str) -> list[tuple[str, str]]:
    """The text and the label of each line. Raises ConfigError."""
    pairs = []
    for number, row in enumerate(_rows(path), 1):
        if row.get(label) is None:
            raise ConfigError(f'{path}: line {number}: it has no "{label}" (which label to take: --labels)')
        pairs.append((str(row["text"]), str(row[label])))
    return pairs


class Training:
    """Progress on standard error, and one sentence where scikit-learn is missing."""

    def __enter__(self) -> Console:
        return Console(stderr=True, highlight=False)

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, ModuleNotFoundError):
            raise ConfigError(f'learning needs {error.name}: .venv/bin/pip install -e ".[learn]"') from None


def settings_of(path: Path | None) -> Config:
    """The configuration of a file, or the default one. Raises ConfigError."""
    from bot import config as configuration

    return configuration.load(path) if path else Config()


def _classifier(path: Path | None) -> Classifier:
    if path is None:
        return Classifier.bundled()
    settings = settings_of(path)
    return understanding.classifier(settings, Path(settings.data_dir))


def _lines(path: Path) -> list[str]:
    try:
        text = path.read_text("utf-8").removesuffix("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} can't be read ({type(error).__name__})") from None
    if not text:
        raise ConfigError(f"{path} is empty")
    return text.split("\n")  # by nothing else: JSON may have other ends of lines in its texts


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
