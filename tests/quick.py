"""What lets many tests be quick, and changes nothing that they look at."""

from functools import cache
from typing import Any

import pytest
from httpx import create_ssl_context
from sqlalchemy.engine import URL
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from bot import understanding
from bot.config import Config
from bot.demo import draw
from bot.locale import Texts
from handlers.understanding import classifier
from handlers.understanding.classifier import FeatureReader
from handlers.understanding.gazetteer import Gazetteer
from storage import database


def read_once(patch: pytest.MonkeyPatch) -> None:
    """What comes with congich, and is only ever looked at, is read once a process and not for each App."""
    patch.setattr(Texts, "bundled", cache(Texts.bundled))
    patch.setattr(understanding, "bundled_model", cache(classifier.bundled_model))
    patch.setattr("bot.platforms.telegram.create_ssl_context", cache(create_ssl_context))
    patch.setattr(draw, "draw", cache(draw.draw))  # the same scene is the same bytes every time
    bundled, of_city = cache(lambda: FeatureReader(Gazetteer.bundled())), understanding.reader

    def reader(config: Config) -> FeatureReader:
        return of_city(config) if config.classifier.gazetteer else bundled()

    patch.setattr(understanding, "reader", reader)


def compiled_once(patch: pytest.MonkeyPatch) -> None:
    """A statement is compiled once a process and kind of database, not anew for each test's engine."""
    made: dict[str, AsyncEngine] = {}

    def created(url: URL, **options: Any) -> AsyncEngine:
        engine, kind = create_async_engine(url, **options), url.get_backend_name()
        first = made.get(kind)
        if first is None or first.dialect.server_version_info is None:  # it has never been connected
            made[kind] = engine
        else:
            engine.sync_engine.dialect = first.dialect  # by which what is compiled is found again
            engine.sync_engine._compiled_cache = first.sync_engine._compiled_cache
        return engine

    patch.setattr("storage.database.create_async_engine", created)


def unsynced(patch: pytest.MonkeyPatch) -> None:
    """A test's SQLite need not outlive the machine; processes that are started, and killed, sync theirs."""
    pragmas = tuple("synchronous=OFF" if one == "synchronous=FULL" else one for one in database.WORKING)
    assert pragmas != database.WORKING
    patch.setattr(database, "WORKING", pragmas)
