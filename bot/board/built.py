"""The board out of its configuration."""

from bot.board.figures import Counting
from bot.board.news import News
from bot.board.places import places
from bot.board.reading import Reading
from bot.board.server import Board, City
from bot.config import Config
from bot.understanding import gazetteer
from bot.web.pages import Pages
from handlers.ports import Clock, Say
from handlers.veil import Veil
from storage.database import Database
from storage.images import ImageStore


def board(
    config: Config,
    database: Database,
    url: str,
    *,
    news: News,
    pages: Pages,
    say: Say,
    images: ImageStore,
    clock: Clock,
) -> Board:
    """Everything joined; `url`: the database's, with its password. Raises ConfigError."""
    city = gazetteer(config)
    known = City(
        config.all_categories,
        {one.key: one.name for one in config.departments},
        places(config.board, city),
        config.web.public_url.rstrip("/"),
    )
    reading = Reading(database, Veil(city.names()), clock)
    counting = Counting(url, say, config.web.title, clock)
    return Board(reading, counting, news, pages=pages, say=say, images=images, clock=clock, city=known)
