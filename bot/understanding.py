"""Which model, gazetteer and keywords a configuration asks for."""

from collections.abc import Mapping
from pathlib import Path

from bot import config as configuration
from bot.config import Config, ConfigError
from bot.opinion_embedding import EmbeddingOpinion, embedder
from bot.opinion_endpoint import EndpointOpinion
from bot.opinions import Opinions
from bot.secrets import read_secret
from handlers.understanding.classifier import MODEL_FILE, Classifier, FeatureReader, bundled_model
from handlers.understanding.dense import Dense
from handlers.understanding.gazetteer import Gazetteer, GazetteerError
from handlers.understanding.model import Model, ModelError
from handlers.understanding.opinions import SecondOpinion


def classifier(config: Config, data: Path) -> Classifier:
    """What reads the messages, by the model learned here or else the bundled. Raises ConfigError."""
    keywords = {word: one.key for one in config.categories for word in one.keywords}
    return Classifier(model(data), reader(config), keywords)


def reader(config: Config) -> FeatureReader:
    """With the city's own gazetteer, where it names one. Raises ConfigError."""
    return FeatureReader(gazetteer(config))


def gazetteer(config: Config) -> Gazetteer:
    """The names of the city's places. Raises ConfigError."""
    named = config.classifier.gazetteer
    try:
        return Gazetteer.load(Path(named)) if named else Gazetteer.bundled()
    except GazetteerError as error:
        raise ConfigError(f"classifier.gazetteer: {error}") from None


def opinions(config: Config, environ: Mapping[str, str], classifier: Classifier) -> Opinions | None:
    """The second opinions that are switched on, None where none is. Raises ConfigError."""
    wanted, advisers = config.opinions, list[SecondOpinion]()
    if wanted.embedding:
        advisers.append(EmbeddingOpinion(Dense.bundled(), embedder()))
    if wanted.endpoint:
        key = read_secret("CONGICH_OPINION_KEY", wanted.endpoint_key_file, environ)
        advisers.append(EndpointOpinion(wanted.endpoint, wanted.endpoint_model, key))
    if not advisers:
        return None
    lines = configuration.policy(config, classifier.sure, classifier.unsure)
    return Opinions(advisers, sure=lines.sure, unsure=lines.unsure, seconds=wanted.seconds)


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
