"""Texts that would do something where they were taken for anything but text: a seeded set of five hundred."""

from collections.abc import Sequence
from random import Random

SCRIPT = "window.__hit=1;alert(1);fetch('{beacon}/js')"
_SEEDS: dict[str, Sequence[str]] = {
    "sql": (
        "'; DROP TABLE tickets; --",
        '" OR 1=1 --',
        "' UNION SELECT token_hash, 1 FROM web_sessions --",
        "%' ESCAPE '!' --",
        "1); DELETE FROM members; --",
        "\\'; SELECT pg_sleep(9); --",
    ),
    "html": (
        "<script>{script}</script>",
        '<img src=x onerror="{script}">',
        "<img src={beacon}/img>",
        '"><svg onload="{script}">',
        "'><body onload='{script}'>",
        "</textarea></title><script>{script}</script>",
        '<iframe srcdoc="<script>{script}</script>"></iframe>',
        '<a href="javascript:{script}">x</a>',
        "javascript:{script}//",
        "<style>@import '{beacon}/css';</style>",
        "<link rel=stylesheet href={beacon}/css>",
        '<meta http-equiv=refresh content="0;url={beacon}/meta">',
        "<base href={beacon}/>",
        '<form action={beacon}/form><input autofocus onfocus="{script}">',
        "<math><mtext></p><style><!--</style><img src onerror={script}>",
        "&lt;script&gt;{script}&lt;/script&gt;",
        '" autofocus onfocus="{script}" x="',
        "' style='background:url({beacon}/bg)' x='",
    ),
    "jinja": (
        "{{{{7*7}}}}",
        "{{% for x in ().__class__.__base__.__subclasses__() %}}{{{{x}}}}{{% endfor %}}",
        "{{{{config}}}}${{7*7}}#{{7*7}}<%= 7*7 %>",
        "%(code)s %s {0.__class__}",
    ),
    "telegram": (
        "<b>đậm</b><tg-spoiler>x",
        "[x](tg://user?id=1)",
        "*_~`>#+-=|{}.!\\",
        "</b></i></a></code>",
        "@all @everyone /xong 1001",
    ),
    "formula": (
        '=HYPERLINK("{beacon}/x","x")',
        "+cmd|' /C calc'!A0",
        "-2+3+cmd|' /C calc'!A0",
        "@SUM(1+1)",
        "\t=1+1",
        "\r=1+1",
        '=WEBSERVICE("{beacon}")',
        "＝1+1",
        "{{=1+1}}",
    ),
    "lines": (
        "x\r\nSet-Cookie: hit=1",
        "x\r\nBcc: evil@example.com\r\n\r\nhit",
        "x\nX-Hit: 1",
        "%0d%0aLocation:%20{beacon}",
        "x\u2028y\u2029z\u0085w",
        "\r\n.\r\nMAIL FROM:<a@b.c>",
    ),
    "paths": (
        "../../../../etc/passwd",
        "..\\..\\windows\\win.ini",
        "/etc/passwd\x00.jpg",
        "file:///etc/passwd",
        "%2e%2e%2fetc%2fpasswd",
        "....//....//etc/passwd",
        "CON.jpg",
        "a/b:c*d?.jpg",
    ),
    "ssrf": (
        "{beacon}/ssrf",
        "{beacon6}/ssrf",
        "http://169.254.169.254/latest/meta-data/",
        "http://localhost:{port}/ssrf",
        "gopher://127.0.0.1:{port}/_x",
        "http://①②⑦.⓪.⓪.①:{port}/ssrf",
        "http://2130706433:{port}/ssrf",
        "http://0x7f.1:{port}/ssrf",
        "http://0177.0.0.1:{port}/ssrf",
        "http://[::ffff:127.0.0.1]:{port}/ssrf",
        "http://evil@127.0.0.1:{port}/ssrf",
        "http://127.0.0.1:{port}\\@example.com/",
    ),
    "bidi": (
        "\u202egnp.exe\u202c",
        "\u2066abc\u2069\u200f\u061c",
        "شارع مظلم \u202b\u202b\u202b",
        "a\u200bb\u200cc\u200dd\ufeff",
        "Z" + "\u0301" * 60,
        "\U000e0041\U000e0042",
    ),
    "terminal": (
        "\x1b[31mred\x1b[0m",
        "\x1b]0;title\x07",
        "\x1b[2J\x1b[H",
        "\x9b31m",
        "a\rb\x08\x08c",
        "\x1b]8;;{beacon}\x1b\\link\x1b]8;;\x1b\\",
        "\x00\x01\x7f",
    ),
    "numbers": (
        "99999999999999999999999",
        "-1",
        "1e309",
        "NaN",
        "²",
        "٣",
        "/nhan 99999999999999999999",
        "#PA99999999999999999999",
    ),
    "broken": (
        "\ud800",
        "x\udfffy",
        "\ufffe\uffff",
        "\0",
        "a" * 4000,
        "ä" * 3999,
        "😀" * 1500,
    ),
}


def payloads(seed: int, number: int, port: int) -> list[str]:
    """So many, of every family the same share; `port`: where a listener waits that nobody may call."""
    luck = Random(seed)
    places = {"beacon": f"http://127.0.0.1:{port}", "beacon6": f"http://[::1]:{port}", "port": str(port)}
    places["script"] = SCRIPT.format(**places)
    families = list(_SEEDS.values())
    made = []
    for place in range(number):
        family = families[place % len(families)]
        which = place // len(families)
        said = _filled(family[which % len(family)], places)
        made.append(said if which < len(family) else _turned(luck, said, families, places))
    return made


def _filled(said: str, places: dict[str, str]) -> str:
    for name, value in places.items():
        said = said.replace(f"{{{name}}}", value)
    return (
        said.replace("{{", "{").replace("}}", "}")
        if "{{{{" in said or "{{=" in said or "{{%" in said
        else said
    )


def _turned(luck: Random, said: str, families: list[Sequence[str]], places: dict[str, str]) -> str:
    """The same in another dress: joined with another one, in capitals, behind words, a letter more."""
    other = _filled(luck.choice(luck.choice(families)), places)
    at = luck.randrange(len(said) + 1)
    return luck.choice(
        (
            f"Đèn hư {said}",
            said + other,
            other + said,
            said.swapcase(),
            said[:at] + luck.choice("\"'<>&\0\x1b\u202e{%=") + said[at:],
            said[:at] + other[:200] + said[at:],
        )
    )[:4000]
