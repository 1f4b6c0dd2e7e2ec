"""The composition root: everything is built and joined here, and only here."""

import random
from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from aiohttp import web

from bot import cameras, notices, outside, photo_store, secrets, understanding, webhook_secrets
from bot import clock as clocks
from bot import config as configuration
from bot.board.news import News
from bot.config import Config, ConfigError
from bot.decoder import Decoder
from bot.exports import covers
from bot.exports.served import Exports
from bot.metrics import Metrics, MetricsPage
from bot.open311 import built as open311
from bot.open311.door import Door
from bot.open311.media_links import MediaLinks
from bot.open311.server import Open311
from bot.open311.upstream import PREFIX, UpstreamPlatform
from bot.opening import database_url, lock, owner
from bot.pipeline import HANDLED, Pipeline
from bot.platforms.bridge import Bridge
from bot.platforms.bridge_out import Stream, Way, Webhook
from bot.platforms.bridge_photos import BridgePhotos
from bot.platforms.bridge_routes import BridgeRoutes, body_limit
from bot.platforms.media import Media
from bot.platforms.telegram import Telegram
from bot.platforms.telegram_webhook import TelegramWebhook
from bot.platforms.webchat import WebChat
from bot.platforms.zalo_bot import ZaloBot
from bot.platforms.zalo_bot_webhook import ZaloBotWebhook
from bot.platforms.zalo_oa import CATCH_UP, LOOK, ZaloOa
from bot.platforms.zalo_oa_history import GapFiller
from bot.platforms.zalo_oa_people import People
from bot.platforms.zalo_oa_tokens import Lost
from bot.platforms.zalo_oa_webhook import ZaloOaWebhook
from bot.roles import ProcessRole
from bot.secrets import Secret, needed
from bot.sections import BridgeSection, UpstreamSection
from bot.signatures import Signer
from bot.site import Site
from bot.steps import Step, nothing
from bot.web import room_api, server
from bot.web.photo_links import PhotoLinks
from bot.wording import texts
from bot.zalo_account import account
from handlers.context import Services
from handlers.exports import Names, Style
from handlers.ports import SWITCHED_OFF, Abilities, ChatPlatform, Clock
from handlers.seals import Seal
from storage import cursors
from storage.columns import JsonObject
from storage.database import Database
from storage.hints import Hints
from storage.locks import alone

FEED = "feed"  # a hint: what pages of the built-in chat are to hear


class App:
    """The parts of one congich process, built from its configuration and joined."""

    def __init__(
        self,
        config: Config,
        environ: Mapping[str, str],
        *,
        clock: Clock = clocks.real,
        step: Step = nothing,
        metrics: Metrics | None = None,
        decoder: Decoder | None = None,
        without: Collection[str] = (),
    ) -> None:
        """Raises ConfigError where something is missing; opens nothing yet but the key of its buttons.

        `without`: platforms that are left to other machines' processes.
        """
        self.config = config
        self._environ = environ
        self.clock = clock
        self.metrics = metrics or Metrics()
        self.step = self.metrics.counting(step)
        self.data = Path(config.data_dir).resolve()
        self.address = address_of(config)
        self.texts = texts(config)
        self.classifier = understanding.classifier(config, self.data)
        self.opinions = understanding.opinions(config, environ, self.classifier)
        self.lease_duration = timedelta(seconds=config.database.lease_seconds)
        self.database = Database(
            database_url(config, environ), lock(self.data), patience=self.lease_duration / 2
        )
        self.hints = Hints(self.database, self._heard)
        self.images = photo_store.configured(config, environ)
        sizes = config.photos
        self.decoder = decoder or Decoder(max_pixels=sizes.max_pixels, width=sizes.served_width)
        self.webchat = self._webchat() if config.webchat.enabled else None
        secret = webhook_secrets.of_telegram(config, environ)
        self.telegram = self._telegram(environ, secret) if config.telegram.enabled else None
        key = secrets.seal_key(self.data, environ)
        self.seal = Seal(key)
        outgoing = photo_store.passing(config, environ, photo_store.OUTGOING)
        self.photo_links = PhotoLinks(outgoing, key, config.web.public_url, clock)
        bot_secret = webhook_secrets.of_zalo_bot(config, environ)
        self.zalo_bot = self._zalo_bot(environ, bot_secret) if config.zalo_bot.enabled else None
        self.zalo_oa = self._zalo_oa(environ) if config.zalo_oa.enabled else None
        signers = {one.name: webhook_secrets.of_bridge(one, environ) for one in config.bridges}
        self.bridges = [self._bridge(one, signers[one.name]) for one in config.bridges]
        self.open311 = Door(Media()) if config.open311.enabled else None
        self.media_links = MediaLinks(self.images, key, config.web.public_url)
        upstreams = [self._upstream(one, environ) for one in config.open311.upstreams]
        doors = (
            self.webchat,
            self.telegram,
            self.zalo_bot,
            self.zalo_oa,
            *self.bridges,
            self.open311,
            *upstreams,
        )
        self.platforms = [one for one in doors if one is not None]
        self.here = _here(self.platforms, without)
        named = config.cameras.file
        self.cameras = cameras.read(Path(named)) if named else []
        address = self.media_links.address if config.open311.enabled else None
        means = outside.Means(self.seal, self.texts, self.images, clock, address)
        self.targets = outside.targets(config, environ, means)
        self.services = self.services_for(self.platforms)
        self.pipeline = self.pipeline_for(self.here, self.services)
        self.telegram_webhook = self._telegram_webhook(secret)
        self.zalo_bot_webhook = self._zalo_bot_webhook(bot_secret)
        self.zalo_oa_webhook = self._zalo_oa_webhook(environ)
        self.open311_server = self._open311_server(environ, key)
        self.bridge_routes = [self._bridge_routes(one, signers[one.name]) for one in self.bridges]
        self.board_news = News()
        self.site = Site(self, database_url(config, environ))

    def owner(self) -> str:
        """What this process calls itself in what it claims; known once it has its slot.

        After a crash the next process in the slot is the same owner and goes on at once.
        """
        return owner(self.data, self.database.slot)

    def sent_by(self, roles: Collection[ProcessRole]) -> frozenset[str]:
        """The platforms to which a process of these roles sends: to a bridge that listens, the one with its
        stream."""
        names = {one.name for one in self.here}
        listening = names & {one.name for one in self.config.bridges if one.deliver == "stream"}
        web = listening if ProcessRole.WEB in roles else set()
        return frozenset(web | (names - listening if ProcessRole.SEND in roles else set()))

    @property
    def served(self) -> list[ChatPlatform]:
        """The platforms that come to us, to whichever process serves the web; the others are asked."""
        doors = (self.webchat, self.open311, *self.bridges)
        return [one for one in self.platforms if one in doors]

    def _heard(self, name: str, data: JsonObject) -> None:
        """Another process tells something."""
        if name == FEED and self.webchat is not None:
            self.webchat.feed.hear(str(data["event"]), data["data"])
        self.pipeline.heard(name)

    def _share(self, event: str, data: JsonObject) -> None:
        self.hints.tell(FEED, {"event": event, "data": data})

    def services_for(self, platforms: Sequence[ChatPlatform]) -> Services:
        """What the handlers are handed."""
        by_name = {platform.name: platform for platform in platforms}

        def link(name: str, chat: str, message: str) -> str | None:
            return by_name[name].link(chat, message) if name in by_name else None

        def abilities(name: str) -> Abilities:
            return by_name[name].abilities if name in by_name else SWITCHED_OFF

        return Services(
            policy=configuration.policy(self.config, self.classifier.sure, self.classifier.unsure),
            understand=self.classifier,
            say=self.texts.say,
            link=link,
            abilities=abilities,
            seal=self.seal,
            subscribers=outside.subscribers(self.config),
            cameras=self.cameras,
            address=self.address,
            has_webchat=self.config.webchat.enabled and self.config.webchat.sign_in == "invitation",
        )

    def style(self, language: str, names: Names) -> Style:
        """How exports speak in a language, and whom they name."""
        departments = {one.key: one.name for one in self.config.departments}
        zone = ZoneInfo(self.config.time_zone)
        cover = covers.cover(self.config, self.seal.key, names)
        return Style(self.texts.say, language, zone, departments, self.services.link, cover)

    def pipeline_for(
        self, platforms: Sequence[ChatPlatform], services: Services, *, silent: bool = False
    ) -> Pipeline:
        """The way of a message for these platforms."""
        return Pipeline(
            self.database,
            services,
            platforms,
            images=self.images,
            decoder=self.decoder,
            clock=self.clock,
            owner=self.owner,
            hint=self.hints.tell,
            luck=random.random,
            photo_limit=self.config.photos.max_bytes,
            step=self.step,
            silent=silent,
            changed=self._tell_pages,
            opinions=self.opinions,
            targets=self.targets,
            passing=(self.photo_links.pictures, *(one.photos.pictures for one in self.bridges)),
        )

    def web_application(self, is_ready: server.IsReady, *, only_health: bool = False) -> web.Application:
        """Pages, API and webhooks of the platforms that are switched on; or health and metrics alone."""
        if only_health:
            return server.build(
                page_routes=(),
                webhooks=[self._metrics_page(is_ready).route()],
                hosts=_hosts(self.config),
                is_ready=is_ready,
                body_limit=0,
            )
        webhooks = (self.telegram_webhook, self.zalo_bot_webhook, self.zalo_oa_webhook)
        hooks = [one.route() for one in webhooks if one]
        hooks += [route for one in self.bridge_routes for route in one.routes()]
        expired = self.texts.say(self.config.language, "export.expired")
        exports = Exports(self.database, self.seal.key, self.style, self.clock, self.data, expired)
        hooks.append(exports.route())
        hooks.append(self._metrics_page(is_ready).route())
        hooks += self.open311_server.routes() if self.open311_server else []
        if self.zalo_bot is not None or self.zalo_oa is not None or self.bridges:
            hooks.append(self.photo_links.route())
        if self.config.zalo_oa.verifier_file:
            hooks.append(server.file_route(Path(self.config.zalo_oa.verifier_file)))
        application = server.build(
            page_routes=self.site.routes(),
            webhooks=hooks,
            hosts=_hosts(self.config),
            is_ready=is_ready,
            body_limit=room_api.body_limit(self.config.photos.max_bytes),
        )
        application.on_shutdown.append(self.board_news.end)
        return application

    def _metrics_page(self, is_ready: server.IsReady) -> MetricsPage:
        token = secrets.read_secret(
            "CONGICH_METRICS_TOKEN", self.config.web.metrics_token_file, self._environ
        )
        told = [one.name for one in (*self.platforms, *self.targets)]
        return MetricsPage(self.metrics, self.database, self.clock, is_ready, token, told)

    def _tell_pages(self) -> None:
        self.board_news.tell()
        if self.webchat is not None:
            self.webchat.feed.say("tickets", {})

    async def close(self) -> None:
        """Give everything back, the platforms first."""
        for platform in self.platforms:
            await platform.close()
        await self.pipeline.dispatcher.close()
        await self.decoder.close()
        await self.database.close()

    def _webchat(self) -> WebChat:
        public = self.address or f"http://{self.config.web.host}:{self.config.web.port}"
        return WebChat(self.database, self.images, self.decoder, self.clock, public, share=self._share)

    def _telegram(self, environ: Mapping[str, str], webhook_secret: Secret | None) -> Telegram:
        settings = self.config.telegram
        token = needed("CONGICH_TELEGRAM_TOKEN", settings.token_file, "telegram.token_file", environ)
        address = self.config.web.public_url.rstrip("/") + settings.webhook_path
        return Telegram(
            token.reveal(),
            api_root=settings.api_root,
            webhook=(address, webhook_secret.reveal()) if webhook_secret else None,
            step=self.step,
        )

    def _zalo_bot(self, environ: Mapping[str, str], webhook_secret: Secret | None) -> ZaloBot:
        settings = self.config.zalo_bot
        token = needed("CONGICH_ZALO_BOT_TOKEN", settings.token_file, "zalo_bot.token_file", environ)
        address = self.config.web.public_url.rstrip("/") + settings.webhook_path
        return ZaloBot(
            token.reveal(),
            api_root=settings.api_root,
            offer=self.photo_links.offer,
            media=Media(self.config.photos.trusted_hosts),
            posts_per_month=settings.posts_per_month,
            webhook=(address, webhook_secret.reveal()) if webhook_secret else None,
        )

    def _zalo_bot_webhook(self, secret: Secret | None) -> ZaloBotWebhook | None:
        if self.zalo_bot is None or secret is None:
            return None
        commit = self.pipeline.commit_for(self.zalo_bot)
        return ZaloBotWebhook(self.config.zalo_bot.webhook_path, secret.reveal(), commit)

    def _zalo_oa(self, environ: Mapping[str, str]) -> ZaloOa:
        found = account(self.config, environ, self.clock, tell=self._tell_lost, step=self.step)
        return ZaloOa(
            found.api,
            found.tokens,
            People(found.api),
            GapFiller(found.api, self._read_cursor, self._move_cursor, self.clock),
            groups=[chat.id for chat in self.config.chats if chat.platform == "zalo_oa"],
            media=Media(self.config.photos.trusted_hosts),
            offer=self.photo_links.offer,
            fit=self.decoder.fit,
            between_looks=CATCH_UP if self.config.zalo_oa.receive == "webhook" else LOOK,
        )

    def _zalo_oa_webhook(self, environ: Mapping[str, str]) -> ZaloOaWebhook | None:
        settings = self.config.zalo_oa
        if self.zalo_oa is None or settings.receive != "webhook":
            return None
        secret = needed("CONGICH_ZALO_OA_SECRET", settings.secret_file, "zalo_oa.secret_file", environ)
        commit, heard = self.pipeline.commit_for(self.zalo_oa), self.zalo_oa.heard
        return ZaloOaWebhook(settings.webhook_path, settings.app_id, secret.reveal(), commit, heard)

    def _bridge(self, settings: BridgeSection, signer: Signer) -> Bridge:
        abilities = Abilities(
            hears_everything=settings.hears_everything,
            edits=settings.edits,
            buttons=settings.buttons,
            reactions=settings.reactions,
            text_limit=settings.text_limit,
            caption_limit=settings.text_limit,
            posts_per_minute=settings.posts_per_minute,
            tells_repeats=True,
            album_buttons=settings.albums,
            albums=settings.albums,
        )
        called = settings.deliver == "webhook"
        boot = f"{self.clock().timestamp():.6f}"
        way: Way = Webhook(settings.url, signer, clocks.real) if called else Stream(boot)
        place = photo_store.of_bridge(settings.name)
        photos = BridgePhotos(photo_store.passing(self.config, self._environ, place))
        fetched = Media(self.config.photos.trusted_hosts)
        return Bridge(
            settings.name,
            abilities,
            way,
            photos=photos,
            media=fetched,
            offer=self.photo_links.offer,
            link=settings.link,
        )

    def _bridge_routes(self, bridge: Bridge, signer: Signer) -> BridgeRoutes:
        limit = body_limit(self.config.photos.max_bytes)
        return BridgeRoutes(bridge, signer, self.pipeline.commit_for(bridge), body_limit=limit)

    def _open311_server(self, environ: Mapping[str, str], key: bytes) -> Open311 | None:
        if self.open311 is None:
            return None
        return open311.server(
            self.config,
            environ,
            database=self.database,
            clock=self.clock,
            commit=self.pipeline.commit_for(self.open311),
            text=partial(self.texts.say, self.config.language),
            media=self.media_links,
            cameras=self.cameras,
            key=key,
        )

    def _upstream(self, settings: UpstreamSection, environ: Mapping[str, str]) -> UpstreamPlatform:
        return UpstreamPlatform(
            open311.endpoint(self.config, settings, environ),
            outside.upstream_calls(settings),
            open311.memory(self.database, f"{PREFIX}{settings.name}"),
            self.clock,
            self._tell_stuck,
            seconds=settings.poll_seconds,
        )

    async def _tell_stuck(self, system: str, error: str) -> None:
        async with alone(self.database) as session:
            await notices.stuck(session, self.services, system, error, self.clock())
        self.pipeline.wake(HANDLED)

    async def _read_cursor(self, name: str) -> str | None:
        async with self.database.read() as session:
            return await cursors.get(session, name)

    async def _move_cursor(self, name: str, value: str) -> None:
        async with self.database.write() as session:
            await cursors.put(session, name, value)

    async def _tell_lost(self, lost: Lost) -> None:
        """Administrators hear, once, that an account must be logged in again."""
        now, key = self.clock(), f"zalo_oa:{lost.key}"
        async with alone(self.database) as session:
            await notices.account_lost(session, self.services, key, lost.reason, lost.until, now)
        self.pipeline.wake(HANDLED)

    def _telegram_webhook(self, secret: Secret | None) -> TelegramWebhook | None:
        if self.telegram is None or secret is None:
            return None
        commit = self.pipeline.commit_for(self.telegram)
        return TelegramWebhook(self.config.telegram.webhook_path, secret.reveal(), commit)


def _here(platforms: Sequence[ChatPlatform], without: Collection[str]) -> list[ChatPlatform]:
    names = [one.name for one in platforms]
    if unknown := set(without) - set(names):
        raise ConfigError(f"--without {min(unknown)}: no such platform is on; there are {', '.join(names)}")
    return [one for one in platforms if one.name not in without]


def address_of(config: Config) -> str:
    """Where people find our pages, without the last slash; empty: nowhere."""
    if config.webchat.enabled and config.webchat.sign_in == "none":
        return config.web.public_url.rstrip("/") or f"http://{config.web.host}:{config.web.port}"
    return config.web.public_url.rstrip("/")


def _hosts(config: Config) -> frozenset[str]:
    """The names under which pages may be asked for."""
    public = urlsplit(config.web.public_url).hostname
    return frozenset({config.web.host, "localhost", "127.0.0.1", "::1", *([public] if public else [])})
