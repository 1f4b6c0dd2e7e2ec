"""What people read, in Vietnamese first: one gettext file a language, one key a text."""

from collections.abc import Mapping
from importlib.resources import files

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

FIRST = "vi"
LANGUAGES = ("vi", "en")
_CATEGORY = "category."


class Texts:
    """All texts of all languages; a language without a text falls back to Vietnamese."""

    def __init__(self, catalogues: dict[str, dict[str, str]]) -> None:
        self._catalogues = catalogues

    @classmethod
    def bundled(cls) -> "Texts":
        """The languages that come with congich."""
        return cls({language: _read(language) for language in LANGUAGES})

    def with_names(self, names: Mapping[str, str]) -> "Texts":
        """These texts and names that a configuration gives, which are alike in every language."""
        return Texts({language: {**texts, **names} for language, texts in self._catalogues.items()})

    def say(self, language: str, key: str, /, **values: object) -> str:
        """One text with its values filled in. Raises KeyError for a key that no file has."""
        return self.template(language, key).format_map({name: str(value) for name, value in values.items()})

    def template(self, language: str, key: str) -> str:
        """A text with its values still open. Raises KeyError.

        A category that a city has taken away is called by its key: there are tickets of it.
        """
        first = self._catalogues[FIRST]
        found = self._catalogues.get(language, first).get(key) or first.get(key)
        if found is None and key.startswith(_CATEGORY):
            return key.removeprefix(_CATEGORY)
        return found or first[key]

    def keys(self, language: str) -> set[str]:
        """All keys of a language."""
        return set(self._catalogues[language])


def _read(language: str) -> dict[str, str]:
    with files(__name__).joinpath(f"{language}.po").open("rb") as file:
        catalog: Catalog = read_po(file, locale=language)
    return {str(message.id): str(message.string) for message in catalog if message.id and message.string}
