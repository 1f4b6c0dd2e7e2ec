"""`docs/commands.md`, written from the commands themselves and the table of rights."""

from handlers import authority
from handlers.authority import Scope
from handlers.commands import COMMANDS, Command
from storage.states import ChatRole

_TOUCHES = {Scope.NONE: "–", Scope.OWN: "own", Scope.DEPARTMENT: "their department's", Scope.ALL: "yes"}
_CHATS = {
    ChatRole.COMMUNITY: "group",
    ChatRole.MODERATION: "moderators' room",
    ChatRole.DEPARTMENT: "department's chat",
    ChatRole.PRIVATE: "private",
}
_HEAD = """\
# Commands

Written by `congich commands`; a test holds it current. How moderators work with them, in Vietnamese and
with pictures: [moderators.vi.md](moderators.vi.md).

A ticket is named by its code, `1042`, `PA1042` or `#pa1042`, or by answering its post, its card or any other
post about it. Commands are read with or without accents (`/giao`, `/xoadulieu`, `/xóadữliệu`).
Deadlines are written as people write them: `mai 17h`, `thứ sáu`, `25/11 9h`, `3 ngày`, `thứ hai tuần sau`.

"""


def page() -> str:
    """The whole page, in Markdown."""
    return _HEAD + _table() + "\n" + _rights() + "\n" + _presses()


def _table() -> str:
    lines = ["| command | in English | what it does | for instance |", "| --- | --- | --- | --- |"]
    lines += [_row(command) for command in COMMANDS]
    return "\n".join(lines) + "\n"


def _row(command: Command) -> str:
    first, *others = command.words
    english = " ".join(f"`/{word}`" for word in others)
    example = f"/{first} {command.example}".strip()
    return f"| `/{first}` | {english} | {_purpose(command)} | `{example}` |"


def _purpose(command: Command) -> str:
    """The first line of what carries it out."""
    text = (command.carry_out.__doc__ or "").strip().splitlines()[0]
    return text.split(": `")[0].split(": as a reply")[0].rstrip(".")


def _rights() -> str:
    title = (
        "## Who may give which, and where\n\nOne table in `handlers/authority.py`, which the code reads.\n"
    )
    lines = ["| command | member | officer | moderator | administrator | in |", "| --- " * 6 + "|"]
    lines += [_right(f"`/{command.words[0]}`", command.action) for command in COMMANDS]
    return "\n".join([title, *lines]) + "\n"


def _presses() -> str:
    title = "## Buttons\n\nA role is looked up when a button is pressed, not when it was drawn.\n"
    lines = ["| button | member | officer | moderator | administrator | in |", "| --- " * 6 + "|"]
    presses = [action for action in authority.RULES if action.startswith("press.")]
    lines += [_right(_BUTTONS[action], action) for action in presses]
    return "\n".join([title, *lines]) + "\n"


def _right(name: str, action: str) -> str:
    rule = authority.RULES[action]
    scopes = (rule.member, rule.department, rule.moderator, rule.administrator)
    where = ", ".join(word for role, word in _CHATS.items() if role in rule.chats)
    return f"| {name} | " + " | ".join(_TOUCHES[scope] for scope in scopes) + f" | {where} |"


_BUTTONS = {
    "press.move": "Tiếp nhận, Đang xử lý, Đã xử lý",
    "press.overturn": "Mở lại, Không tiếp nhận",
    "press.menu": "Loại…, Lĩnh vực…, Giao…, Hạn…, Không tiếp nhận…, Khác…",
    "press.set": "a kind, a category, a department",
    "press.due": "Hôm nay 17h, Mai 17h, 3 ngày, 1 tuần",
    "press.reason": "a reason to turn down",
    "press.act": "Khẩn, Hết khẩn, Tạm dừng, Làm tiếp, Sửa nơi, Tách",
    "press.undo": "Hoàn tác",
    "press.merge": "Gộp vào …",
    "press.decline": "Không phải của đơn vị",
    "press.kind": "what an unclear message is",
    "press.held": "Mở hết, Bỏ hết, Bỏ và tắt phiếu",
    "press.delivery": "Gửi lại, Bỏ qua",
    "press.rate": "Hài lòng, Chưa được",
    "press.page": "« Trang trước, Trang sau »",
    "press.confirm": "a confirmation (only who was asked)",
}
