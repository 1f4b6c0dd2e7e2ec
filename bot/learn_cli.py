"""What the command line says of learning: a new model, or new heads on the embedding."""

import asyncio
import os
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Annotated

import typer

from bot import understanding
from bot.config import Config
from bot.looking import ready
from bot.model_cli import Training, settings_of
from bot.opening import database_url, settings_to_write
from bot.opinion_embedding import NAME as EMBEDDING
from bot.opinion_embedding import embedder
from handlers.understanding import opinions
from handlers.understanding.classifier import MODEL_FILE
from handlers.understanding.dense import DENSE_FILE
from storage import folders

if TYPE_CHECKING:
    from handlers.understanding.learning.examples import Labelled


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
    embedding: Annotated[
        bool, typer.Option("--embedding", help="Train what reads the sentence embedding instead.")
    ] = False,
) -> None:
    """Train the model anew from the corpus, and take it if it is not worse on the held-back messages."""
    from handlers.understanding.learning import examples

    settings = settings_to_write(config) if config else settings_of(None)
    rows = examples.bundled(examples.LEARNED)
    if embedding:
        _learn_embedding(rows, output)
    else:
        _learn_words(settings, rows, output, of_city=config is not None)


def _learn_words(settings: Config, rows: Sequence["Labelled"], output: Path | None, *, of_city: bool) -> None:
    from bot import figures
    from handlers.understanding.learning.examples import HELD_BACK, bundled
    from handlers.understanding.learning.learn import SEED
    from handlers.understanding.learning.learn import learn as from_messages

    data = Path(settings.data_dir)
    corrected = asyncio.run(_corrected(settings)) if of_city else []
    target = output or (understanding.learned_file(data) if of_city else _bundled(MODEL_FILE))
    with Training() as console:
        console.print(f"{len(rows)} messages of the corpus, {len(corrected)} corrected by moderators")
        learned = from_messages(
            [*rows, *corrected],
            bundled(HELD_BACK),
            understanding.model(data) if of_city else None,
            understanding.reader(settings),
            Random(SEED),  # the same order every time # nosec B311
            console.print,
        )
    for line in figures.compared(learned):
        typer.echo(line)
    if not learned.taken:
        typer.echo("congich: the new model is worse on the held-back messages, so it is not taken", err=True)
        raise SystemExit(1)
    folders.make(target.parent)
    folders.write(target, learned.model.to_bytes(), target.with_suffix(".new"))
    typer.echo(f"{learned.model.header.version} -> {target}")


def _bundled(name: str) -> Path:
    return Path(str(files("handlers.understanding"))) / name


def _learn_embedding(rows: Sequence["Labelled"], output: Path | None) -> None:
    from handlers.understanding.learning import dense

    target = output or _bundled(DENSE_FILE)
    heads = ("kind", "category")
    labelled = [
        (row.text, {name: value for name, value in row.labels.items() if name in heads})
        for row in rows
        if opinions.reads(row.text)
    ]
    with Training() as console:
        console.print(f"embedding {len(labelled)} messages, some 30 ms each")
        found = dense.train(EMBEDDING, embedder(), labelled)
    target.write_text(found.text(), "utf-8")
    typer.echo(f"{EMBEDDING} -> {target}")


async def _corrected(settings: Config) -> list["Labelled"]:
    """What moderators of a city said its messages are. Raises ConfigError where there is no database."""
    from handlers.understanding.learning.examples import Labelled
    from storage import corrections

    # Only looks, so beside a running process too.
    async with ready(database_url(settings, os.environ)) as database, database.read() as session:
        found = await corrections.all_of_them(session)
    return [
        Labelled(
            text=one.text,
            kind=one.kind,
            category=one.category,
            intent="chatter" if one.kind == "none" else None,
        )
        for one in found
    ]
