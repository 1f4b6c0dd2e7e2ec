"""`congich purge`: what is older than it may be, or all of one person, taken by hand beside a running bot.

Rows alone are taken here, in short transactions of which a bot at work need not know; no lock is asked for.
The photos' files are the bot's to remove, which alone knows whether one has just come that is the same.
"""

import asyncio
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich import box
from rich.console import Console
from rich.table import Table

from bot import clock, logs, opening, purging, secrets
from bot import config as configuration
from bot.config import Config, ConfigError
from bot.opening import settings_to_write
from bot.options import CONFIG, ConfigPath, DryRun
from bot.progress import bar
from handlers.context import Turn
from handlers.pseudonyms import Pseudonyms
from storage import erasure, retention
from storage.database import Database
from storage.models import Member, row_id
from storage.retention import Cut, RetentionKind

if TYPE_CHECKING:
    from bot.app import App

WORDS: Mapping[str, str] = {
    "raw": "what platforms said word for word",
    "chatter": "messages that led to no ticket, with their photos",
    "prompts": "lists and questions behind buttons",
    "answers": "answers of the moderators' room that no page has shown",
    "photos": "photos of tickets that have ended",
    "posts": "words of the bot's posts about them",
    "names": "names of members not heard since",
    "room": "posts in the built-in chat",
    "reactions": "posts in the built-in chat with reactions of theirs",
    "browsers": "browsers that were signed in",
    "links": "links to sign in by",
    "messages": "messages",
    "tickets": "words of tickets they reported",
}
_FILES = "the photos' files go when the bot looks: within a minute where it runs, else after its next start"

Wanted = Mapping[RetentionKind, Cut]


def purge(
    dry_run: DryRun = True,
    member: Annotated[
        str, typer.Option(help="All of one person instead: platform:id, an id, or part of a name.")
    ] = "",
    only: Annotated[
        list[RetentionKind] | None, typer.Option(help="Only these; else all that have an age.")
    ] = None,
    config: ConfigPath = CONFIG,
) -> None:
    """Take what is older than the configured retention, or one person's data; nothing brings it back."""
    settings = settings_to_write(config)
    logs.as_said(settings.log)
    if member:
        asyncio.run(_one_person(settings, member, dry_run=dry_run))
    else:
        asyncio.run(_by_age(settings, only or list(RetentionKind), dry_run=dry_run))


async def _by_age(settings: Config, kinds: Sequence[RetentionKind], *, dry_run: bool) -> None:
    async with opening.beside(settings, os.environ) as database:
        wanted = _wanted(settings, kinds)
        counts = await _counted(database, wanted)
        days = configuration.retention(settings).days
        _show(counts, {kind: f"{days[kind]} days" for kind in wanted})
        if dry_run or not any(counts.values()):
            typer.echo("nothing was taken" + (": say --yes to take it" if any(counts.values()) else ""))
            return
        taken = await _take(database, wanted, counts)
    typer.echo(f"taken: {', '.join(f'{kind} {number}' for kind, number in taken.items() if number)}")
    typer.echo(_FILES)


def _wanted(settings: Config, kinds: Sequence[RetentionKind]) -> Wanted:
    befores = configuration.retention(settings).befores(clock.real())
    chosen = {kind: before for kind, before in befores.items() if kind in kinds}
    if not chosen:
        raise ConfigError("[retention] keeps all of that for ever: give it days first")
    key = secrets.seal_key(Path(settings.data_dir), os.environ)
    return purging.cuts(chosen, Pseudonyms(key))


async def _counted(database: Database, wanted: Wanted) -> dict[str, int]:
    async with database.read() as session:
        return {kind.value: await retention.count(session, kind, cut) for kind, cut in wanted.items()}


async def _take(database: Database, wanted: Wanted, counts: Mapping[str, int]) -> dict[RetentionKind, int]:
    """All of it, with a bar, and on record also where it is broken off."""
    taken = dict.fromkeys(wanted, 0)
    with bar() as progress:
        tasks = {kind: progress.add_task(kind.value, total=counts[kind.value]) for kind in wanted}

        def show(kind: RetentionKind, number: int) -> None:
            taken[kind] = number
            progress.update(tasks[kind], completed=number)

        try:
            await purging.at_once(database, wanted, show)
        finally:
            async with database.write() as session:
                purging.note(session, clock.real(), _who(), {kind.value: taken[kind] for kind in wanted})
    return taken


def _who() -> str:
    return f"congich purge ({opening.user_name(os.geteuid())})"


def _show(counts: Mapping[str, int], ages: Mapping[RetentionKind, str]) -> None:
    table = Table("what", *(["older than"] if ages else []), "how many", box=box.SIMPLE)
    table.columns[-1].justify = "right"
    for name, number in counts.items():
        age = [ages[RetentionKind(name)]] if ages else []
        table.add_row(f"{name}: {WORDS[name]}", *age, str(number))
    Console().print(table)


async def _one_person(settings: Config, words: str, *, dry_run: bool) -> None:
    from bot.app import App

    async with opening.beside(settings, os.environ) as database, database.read() as session:
        member = _only(words, await erasure.people(session, words))
        counts = await erasure.held(session, member)
    typer.echo(f"{member.platform}:{member.external_id} {member.name}")
    _show(counts, {})
    if dry_run:
        typer.echo("nothing was taken: say --yes to erase this person")
        return
    app = App(settings, os.environ)
    try:
        await _erase(app, row_id(member), counts)
    finally:
        await app.close()
    typer.echo(f"erased; posts that quote them are edited by the bot; {_FILES}")


def _only(words: str, found: Sequence[Member]) -> Member:
    if not found:
        raise ConfigError(f"nobody is called {words!r}: say platform:id, an id, or part of a name")
    if len(found) > 1:
        known = ", ".join(f"{one.platform}:{one.external_id} ({one.name})" for one in found[:20])
        raise ConfigError(f"{len(found)} people are called {words!r}; say which: {known}")
    return found[0]


async def _erase(app: "App", member_id: int, counts: Mapping[str, int]) -> None:
    """As at their own wish: what they wrote goes, and posts of ours that quote it are edited."""
    from handlers import people

    now = app.clock()
    async with opening.writing(app.database) as session:
        member = await session.get_one(Member, member_id)
        turn = Turn(app.services, session, member.platform, "", at=now, now=now)
        await people.erase(turn, member)
        purging.note(session, now, f"{_who()}: member {member_id}", counts)
