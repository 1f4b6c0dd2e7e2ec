"""The room's forms as what they are: commands, written as they are in the chat."""

from collections.abc import Mapping, Sequence

# What each form writes. Parts that are empty fall away; `note` is `words` behind a colon.
ABOUT_ONE: Mapping[str, str] = {
    "accept": "/nhan {code}",
    "start": "/danglam {code}",
    "done": "/xong {code} {words}",
    "pause": "/tamdung {code} {words}",
    "resume": "/tieptuc {code}",
    "assign": "/giao {code} {department} {due} {note}",
    "deadline": "/han {code} {due}",
    "reject": "/tuchoi {code} {words}",
    "reopen": "/molai {code}",
    "close": "/dong {code}",
    "merge": "/gop {code} {into}",
    "split": "/tach {code} {words}",
    "classify": "/phanloai {code} {kind} {category}",
    "place": "/noi {code} {words}",
    "urgent": "/khan {code}",
    "undo": "/hoantac {code}",
    "hide": "/giau {code}",
    "show": "/hien {code}",
    "photos": "/anh {code} {photos} {verdict}",
}
ABOUT_NONE: Mapping[str, str] = {
    "mute": "/tatphieu {member}",
    "unmute": "/motphieu {member}",
    "flood": "/huyloat {member}",
    "grant": "/capquyen {member} {role} {department}",
    "revoke": "/thuquyen {member}",
    "invite": "/moi {people} {days} {shared} {words}",
    "withdraw": "/moi thu {link}",
    "command": "{words}",
}
ABOUT_MANY: Mapping[str, str] = {"close": "/dong {codes}", "merge": "/gop {codes} {into}"}
MANY = ("accept", "start", "assign", "close", "reject", "merge", "hide", "show")
WORDS_LIMIT = 4000


class NoSuchForm(ValueError):
    """A form that no page of ours has."""


def one(do: str, fields: Mapping[str, str]) -> str:
    """The command that a form gives. Raises NoSuchForm."""
    template = ABOUT_ONE.get(do) or ABOUT_NONE.get(do)
    if template is None:
        raise NoSuchForm(do)
    return _written(template, fields)


def many(do: str, codes: Sequence[str], fields: Mapping[str, str]) -> list[str]:
    """The commands that a form about many tickets gives: one where a command takes them all."""
    if do not in MANY:
        raise NoSuchForm(do)
    if do != "reject":  # the table's one field for words is its reason
        fields = {name: value for name, value in fields.items() if name != "words"}
    if do in ABOUT_MANY:
        others = [code for code in codes if do != "merge" or code != fields.get("into")]
        return [_written(ABOUT_MANY[do], {**fields, "codes": " ".join(others)})]
    return [_written(ABOUT_ONE[do], {**fields, "code": code}) for code in codes]


def _written(template: str, fields: Mapping[str, str]) -> str:
    known = {name: value.strip() for name, value in fields.items()}
    words = known.get("words", "")
    known["note"] = f": {words}".strip() if words or known.get("due") else ""  # before it is the deadline
    parts = [part.format_map(_Blank(known)) for part in template.split(" ")]
    return " ".join(part for part in parts if part)


class _Blank(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return ""
