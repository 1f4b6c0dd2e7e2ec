"""An album of ours: several posts, of which the first stands for all until its photos have to go."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from handlers.ports import JsonObject, Outgoing, Receipt
from handlers.posts import Edit

_REST = "album"  # in the payload of a delivery that became one


@dataclass(frozen=True, slots=True)
class Album(Receipt):
    """`rest`: the platform's ids of the photos after the first."""

    rest: tuple[str, ...] = ()


def noted(payload: JsonObject, album: Album) -> JsonObject:
    """The payload of a delivery, with what is to be found of its album later."""
    return payload | {_REST: list(album.rest)}


def rest_of(payload: JsonObject) -> tuple[str, ...]:
    """The ids of an album's further photos, of a delivery that became one."""
    return tuple(str(one) for one in payload.get(_REST, ()))


def edits(outgoing: Outgoing, rest: Sequence[str]) -> list[Outgoing]:
    """An edit; where it takes the photos away, one for each further photo too."""
    if not isinstance(outgoing.content, Edit) or not outgoing.content.bare:
        return [outgoing]
    return [outgoing, *(replace(outgoing, message=one, content=Edit("", bare=True)) for one in rest)]
