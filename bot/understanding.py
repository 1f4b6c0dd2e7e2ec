"""Which model, gazetteer and keywords a configuration asks for."""

from pathlib import Path

from bot.config import Config, ConfigError
from handlers.understanding.classifier import MODEL_FILE, Classifier, Reader, bundled_model
from handlers.understanding.gazetteer import Gazetteer, GazetteerError
from handlers.understanding.model import Model, ModelError


def classifier(config: Config, data: Path) -> Classifier:
    """What reads the messages, by the model learned here or else the bundled. Raises ConfigError."""
    keywords = {word: one.key for one in config.categories for word in one.keywords}
    return Classifier(model(data), reader(config), keywords)


def reader(config: Config) -> Reader:
    """With the city's own gazetteer, where it names one. Raises ConfigError."""
    named = config.classifier.gazetteer
    try:
        return Reader(Gazetteer.load(Path(named)) if named else Gazetteer.bundled())
    except GazetteerError as error:
        raise ConfigError(f"classifier.gazetteer: {error}") from None


def learned_file(data: Path) -> Path:
    """Where `congich learn` puts what it learned from this city's moderators."""
    return data / MODEL_FILE


def model(data: Path) -> Model:
    """The model in force. Raises ConfigError."""
    file = learned_file(data)
    if not file.exists():
        return bundled_model()
    try:
        return Model.from_bytes(file.read_bytes())
    except ModelError as error:
        raise ConfigError(f"{file}: {error}, or remove the file to use the bundled one") from None
