"""Rooms, people and posts of the built-in chat as its page reads them."""

from collections.abc import Mapping

from handlers.ports import JsonObject
from storage.models import Chat, Member, RoomPost, row_id
from storage.states import MemberRole

QUOTED = 120  # letters of a post that another one answers


def chat_json(chat: Chat, people: int | None) -> JsonObject:
    """A room; `people`: how many are in it, where that is told."""
    return {"id": chat.external_id, "title": chat.title, "role": chat.role.value, "members": people}


def member_json(member: Member) -> JsonObject:
    """Somebody who may be chosen, or who one is."""
    return {
        "id": member.external_id,
        "name": member.name or member.external_id,
        "role": member.role.value,
        "department": member.department,
    }


def post_json(
    post: RoomPost, roles: Mapping[str, MemberRole], quoted: Mapping[str, RoomPost], reader: str | None
) -> JsonObject:
    """A post as one member reads it; `reader` None: as anybody. Its page's own id is its author's alone."""
    original = quoted.get(post.reply_to or "")
    is_hidden = post.from_bot or (reader is not None and reader != post.author)
    return {
        "id": str(row_id(post)),
        "chat": post.chat,
        "author": {
            "id": post.author,
            "name": post.author_name,
            "role": roles.get(post.author, MemberRole.MEMBER).value,
            "bot": post.from_bot,
        },
        "text": post.text,
        "photos": [_photo_json(photo) for photo in post.photos],
        "reply_to": _quote_json(original) if original else None,
        "album": post.album,
        "at": post.at.isoformat(),
        "edited": post.edited,
        "buttons": post.buttons,
        "reactions": [{"emoji": emoji, "count": len(who)} for emoji, who in post.reactions.items()],
        "location": [post.latitude, post.longitude] if post.latitude is not None else None,
        "revision": post.revision,
        "client_id": None if is_hidden else post.key,
    }


def _photo_json(photo: JsonObject) -> JsonObject:
    return {"url": f"/photos/{photo['hash']}", "width": photo["width"], "height": photo["height"]}


def _quote_json(post: RoomPost) -> JsonObject:
    return {"id": str(row_id(post)), "name": post.author_name, "text": post.text[:QUOTED]}
