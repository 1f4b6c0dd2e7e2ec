"""What we say to a platform. These values are frozen into the outbox as JSON before they are sent."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

JsonObject = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Button:
    text: str
    data: str  # at most 64 bytes, Telegram's limit


Keyboard = tuple[tuple[Button, ...], ...]


@dataclass(frozen=True, slots=True)
class Mention:
    """Somebody who is to be called to a post by their platform's own means."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Post:
    """A new post; `photos` are attachment ids, resolved to pictures when it is sent.

    `calls`: whose names stand at the end of the text, so that they hear of it. `beside`: the first and the
    last photo become one picture, before and after. `quiet`: nobody's phone rings. `chart`: a picture that
    is drawn when it is sent (`handlers/chart.py`). `names`: the members whose names stand in the text, so
    that an erasure finds it.
    """

    text: str
    reply_to: str | None = None
    buttons: Keyboard = ()
    photos: tuple[int, ...] = ()
    calls: tuple[Mention, ...] = ()
    beside: bool = False
    quiet: bool = False
    chart: JsonObject | None = None
    names: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Edit:
    """A new text for the post of ours that the row's target key names; `bare`: without its photos."""

    text: str
    buttons: Keyboard = ()
    bare: bool = False


@dataclass(frozen=True, slots=True)
class React:
    """A reaction on somebody's message."""

    message: str
    emoji: str


@dataclass(frozen=True, slots=True)
class Toast:
    """A short answer to a button press, seen by whoever pressed."""

    press: str
    text: str


Content = Post | Edit | React | Toast


def to_json(content: Content) -> JsonObject:
    """The outbox payload of a content."""
    match content:
        case Post():
            return {
                "type": "post",
                "text": content.text,
                "reply_to": content.reply_to,
                "buttons": _keyboard_json(content.buttons),
                "photos": list(content.photos),
                "calls": [[call.id, call.name] for call in content.calls],
                "beside": content.beside,
                "quiet": content.quiet,
                "chart": content.chart,
                "names": list(content.names),
            }
        case Edit():
            return {
                "type": "edit",
                "text": content.text,
                "buttons": _keyboard_json(content.buttons),
                "bare": content.bare,
            }
        case React():
            return {"type": "react", "message": content.message, "emoji": content.emoji}
        case Toast():
            return {"type": "toast", "press": content.press, "text": content.text}


def from_json(payload: JsonObject) -> Content:
    """The content of an outbox payload. Raises ValueError for a shape that no version wrote."""
    read = _READERS.get(payload.get("type", ""))
    if read is None:
        raise ValueError(f"an outbox payload of type {payload.get('type')!r}")
    return read(payload)


def _keyboard_json(keyboard: Keyboard) -> list[list[JsonObject]]:
    return [[{"text": button.text, "data": button.data} for button in row] for row in keyboard]


def _keyboard(rows: list[list[JsonObject]]) -> Keyboard:
    return tuple(tuple(Button(button["text"], button["data"]) for button in row) for row in rows)


def _post(payload: JsonObject) -> Post:
    calls = tuple(Mention(*one) for one in payload.get("calls", ()))  # rows of an earlier version have none
    return Post(
        payload["text"],
        payload["reply_to"],
        _keyboard(payload["buttons"]),
        tuple(payload["photos"]),
        calls,
        bool(payload.get("beside")),
        bool(payload.get("quiet")),
        payload.get("chart"),
        tuple(payload.get("names", ())),
    )


def _edit(payload: JsonObject) -> Edit:
    return Edit(payload["text"], _keyboard(payload["buttons"]), bool(payload.get("bare")))


def _react(payload: JsonObject) -> React:
    return React(payload["message"], payload["emoji"])


def _toast(payload: JsonObject) -> Toast:
    return Toast(payload["press"], payload["text"])


_READERS: dict[str, Callable[[JsonObject], Content]] = {
    "post": _post,
    "edit": _edit,
    "react": _react,
    "toast": _toast,
}
