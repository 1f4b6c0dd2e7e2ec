"""The Zalo bot's webhook: the secret is compared before the body is read, the update kept before the 200."""

from dataclasses import replace
from datetime import timedelta

from aiohttp import web

from bot.platforms import bodies
from bot.platforms import zalo_bot_updates as updates
from handlers.ports import Commit

HEADER = "X-Bot-Api-Secret-Token"
BODY_LIMIT = 1024 * 1024
HOLD = timedelta(seconds=2)  # webhooks are called side by side: what was said first may come second


class ZaloBotWebhook:
    """The route that Zalo posts its updates to."""

    def __init__(self, path: str, secret: str, commit: Commit) -> None:
        self._path = path
        self._secret = secret.encode()
        self._commit = commit

    def route(self) -> web.RouteDef:
        return web.post(self._path, self.handle)

    async def handle(self, request: web.Request) -> web.Response:
        """One update: 200 for an empty probe and for what is kept, 403 without the secret, 413, 400."""
        if request.content_length == 0:
            return web.Response()
        if not bodies.has_secret(request, HEADER, self._secret):
            raise web.HTTPForbidden(text="wrong secret")
        update = await bodies.json_object(request, BODY_LIMIT)
        await self._commit([replace(updates.incoming(update), hold=HOLD)])
        return web.Response()
