"""What a configuration asks of understanding: a city's own words, gazetteer, model and advisers."""

from pathlib import Path

import pytest
from sqlalchemy import select

from bot import config as configuration
from bot import setup, understanding
from bot.app import App
from bot.config import ConfigError
from storage.database import Database
from storage.models import Route
from tests.handlers.desk import MONDAY

CEMETERY = {
    "key": "cemetery",
    "name": "Nghĩa trang",
    "keywords": ["nhà tang lễ", "nghĩa trang"],
    "department": "tratu",
}
SETTINGS = {
    "departments": [{"key": "tratu", "name": "Trật tự đô thị", "categories": ["encroachment"]}],
    "categories": [CEMETERY],
}


def test_a_citys_own_words_decide_the_category(tmp_path: Path) -> None:
    ours = understanding.classifier(configuration.parse(SETTINGS), tmp_path)
    bundled = understanding.classifier(configuration.parse({}), tmp_path)
    for text in ("cỏ mọc um tùm trong nghĩa trang", "den truoc nha tang le hu roi"):
        assert ours(text).category == "cemetery"
        assert bundled(text).category != "cemetery"
    assert ours("đèn hẻm 12 hư rồi") == bundled("đèn hẻm 12 hư rồi")


def test_people_read_its_name_and_moderators_may_choose_it(tmp_path: Path) -> None:
    config = configuration.parse({**SETTINGS, "data_dir": str(tmp_path)})
    app = App(config, {})
    assert app.texts.say("vi", "category.cemetery") == "Nghĩa trang"
    assert "cemetery" in app.services.policy.categories


async def test_it_goes_to_its_department(database: Database) -> None:
    config = configuration.parse(SETTINGS)
    async with database.write() as session:
        await setup.apply(session, config, MONDAY)
        routes = {(row.category, row.department) for row in await session.scalars(select(Route))}
    assert routes == {("encroachment", "tratu"), ("cemetery", "tratu")}


@pytest.mark.parametrize(
    ("category", "sentence"),
    [
        ({"key": "cemetery", "keywords": ["mộ"]}, "is new: give it a name"),
        ({**CEMETERY, "keywords": ["?"]}, "a keyword must have letters"),
        ({**CEMETERY, "department": "tratuu"}, "did you mean 'tratu'?"),
    ],
)
def test_what_is_wrong_with_a_category(category: dict[str, object], sentence: str) -> None:
    with pytest.raises(ConfigError) as raised:
        configuration.parse({**SETTINGS, "categories": [category]})
    assert sentence in str(raised.value)


def test_a_gazetteer_of_its_own_or_one_sentence_of_what_is_wrong(tmp_path: Path) -> None:
    file = tmp_path / "city.toml"
    file.write_text('[[streets]]\nname = "Trần Văn Bé Tư"\nshort = ["TVBT"]\n', "utf-8")
    config = configuration.parse({"classifier": {"gazetteer": str(file)}})
    assert understanding.classifier(config, tmp_path)("đèn TVBT hư").place.street == "Trần Văn Bé Tư"
    missing = configuration.parse({"classifier": {"gazetteer": str(tmp_path / "none.toml")}})
    with pytest.raises(ConfigError, match=r"classifier\.gazetteer: .*can't be read"):
        understanding.classifier(missing, tmp_path)


def test_a_broken_model_is_one_sentence_with_its_remedy(tmp_path: Path) -> None:
    (tmp_path / "model.bin").write_bytes(b"nothing")
    with pytest.raises(ConfigError, match="run congich learn, or remove the file"):
        understanding.classifier(configuration.parse({}), tmp_path)


def test_the_operators_lines_override_the_models(tmp_path: Path) -> None:
    lines = understanding.classifier(configuration.parse({}), tmp_path)
    usual = configuration.policy(configuration.parse({}), lines.sure, lines.unsure)
    assert (usual.sure, usual.unsure) == (lines.sure, lines.unsure)
    own = configuration.parse({"classifier": {"sure": 0.9, "unsure": 0.3}})
    chosen = configuration.policy(own, lines.sure, lines.unsure)
    assert (chosen.sure, chosen.unsure) == (0.9, 0.3)


def test_an_endpoint_needs_the_name_of_its_model() -> None:
    with pytest.raises(ConfigError, match="an endpoint needs endpoint_model"):
        configuration.parse({"opinions": {"endpoint": "http://127.0.0.1:1/v1"}})
