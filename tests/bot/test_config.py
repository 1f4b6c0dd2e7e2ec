"""The configuration: the example is the default, and an error is one sentence with its remedy."""

import re
from pathlib import Path

import pytest
from aiohttp import web

from bot import config, locale
from bot.config import ConfigError
from bot.secrets import read_secret
from bot.sections import (
    BridgeSection,
    CategorySection,
    ChatSection,
    DepartmentSection,
    DrySection,
    OfficerSection,
    Open311ClientSection,
    RouteSection,
    UpstreamSection,
    WebhookSection,
)
from bot.targets.email import TOLD
from handlers.subscribers import ACTIONS

CATALOGUE = Path(locale.__file__).with_name("vi.po")
HOOK = {"name": "centre", "url": "https://city.example/hook"}
EXAMPLE = Path(__file__).parents[2] / "config.example.toml"


def test_the_example_is_the_default() -> None:
    assert config.load(EXAMPLE) == config.parse({}, folder=EXAMPLE.parent)


def test_the_example_names_every_key_and_no_other_with_a_reason() -> None:
    text = EXAMPLE.read_text("utf-8")
    written = set(re.findall(r"^(?:# )?([a-z_]+) = .* # .+$", text, re.MULTILINE))
    tables = (
        BridgeSection,
        WebhookSection,
        Open311ClientSection,
        UpstreamSection,
        DrySection,
        RouteSection,
        ChatSection,
        OfficerSection,
        DepartmentSection,
        CategorySection,
    )
    wanted = {key.rpartition(".")[2] for key in config.defaults()} - {
        "bridges",
        "webhooks",
        "clients",
        "dry_runs",
        "upstreams",
        "routes",
        "chats",
        "officers",
        "departments",
        "categories",
    }
    wanted |= {name for table in tables for name in table.model_fields}
    without_reason = {"platform", "id", "member", "department"}
    assert wanted - without_reason <= written
    assert written <= wanted


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (
            {"telegram": {"tokn_file": "x"}},
            "unknown key 'telegram.tokn_file' (did you mean 'telegram.token_file'?)",
        ),
        ({"lang": "vi"}, "unknown key 'lang' (did you mean 'language'?)"),
        ({"web": {"port": "80"}}, "'web.port': input should be a valid integer, not '80'"),
        ({"web": {"port": 0}}, "'web.port'"),
        ({"time_zone": "Mars/Base"}, "'Mars/Base' is no time zone such as Asia/Ho_Chi_Minh"),
        ({"digest": {"cron": "every monday"}}, "is no schedule such as '30 7 * * mon'"),
        ({"classifier": {"sure": 0.3, "unsure": 0.4}}, "unsure must not be more than sure"),
        (
            {"webchat": {"enabled": True, "sign_in": "none"}, "web": {"host": "0.0.0.0"}},
            "everybody be anybody",
        ),
        ({"telegram": {"receive": "webhook"}}, "needs web.public_url"),
        ({"database": {"url": "postgresql://u:secret@h/d"}}, "CONGICH_DATABASE_URL"),
        ({"database": {"url": "postgresql://u@h/d?password=secret"}}, "CONGICH_DATABASE_URL"),
        ({"roles": {"moderators": ["123"]}}, "'123' must be platform:id, such as telegram:123456"),
        ({"officers": [{"member": "telegram:1", "department": "chieusan"}]}, "(did you mean 'chieusang'?)"),
        ({"departments": [{"key": "a", "name": "A", "categories": ["lamps"]}]}, "'lamps' is no category"),
        (
            {"chats": [{"platform": "telegramm", "id": -5, "role": "community"}]},
            "chat -5 is on 'telegramm', which is no platform (did you mean 'telegram'?)",
        ),
        ({"bridges": [{"name": "matrix", "deliver": "webhook"}]}, "'matrix' is called, so it needs a url"),
        ({"bridges": [{"name": "zalo_oa"}]}, "a platform of congich's own"),
        ({"bridges": [{"name": "matrix"}] * 2}, "a bridge is named twice"),
        ({"zalo_oa": {"enabled": True}}, "zalo_oa.app_id is empty"),
        ({"zalo_oa": {"enabled": True, "app_id": 1}}, "needs web.public_url"),
        (
            {"chats": [{"platform": "telegram", "id": -5, "role": "community"}] * 2},
            "a chat is named twice in [[chats]]",
        ),
        (
            {"bridges": [{"name": "matrix"}], "web": {"enabled": False}},
            "a bridge tells of events over the web: set web.enabled to true",
        ),
        ({"a": 1, "b": 2}, "(and 1 more)"),
        ({"work": {"holidays": "XX"}}, "'XX' is no country whose holidays are known: VN, or empty"),
        ({"work": {"extra_days": ["28/8"]}}, "'work.extra_days.0': '28/8' is no date such as 2027-08-28"),
        ({"work": {"free_days": [20270828]}}, "'work.free_days.0': input should be a valid date"),
        (
            {"work": {"free_days": ["2027-08-28"], "extra_days": ["2027-08-28"]}},
            "2027-08-28 is in work.free_days and in work.extra_days",
        ),
        ({"time_zone": "Asia"}, "'Asia' is no time zone such as Asia/Ho_Chi_Minh"),
        (
            {"routes": [{"department": "dienluc", "category": "lightning"}]},
            "a route to 'dienluc': 'lightning' is no category (did you mean 'lighting'?)",
        ),
        (
            {"webhooks": [HOOK | {"events": ["open"]}]},
            "webhook 'centre': 'open' is no event (did you mean 'opened'?)",
        ),
        (
            {"webhooks": [HOOK | {"events": ["undo:status"]}]},
            "'undo:status' is no event (did you mean 'undone'?)",
        ),
        (
            {"webhooks": [HOOK | {"categories": ["roads"]}]},
            "webhook 'centre': 'roads' is no category (did you mean 'road'?)",
        ),
        (
            {"webhooks": [HOOK | {"department": "dienlu"}]},
            "webhook 'centre' belongs to department 'dienlu' (did you mean",
        ),
        (
            {"dry_runs": [{"name": "rehearsal", "kind": "noop", "events": ["x"]}]},
            "dry run 'rehearsal': 'x' is no event (one of:",
        ),
        (
            {"open311": {"upstreams": [HOOK | {"categories": ["roads"]}]}},
            "upstream 'centre': 'roads' is no category",
        ),
        (
            {"open311": {"upstreams": [HOOK | {"services": {"lightning": "033"}}]}},
            "services of upstream 'centre': 'lightning' is no category (did you mean 'lighting'?)",
        ),
        ({"departments": [{"key": "a", "name": "A"}] * 2}, "a department is named twice in [[departments]]"),
        ({"roles": {"moderators": ["telegam:1"]}}, "(did you mean 'telegram'?)"),
        (
            {"officers": [{"member": "tele:1", "department": "dienluc"}]},
            "member tele:1 is on 'tele', which is",
        ),
        ({"tickets": {"twin_days": 36_501}}, "less than or equal to 36500"),
        ({"retention": {"raw_days": 999_999}}, "less than or equal to 36500"),
        ({"digest": {"late_days": 999_999}}, "less than or equal to 36500"),
        ({"limits": {"close_days": 99_999_999}}, "less than or equal to 36500"),
        ({"tickets": {"first_number": 2**31}}, "'tickets.first_number': "),
        (
            {
                "web": {"public_url": "https://c.vn"},
                "telegram": {"enabled": True, "receive": "webhook", "webhook_path": "/hook"},
                "zalo_bot": {"enabled": True, "receive": "webhook", "webhook_path": "/hook"},
            },
            "two platforms have the same webhook_path",
        ),
        *(
            ({"telegram": {"webhook_path": one}}, "'telegram.webhook_path'")
            for one in ("/{x", "x", "/a?b", "/%2")
        ),
    ],
)
def test_an_error_is_one_sentence(data: dict[str, object], sentence: str) -> None:
    with pytest.raises(ConfigError) as raised:
        config.parse(data, "config.toml")
    assert sentence in str(raised.value)
    assert str(raised.value).startswith("config.toml: ")
    assert "\n" not in str(raised.value)
    assert "secret" not in str(raised.value)


@pytest.mark.parametrize(
    "said",
    ["congich.vn", "https://", "https://a b", "ftp://x", "https://x:99999", "https://x/#f", "https://[::1"],
)
def test_an_address_is_whole(said: str) -> None:
    for data in ({"web": {"public_url": said}}, {"telegram": {"api_root": said}}):
        with pytest.raises(ConfigError, match="is no address such as https://congich"):
            config.parse(data)
    with pytest.raises(ConfigError, match=r"'zalo_oa\.oauth_root': '' is no address"):
        config.parse({"zalo_oa": {"oauth_root": ""}})
    config.parse({"web": {"public_url": ""}, "telegram": {"api_root": "http://[::1]:8081/bot"}})


def test_an_address_may_be_written_in_capitals_and_that_of_an_api_with_an_account() -> None:
    site, telegram = {"public_url": "HTTPS://c.vn/a:b"}, {"api_root": "HTTP://user:pw@host:8081/%20"}
    read = config.parse({"web": site, "telegram": telegram})
    assert (read.web.public_url, read.telegram.api_root) == (
        "https://c.vn/a:b",
        "http://user:pw@host:8081/%20",
    )
    with pytest.raises(ConfigError, match="is no address"):
        config.parse({"web": {"public_url": "https://user:pw@c.vn"}})


@pytest.mark.parametrize("path", ["/telegram/123456:ABC-DEF", "/a%20b", "/đường/(x);y=1"])
def test_a_webhook_has_any_path_that_a_server_can_have(path: str) -> None:
    config.parse({"telegram": {"webhook_path": path}})

    async def hook(request: web.Request) -> web.Response:
        return web.Response()

    web.Application().router.add_post(path, hook)


@pytest.mark.parametrize("path", ["/board", "/room/queue", "/%68ealthz", "/open311/v2/hook", "/static/"])
def test_a_webhook_has_no_path_of_our_own(path: str) -> None:
    with pytest.raises(
        ConfigError, match=r"'zalo_bot\.webhook_path': /\w+ is congich's own: give another path"
    ):
        config.parse({"zalo_bot": {"webhook_path": path}})


def test_every_event_of_a_history_may_be_named_and_no_other() -> None:
    told = re.findall(r'^msgid "history\.(\w+)"$', CATALOGUE.read_text("utf-8"), re.MULTILINE)
    assert set(told) - {"title"} == set(ACTIONS)
    assert {one.partition(":")[0] for one in TOLD} <= set(ACTIONS)
    config.parse({"webhooks": [HOOK | {"events": [*ACTIONS, *TOLD]}]})


def test_a_file_that_is_not_there_or_not_toml(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"copy config\.example\.toml"):
        config.load(tmp_path / "none.toml")
    (tmp_path / "bad.toml").write_text("language = vi")
    with pytest.raises(ConfigError, match="line 1"):
        config.load(tmp_path / "bad.toml")


def test_a_file_of_another_editors(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    with pytest.raises(ConfigError, match=r"congich init -c .* writes one"):
        config.load(file)
    file.write_bytes('[web]\r\ntitle = "Sóc Trăng"\r\n'.encode("utf-8-sig"))
    assert config.load(file).web.title == "Sóc Trăng"  # Notepad writes a mark before it
    for coding in ("utf-16", "cp1258"):
        file.write_bytes('[web]\ntitle = "Công ích"\n'.encode(coding))
        with pytest.raises(ConfigError, match=r"is no UTF-8, .* save it as UTF-8"):
            config.load(file)


def test_a_secret_comes_from_a_closed_file_or_the_environment_and_is_not_shown(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("123:abc\n")
    file.chmod(0o644)
    with pytest.raises(ConfigError, match="chmod 600"):
        read_secret("TOKEN", str(file), {})
    file.chmod(0o600)
    secret = read_secret("TOKEN", str(file), {"TOKEN": "other"})
    assert secret is not None
    assert secret.reveal() == "123:abc"
    assert "abc" not in f"{secret} {secret!r}"
    file.write_bytes("123:abc".encode("utf-8-sig"))
    secret = read_secret("TOKEN", str(file), {})
    assert secret is not None
    assert secret.reveal() == "123:abc"  # without the mark that some editors write before it
    file.write_bytes("123:abc".encode("utf-16"))
    with pytest.raises(ConfigError, match="is no UTF-8"):
        read_secret("TOKEN", str(file), {})
    found = read_secret("TOKEN", "", {"TOKEN": "456:def"})
    assert found is not None
    assert found.reveal() == "456:def"
    assert read_secret("TOKEN", "", {}) is None
    with pytest.raises(ConfigError, match="can't be read"):
        read_secret("TOKEN", str(tmp_path / "none"), {})


@pytest.mark.parametrize(
    ("fallbacks", "says"),
    [
        ({"a": "b", "b": "a"}, "leads back to"),
        ({"a": "a"}, "leads back to"),
        ({"a": "c"}, "the fallback of 'a' belongs to department 'c'"),
    ],
)
def test_a_fallback_is_there_and_ends(fallbacks: dict[str, str], says: str) -> None:
    departments = [{"key": key, "name": key, "fallback": fallbacks.get(key, "")} for key in ("a", "b")]
    with pytest.raises(ConfigError, match=says):
        config.parse({"departments": departments})


def test_a_fallback_stands_in() -> None:
    departments = [{"key": "a", "name": "A", "fallback": "b"}, {"key": "b", "name": "B"}]
    assert config.policy(config.parse({"departments": departments}), 0.8, 0.4).stand_ins == {"a": "b"}


def test_paths_go_from_the_file_that_names_them(tmp_path: Path) -> None:
    file = tmp_path / "city" / "config.toml"
    file.parent.mkdir()
    file.write_text(
        'database.url = "sqlite:///city.db"\nclassifier.gazetteer = "/srv/places.json"\n'
        'telegram.token_file = "../secrets/token"\n'
    )
    found = config.load(file)
    assert found.data_dir == str(tmp_path / "city" / "data")
    assert found.database.url == f"sqlite:///{tmp_path / 'city' / 'city.db'}"
    assert Path(found.telegram.token_file).resolve() == tmp_path / "secrets" / "token"
    assert found.classifier.gazetteer == "/srv/places.json"
    assert found.web.metrics_token_file == ""


def test_every_setting_that_names_a_file_does_so() -> None:
    files = [name for name, default in config.defaults().items() if name.endswith(("_file", ".file", "_dir"))]
    assert len(files) > 12
    for name in files:
        data: object = "zalo_verifier.html" if "verifier" in name else "x"
        for part in reversed(name.split(".")):
            data = {part: data}
        assert isinstance(data, dict)
        found: object = config.parse(data, folder=Path("/srv/city"))
        for part in name.split("."):
            found = getattr(found, part)
        assert str(found).startswith("/srv/city/"), name


@pytest.mark.parametrize("number", ["@congich_st", "congich", "-01", "-1001x", ""])
def test_a_telegram_group_is_a_number(number: str) -> None:
    chat = {"platform": "telegram", "id": number, "role": "community"}
    with pytest.raises(config.ConfigError, match="no Telegram group's id: that is a number such as -100"):
        config.parse({"chats": [chat]})
    assert config.parse({"chats": [chat | {"id": -1001000000001}]}).chats[0].id == "-1001000000001"
    assert config.parse({"chats": [chat | {"platform": "webchat"}]}).chats[0].id == number
