"""The lines of a conversation where a messenger has no edits, reactions, quotes or buttons."""

import re
from collections.abc import Sequence

from tests.conversations.script import Conversation

_SEVERAL = re.compile(r"\[\d+ hình\]")
_BUTTON = re.compile(r" \{([^}]+)\}")
_QUOTE = re.compile(r"^(\[đ?\d+\] )(?:(\S+(?: \S+)??) )?trả lời [^:]+:")


HOW = " ⏎ Anh/chị trả lời bài này bằng số."


# Edits elsewhere that tell people something, and are one more post here: its numbers would differ.
ANEW = ("được mở lại, đang xử lý tiếp", "điều hành đang xem lại", "đã chuyển cho đơn vị khác")


def tells_anew(conversation: Conversation) -> bool:
    """Whether something in it is posted anew where nothing can be edited."""
    return any(words in line for step in conversation.steps for line in step.seen for words in ANEW)


def plain_lines(lines: Sequence[str]) -> list[str]:
    """Without edits, reactions and quotes; choices as numbered lines; several photos as one."""
    told = [line.replace(" ⏎ (liên kết)", "") for line in lines]
    posts = [line for line in told if not line.startswith(("sửa [", "thả ", "báo "))]
    return [_QUOTE.sub(_unquoted, _numbered(_SEVERAL.sub("[1 hình]", line))) for line in posts]


def _unquoted(found: re.Match[str]) -> str:
    return f"{found[1]}{found[2] or 'nhóm'}:"


def _numbered(line: str) -> str:
    words = _BUTTON.findall(line)
    if not words:
        return line
    choices = "".join(f" ⏎ {place}. {word}" for place, word in enumerate(words, start=1))
    return _BUTTON.sub("", line) + choices + HOW
