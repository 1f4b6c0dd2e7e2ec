"""Who is hidden in an export, by the city's key and with the city's places left in words."""

from bot import understanding
from bot.config import Config
from handlers.exports import Cover, Names
from handlers.pseudonyms import Pseudonyms
from handlers.veil import Veil


def cover(config: Config, key: bytes, names: Names) -> Cover:
    """How people are hidden. Raises ConfigError."""
    veil = Veil(understanding.gazetteer(config).names())
    return Cover(names, Pseudonyms(key).of, veil.over)
