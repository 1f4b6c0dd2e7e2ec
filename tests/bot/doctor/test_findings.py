"""What a list of findings comes to."""

import json

from bot.doctor.findings import Level, advice, as_json, exit_code, ok, ordered, summary, wrong

LAMP = ok("lamp.light", "it shines")
OIL = advice("lamp.oil", "it runs low", "fill it up")
GLASS = wrong("lamp.glass", "nó bể rồi", "thay kính")


def test_the_worst_comes_first_and_the_rest_stays_in_its_order() -> None:
    second = ok("lamp.stand", "it stands")
    assert ordered([LAMP, OIL, second, GLASS]) == [GLASS, OIL, LAMP, second]


def test_only_what_is_wrong_gives_an_exit_code() -> None:
    assert exit_code([]) == exit_code([LAMP, OIL]) == 0
    assert exit_code([LAMP, GLASS]) == 1


def test_the_summary_counts() -> None:
    assert summary([LAMP, OIL, GLASS]) == "1 wrong, 1 to consider, 1 ok"
    assert summary([LAMP]) == "0 wrong, 0 to consider, 1 ok: congich can work"


def test_json_has_everything_in_its_own_letters() -> None:
    text = as_json([GLASS, OIL])
    assert "thay kính" in text
    found = json.loads(text)
    assert (found["wrong"], found["advice"], found["ok"]) == (1, 1, 0)
    assert found["findings"][0] == {
        "level": "wrong",
        "code": "lamp.glass",
        "subject": "lamp",
        "says": "nó bể rồi",
        "remedy": "thay kính",
    }


def test_the_levels_are_words() -> None:
    assert [level.value for level in Level] == ["wrong", "advice", "ok"]
    assert GLASS.headline == "lamp: nó bể rồi"
