"""What people read, as a city has it."""

from bot.config import Config
from bot.locale import Texts


def texts(config: Config) -> Texts:
    """The catalogue, with the city's own names of categories."""
    own = {f"category.{one.key}": one.name for one in config.categories if one.name}
    return Texts.bundled().with_names(own)
