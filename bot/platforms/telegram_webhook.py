"""Telegram's webhook: the secret is checked before the body is read, the update kept before the 200."""

from dataclasses import replace
from datetime import timedelta

from aiohttp import web

from bot.platforms import bodies
from bot.platforms import telegram_updates as updates
from handlers.ports import Commit

HEADER = "X-Telegram-Bot-Api-Secret-Token"
BODY_LIMIT = 1024 * 1024
HOLD = timedelta(seconds=2)  # webhooks are called side by side: what was said first may come second


class TelegramWebhook:
    """The route that Telegram posts its updates to."""

    def __init__(self, path: str, secret: str, commit: Commit) -> None:
        self._path = path
        self._secret = secret.encode()
        self._commit = commit

    def route(self) -> web.RouteDef:
        return web.post(self._path, self.handle)

    async def handle(self, request: web.Request) -> web.Response:
        """One update: 401 without the secret, 413 too large, 400 no JSON, 200 kept.

        An error of `commit` becomes aiohttp's 500, and Telegram comes again.
        """
        if not bodies.has_secret(request, HEADER, self._secret):
            raise web.HTTPUnauthorized(text="wrong secret")
        update = await bodies.json_object(request, BODY_LIMIT)
        event = updates.incoming(update)
        held = replace(event, hold=HOLD) if event.said_at is not None else event
        await self._commit([held])
        return web.Response()
