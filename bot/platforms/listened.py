"""What is only listened to, as a platform: a file, or a system whose requests come to us."""

from handlers.ports import Abilities, Commit, Outgoing, Receipt, Refused


class Listened:
    """The half of a `ChatPlatform` that speaks, for what nothing can be posted to."""

    abilities = Abilities(
        hears_everything=True,
        edits=False,
        buttons=False,
        reactions=False,
        text_limit=4000,
        caption_limit=4000,
        posts_per_minute=None,
        tells_repeats=True,
        tells_replies=False,
    )

    async def receive(self, commit: Commit) -> None:
        """There is nothing to ask for: what it tells is handed in, or was there from the beginning."""

    async def deliver(self, outgoing: Outgoing) -> Receipt:
        raise Refused("it is only listened to, and nothing is posted there")

    async def administrators(self, chat: str) -> frozenset[str]:
        return frozenset()

    def link(self, chat: str, message: str) -> str | None:
        return None
