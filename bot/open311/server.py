"""GeoReport v2 as a server: what other systems ask for, and post.

A posted request is committed to the inbox and goes the way of every message; its answer waits a moment for
the ticket, and is a token where a moderator has to look first.
"""

import asyncio
import hashlib
import secrets
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from aiohttp import web

from bot.open311 import asked, door
from bot.open311.clients import Client, known
from bot.open311.media_links import PATH as MEDIA_PATH
from bot.open311.media_links import MediaLinks
from bot.open311.shapes import TOLD, ApiReader, Service, Shapes, Shown
from bot.open311.written import Wrong, answer, refusal
from bot.platforms.bodies import read
from handlers.cameras import Camera, nearest
from handlers.ports import Clock, Commit, JsonObject, Text
from storage import chats, inbox, messages, service_requests, tickets
from storage.database import Database
from storage.models import Submission, Ticket, row_id
from storage.service_requests import Latest
from storage.states import OPEN, SubmissionState, TicketStatus

ROOT = "/open311"
BODY_LIMIT = 65_536
ANSWER_SECONDS = 3.0  # how long a client is kept waiting for the ticket's code
LOOK_SECONDS = 0.05
_CLOSED = tuple(status for status in TicketStatus if status not in OPEN)

Ask = Callable[[web.Request], Awaitable[web.Response]]


class Open311:
    """The routes under /open311."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        commit: Commit,
        *,
        services: Sequence[Service],
        shapes: Shapes,
        text: Text,
        clients: Sequence[Client],
        media: MediaLinks,
        cameras: Sequence[Camera],
        key: bytes,
        jurisdiction: str,
        open_reading: bool,
        discovery: JsonObject,
    ) -> None:
        """`key` hides who posted; `open_reading`: whoever has no key may read, too."""
        self._database = database
        self._clock = clock
        self._commit = commit
        self._services = {one.code: one for one in services}
        self._shapes = shapes
        self._text = text
        self._clients = clients
        self._media = media
        self._cameras = cameras
        self._key = key
        self._jurisdiction = jurisdiction
        self._open_reading = open_reading
        self._discovery = discovery

    def routes(self) -> list[web.RouteDef]:
        """One route a path, whatever the method: a wrong method is answered in the client's format, too."""
        v2, formats = f"{ROOT}/v2", "{format:xml|json}"
        return [
            web.get(MEDIA_PATH, self._media.serve),
            web.route("*", f"{ROOT}/discovery.{formats}", _asked(GET=self._discover)),
            web.route("*", f"{v2}/services.{formats}", _asked(GET=self._list_services)),
            web.route("*", f"{v2}/services/{{code}}.{formats}", _asked(GET=self._define)),
            web.route("*", f"{v2}/requests.{formats}", _asked(GET=self._list, POST=self._create)),
            web.route("*", f"{v2}/requests/{{id}}.{formats}", _asked(GET=self._one)),
            web.route("*", f"{v2}/tokens/{{token}}.{formats}", _asked(GET=self._of_token)),
            web.route("*", f"{ROOT}/{{rest:[\\s\\S]*}}", _asked()),
        ]

    async def _discover(self, request: web.Request) -> web.Response:
        return _answer(request, "discovery", self._discovery)

    async def _list_services(self, request: web.Request) -> web.Response:
        self._check_jurisdiction(request.query)
        return _answer(request, "services", [one.shape() for one in self._services.values()])

    async def _define(self, request: web.Request) -> web.Response:
        self._check_jurisdiction(request.query)
        service = self._services.get(request.match_info["code"])
        if service is None:
            raise Wrong(404, "service_code was not found")
        return _answer(request, "service_definition", service.definition(self._text))

    async def _list(self, request: web.Request) -> web.Response:
        reader = self._reader(request)
        wanted = asked.wanted(request.query, self._clock())
        async with self._database.read() as session:
            if wanted.ids:
                found = await service_requests.by_codes(session, wanted.ids)
            else:
                span = replace(_span(wanted), with_hidden=bool(reader.name))
                skipped = (wanted.page - 1) * wanted.page_size
                found = await service_requests.within(session, span, wanted.page_size, skipped)
        shown = await self._shown([one for one in found if reader.may_see(one)], reader)
        made = [self._shapes.request(one, reader, extensions=wanted.extensions) for one in shown]
        return _answer(request, "service_requests", made)

    async def _one(self, request: web.Request) -> web.Response:
        reader = self._reader(request)
        async with self._database.read() as session:
            ticket = await tickets.by_code(session, request.match_info["id"])
        if ticket is None or not reader.may_see(ticket):
            raise Wrong(404, "service_request_id was not found")
        extensions = asked.wants_extensions(request.query)
        shown = await self._shown([ticket], reader)
        made = [self._shapes.request(one, reader, extensions=extensions) for one in shown]
        return _answer(request, "service_requests", made)

    async def _create(self, request: web.Request) -> web.Response:
        if request.content_type != "application/x-www-form-urlencoded":
            raise Wrong(415, "a request is posted as application/x-www-form-urlencoded")
        fields = asked.form(await read(request, BODY_LIMIT))
        self._check_jurisdiction(fields)
        client = known(self._clients, request.headers.get("X-Api-Key") or fields.get("api_key", ""))
        if client is None:
            raise Wrong(403, "api_key is missing or wrong")
        posted = asked.posted(fields, self._services)
        token = _token(client, asked.idempotency_key(request.headers))
        await self._commit([door.incoming(posted, client.name, token, self._key, self._clock())])
        made = await self._made(client.name, token)
        code = made.get("service_request_id")
        named = {"service_request_id": code} if code else {"token": token}
        told = {"service_notice": made["service_notice"], "account_id": posted.account_id or None}
        return _answer(request, "service_requests", [named | told], 201)

    async def _of_token(self, request: web.Request) -> web.Response:
        self._check_jurisdiction(request.query)
        token = request.match_info["token"]
        if "\0" in token:  # which PostgreSQL takes in no text
            raise Wrong(404, "token was not found")
        for client in self._clients:
            made = await self._look(client.name, token)
            if made is not None:
                return _answer(request, "service_requests", [made | {"token": token}])
        if await self._waits(token):
            made = {"service_request_id": None, "service_notice": self._text("open311.waiting")}
            return _answer(request, "service_requests", [made | {"token": token}])
        raise Wrong(404, "token was not found")

    async def _made(self, client: str, token: str) -> JsonObject:
        """What became of a posted request within the time that a client is kept waiting."""
        until = time.monotonic() + ANSWER_SECONDS
        while time.monotonic() < until:
            made = await self._look(client, token)
            if made is not None:
                return made
            await asyncio.sleep(LOOK_SECONDS)
        return {"service_request_id": None, "service_notice": self._text("open311.waiting")}

    async def _look(self, client: str, token: str) -> JsonObject | None:
        """The ticket of a posted request, or why there is none yet; None while it is not handled."""
        async with self._database.read() as session:
            chat = await chats.find(session, door.NAME, client)
            message = await messages.find(session, row_id(chat), token) if chat else None
            if message is None or message.submission_id is None:
                return None
            submission = await session.get_one(Submission, message.submission_id)
            ticket = await session.get(Ticket, submission.ticket_id) if submission.ticket_id else None
        if ticket is not None:
            notice = self._text("open311.opened", code=ticket.code)
            return {"service_request_id": ticket.code, "service_notice": notice}
        dismissed = submission.state is SubmissionState.DISMISSED
        notice = self._text("open311.dismissed" if dismissed else "open311.waiting")
        return {"service_request_id": None, "service_notice": notice}

    async def _waits(self, token: str) -> bool:
        """Whether a posted request is still to be handled."""
        keys = [door.key_of(client.name, token) for client in self._clients]
        async with self._database.read() as session:
            return await inbox.knows(session, door.NAME, keys)

    async def _shown(self, found: Sequence[Ticket], reader: ApiReader) -> list[Shown]:
        ids = [row_id(ticket) for ticket in found]
        into = {ticket.merged_into_id for ticket in found if ticket.merged_into_id is not None}
        async with self._database.read() as session:
            latest = await service_requests.latest(session, ids, TOLD)
            merged = {one: (await session.get_one(Ticket, one)).code for one in into}
            photos = await service_requests.photos(session, ids) if reader.name else {}
        return [self._with_all(ticket, latest, merged, photos) for ticket in found]

    def _with_all(
        self,
        ticket: Ticket,
        latest: Mapping[int, Latest],
        merged: Mapping[int, str],
        photos: Mapping[int, Sequence[str]],
    ) -> Shown:
        number = row_id(ticket)
        return Shown(
            ticket,
            latest.get(number, Latest(ticket.opened_at, "")),
            merged.get(ticket.merged_into_id or 0, ""),
            [self._media.address(one) for one in photos.get(number, ())],
            [one.camera.code for one in nearest(self._cameras, ticket)],
        )

    def _reader(self, request: web.Request) -> ApiReader:
        """Who asks. Raises Wrong where a key is needed, or a wrong one was given."""
        self._check_jurisdiction(request.query)
        key = request.headers.get("X-Api-Key") or request.query.get("api_key", "")
        found = known(self._clients, key) if key else None
        if found is None and (key or not self._open_reading):
            raise Wrong(403, "api_key is missing or wrong")
        return found or ApiReader()

    def _check_jurisdiction(self, fields: Mapping[str, str]) -> None:
        given = fields.get("jurisdiction_id", "")
        if given and given != self._jurisdiction:
            raise Wrong(404, "jurisdiction_id was not found")


def _no_such(methods: Mapping[str, Ask]) -> Wrong:
    if not methods:
        return Wrong(404, f"there is no such resource: see {ROOT}/discovery.json")
    return Wrong(405, f"this resource takes only {' and '.join(methods)}")


def _span(wanted: asked.RequestQuery) -> service_requests.RequestFilter:
    assert wanted.start is not None
    assert wanted.end is not None
    statuses = {"open": OPEN, "closed": _CLOSED}
    chosen = [status for word in wanted.statuses for status in statuses[word]]
    return service_requests.RequestFilter(wanted.start, wanted.end, wanted.services, chosen)


def _token(client: ApiReader, key: str) -> str:
    """By what a posted request is named: the same where a client sends it again under the same key."""
    if not key:
        return secrets.token_hex(16)
    return hashlib.sha256(f"{client.name}|{key}".encode("utf-8", "replace")).hexdigest()[:32]


def _answer(request: web.Request, name: str, content: Any, status: int = 200) -> web.Response:
    return answer(request.match_info["format"], name, content, status)


def _asked(**methods: Ask) -> Ask:
    """A handler for all methods of a path; what is wrong is told as the specification says."""

    async def handler(request: web.Request) -> web.Response:
        wanted = request.match_info.get("format", "json" if request.path.endswith(".json") else "xml")
        method = "GET" if request.method == "HEAD" else request.method
        try:
            if method not in methods:
                raise _no_such(methods)
            return await methods[method](request)
        except Wrong as wrong:
            response = refusal(wanted, wrong)
        except web.HTTPRequestEntityTooLarge:
            response = refusal(wanted, Wrong(413, f"a request has at most {BODY_LIMIT} bytes"))
        if response.status == 405:
            response.headers["Allow"] = ", ".join(sorted({*methods, "HEAD"}))
        return response

    return handler
