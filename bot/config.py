"""One TOML file, checked whole: a wrong or unknown key is one sentence that says where and what to do.

Secrets are not in it. A token comes from the environment or from a file of its own.
"""

import tomllib
from collections.abc import Mapping
from contextlib import suppress
from datetime import date, time, timedelta
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import holidays
from pydantic import Field, ValidationError, model_validator
from pydantic_core import ErrorDetails

from bot import naming
from bot.naming import did_you_mean
from bot.sections import (
    PLATFORMS,
    AcknowledgeSection,
    AssembleSection,
    BoardSection,
    BridgeSection,
    CamerasSection,
    CategorySection,
    ChatSection,
    ClassifierSection,
    DatabaseSection,
    DepartmentSection,
    DigestSection,
    DrySection,
    EmailSection,
    LimitsSection,
    LogSection,
    OfficerSection,
    Open311Section,
    OpinionsSection,
    PhotosSection,
    QuietSection,
    RetentionSection,
    RolesSection,
    RoomSection,
    RouteSection,
    RoutingSection,
    Section,
    TelegramSection,
    TicketsSection,
    WebchatSection,
    WebhookSection,
    WebSection,
    WorkSection,
    ZaloBotSection,
    ZaloOaSection,
)
from bot.setting_types import LOOPBACK, FilePath, Language, Zone
from handlers.periods import Span
from handlers.policy import Acknowledge, Policy
from handlers.retention import Retention
from handlers.routing import Hours as RouteHours
from handlers.routing import Rule
from handlers.subscribers import ACTIONS
from handlers.understanding import CATEGORIES
from handlers.worktime import QuietHours, WorkTime
from storage.retention import RetentionKind

_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class ConfigError(Exception):
    """A setting is wrong; the text is one sentence with the remedy."""


def _departments() -> tuple[DepartmentSection, ...]:
    rows: tuple[tuple[str, str, tuple[str, ...], int], ...] = (
        ("moitruong", "Môi trường đô thị", ("waste", "pollution", "animal"), 3),
        ("chieusang", "Chiếu sáng và cây xanh", ("lighting", "tree"), 2),
        ("giaothong", "Giao thông", ("road", "traffic", "transit", "facility"), 5),
        ("thoatnuoc", "Thoát nước", ("drainage",), 3),
        ("capnuoc", "Cấp nước", ("water",), 2),
        ("dienluc", "Điện lực", ("power",), 1),
        ("tratu", "Trật tự đô thị", ("encroachment", "construction", "security", "noise", "advertising"), 3),
    )
    return tuple(
        DepartmentSection(key=key, name=name, categories=categories, days=days)
        for key, name, categories, days in rows
    )


class Config(Section):
    """The whole file."""

    language: Language = "vi"
    time_zone: Zone = "Asia/Ho_Chi_Minh"
    data_dir: FilePath = Field(default="data", validate_default=True)
    database: DatabaseSection = DatabaseSection()
    web: WebSection = WebSection()
    webchat: WebchatSection = WebchatSection()
    board: BoardSection = BoardSection()
    room: RoomSection = RoomSection()
    telegram: TelegramSection = TelegramSection()
    zalo_bot: ZaloBotSection = ZaloBotSection()
    zalo_oa: ZaloOaSection = ZaloOaSection()
    bridges: tuple[BridgeSection, ...] = Field(default=(), strict=False)
    webhooks: tuple[WebhookSection, ...] = Field(default=(), strict=False)
    open311: Open311Section = Open311Section()
    email: EmailSection = EmailSection()
    dry_runs: tuple[DrySection, ...] = Field(default=(), strict=False)
    chats: tuple[ChatSection, ...] = Field(default=(), strict=False)
    roles: RolesSection = RolesSection()
    officers: tuple[OfficerSection, ...] = Field(default=(), strict=False)
    acknowledge: AcknowledgeSection = AcknowledgeSection()
    tickets: TicketsSection = TicketsSection()
    work: WorkSection = WorkSection()
    quiet: QuietSection = QuietSection()
    limits: LimitsSection = LimitsSection()
    assemble: AssembleSection = AssembleSection()
    classifier: ClassifierSection = ClassifierSection()
    opinions: OpinionsSection = OpinionsSection()
    categories: tuple[CategorySection, ...] = Field(default=(), strict=False)
    digest: DigestSection = DigestSection()
    cameras: CamerasSection = CamerasSection()
    routing: RoutingSection = RoutingSection()
    routes: tuple[RouteSection, ...] = Field(default=(), strict=False)
    departments: tuple[DepartmentSection, ...] = Field(default_factory=_departments, strict=False)
    photos: PhotosSection = PhotosSection()
    retention: RetentionSection = RetentionSection()
    log: LogSection = LogSection()

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        is_open = self.webchat.enabled and self.webchat.sign_in == "none"
        names = {self.web.host, urlsplit(self.web.public_url).hostname or self.web.host}
        if is_open and not names <= set(LOOPBACK):
            raise ValueError(
                "webchat.sign_in = 'none' lets everybody be anybody, so it is for this machine only: "
                "set web.host to 127.0.0.1 and no other web.public_url, or sign_in to 'invitation'"
            )
        if self.open311.enabled and not (self.web.enabled and self.web.public_url):
            raise ValueError("open311 is served under web.public_url: set that, and web.enabled to true")
        for name in ("telegram", "zalo_bot", "zalo_oa"):
            door = getattr(self, name)
            needs = door.receive == "webhook" and (door.enabled or name != "zalo_oa")
            if needs and not self.web.public_url.startswith("https://"):
                raise ValueError(f"{name}.receive = 'webhook' needs web.public_url, an https address")
        return self

    @model_validator(mode="after")
    def _names_are_known(self) -> Self:
        departments = tuple(department.key for department in self.departments)
        for who, key in naming.departments(self):
            if key not in departments:
                raise ValueError(f"{who} belongs to department {key!r}{did_you_mean(key, departments)}")
        for who, word in naming.categories(self):
            if word not in self.all_categories:
                raise ValueError(f"{who}: {word!r} is no category{did_you_mean(word, self.all_categories)}")
        for who, word in naming.events(self):
            if (action := word.partition(":")[0]) not in ACTIONS:
                raise ValueError(f"{who}: {word!r} is no event{did_you_mean(action, ACTIONS)}")
        if len(set(departments)) < len(departments):
            raise ValueError("a department is named twice in [[departments]]")
        keys = [one.key for one in self.categories]
        if len(set(keys)) < len(keys):
            raise ValueError("a category is named twice in [[categories]]")
        places = [(chat.platform, chat.id) for chat in self.chats]
        if len(set(places)) < len(places):
            raise ValueError("a chat is named twice in [[chats]]")
        return self

    @model_validator(mode="after")
    def _fallbacks_end(self) -> Self:
        after = {one.key: one.fallback for one in self.departments}
        for key, first in after.items():
            seen, following = {key}, first
            while following:
                if following in seen:
                    raise ValueError(f"the fallback of department {key!r} leads back to {following!r}")
                seen.add(following)
                following = after[following]
        return self

    @model_validator(mode="after")
    def _mails_can_leave(self) -> Self:
        mailed = next((one for one in self.departments if one.email), None)
        if mailed is not None and not self.email.host:
            raise ValueError(
                f"department {mailed.key!r} is mailed: set email.host, the server that takes mails"
            )
        return self

    @model_validator(mode="after")
    def _platforms_are_known(self) -> Self:
        hooks = [one.name for one in self.webhooks]
        if len(set(hooks)) < len(hooks):
            raise ValueError("a webhook is named twice in [[webhooks]]")
        platforms = (*PLATFORMS, *(one.name for one in self.bridges))
        if len(set(platforms)) < len(platforms):
            raise ValueError("a bridge is named twice in [[bridges]]")
        if self.bridges and not self.web.enabled:
            raise ValueError("a bridge tells of events over the web: set web.enabled to true")
        for who, platform in naming.platforms(self):
            if platform not in platforms:
                known = did_you_mean(platform, platforms)
                raise ValueError(f"{who} is on {platform!r}, which is no platform{known}")
        return self

    @model_validator(mode="after")
    def _webhooks_differ(self) -> Self:
        doors = (self.telegram, self.zalo_bot, self.zalo_oa)
        paths = [one.webhook_path for one in doors if one.enabled and one.receive == "webhook"]
        if len(set(paths)) < len(paths):
            raise ValueError("two platforms have the same webhook_path: give each one of its own")
        return self

    @property
    def all_categories(self) -> tuple[str, ...]:
        """Those that congich knows, and the city's own."""
        return (*CATEGORIES, *(one.key for one in self.categories if one.key not in CATEGORIES))


def load(path: Path) -> Config:
    """Read a file. Raises ConfigError."""
    try:
        data = tomllib.loads(path.read_text("utf-8-sig"))  # with the mark that some editors write before it
    except FileNotFoundError:
        remedy = f"congich init -c {path} writes one, or copy config.example.toml to {path} and edit it"
        raise ConfigError(f"{path} is not there: {remedy}") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{path} is no UTF-8, such as a file of PowerShell's: save it as UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: not valid TOML: {error}") from None
    except OSError as error:
        raise ConfigError(f"{path} can't be read: {error.strerror}") from None
    config = parse(data, str(path), path.parent)
    _expect_folder(Path(config.data_dir), path)
    return config


def _expect_folder(data: Path, source: Path) -> None:
    with suppress(PermissionError):
        there = next((one for one in (data, *data.parents) if one.exists()), data)
        if there.exists() and not there.is_dir():
            raise ConfigError(f"{source}: 'data_dir': {there} is a file: name a folder")


def parse(data: Mapping[str, Any], source: str = "configuration", folder: Path | None = None) -> Config:
    """Check a file's content; relative paths go from `folder`. Raises ConfigError."""
    try:
        return Config.model_validate(data, context={"folder": folder})
    except ValidationError as error:
        details = error.errors()
        more = f" (and {len(details) - 1} more)" if len(details) > 1 else ""
        raise ConfigError(f"{source}: {_sentence(details[0])}{more}") from None


def policy(config: Config, sure: float, unsure: float) -> Policy:
    """What the handlers need of it; `sure` and `unsure` the model's own, where the file says none."""
    sure = config.classifier.sure or sure
    zone = ZoneInfo(config.time_zone)
    return Policy(
        acknowledge=Acknowledge(config.acknowledge.mode),
        reaction=config.acknowledge.reaction,
        code_prefix=config.tickets.code_prefix,
        first_number=config.tickets.first_number,
        days=config.tickets.days,
        urgent_days=config.tickets.urgent_days,
        assemble_window=timedelta(seconds=config.assemble.window_seconds),
        sure=sure,
        unsure=min(sure, config.classifier.unsure or unsure),
        categories=config.all_categories,
        twin_days=config.tickets.twin_days,
        category_days={one.key: one.days for one in config.categories if one.days},
        work=_work(config, zone),
        quiet=QuietHours(zone, *_span(config.quiet.hours)),
        close_after=timedelta(days=config.limits.close_days),
        most_an_hour=config.limits.tickets_an_hour,
        coalesce_from=config.limits.coalesce_from,
        routes=_special_routes(config),
        departments=frozenset(one.key for one in config.departments),
        default_department=config.routing.default,
        stand_ins={one.key: one.fallback for one in config.departments if one.fallback},
        digests=_digests(config.digest),
        digest_departments=config.digest.to_departments,
        digest_systems=config.digest.systems,
        morning_cron=config.digest.morning if config.digest.enabled else "",
        digest_late=timedelta(days=config.digest.late_days),
        retention=retention(config),
    )


def retention(config: Config) -> Retention:
    """How long what is kept."""
    said = config.retention
    days = {
        RetentionKind.RAW: said.raw_days,
        RetentionKind.CHATTER: said.chatter_days,
        RetentionKind.PROMPTS: said.chatter_days,
        RetentionKind.ANSWERS: 1,  # nobody comes back for one the next day
        RetentionKind.PHOTOS: said.photos_days,
        RetentionKind.POSTS: said.posts_days,
        RetentionKind.NAMES: said.names_days,
        RetentionKind.ROOM: said.room_days,
        RetentionKind.BROWSERS: said.sign_in_days,
        RetentionKind.LINKS: said.sign_in_days,
    }
    return Retention(days, said.cron)


def _digests(section: DigestSection) -> dict[Span, str]:
    crons = {Span.DAY: section.daily, Span.WEEK: section.cron, Span.MONTH: section.monthly}
    return {span: cron for span, cron in crons.items() if cron and section.enabled}


def routes(config: Config) -> list[Rule]:
    """All rules by which tickets are handed to departments."""
    own = [Rule(one.department, one.key) for one in config.categories if one.department]
    own += [
        Rule(one.key, category, ward)
        for one in config.departments
        for category in one.categories
        for ward in one.wards or ("",)
    ]
    return [*_special_routes(config), *own]


def _special_routes(config: Config) -> tuple[Rule, ...]:
    return tuple(
        Rule(one.department, one.category, one.ward, one.urgent, RouteHours(one.hours))
        for one in config.routes
    )


def _work(config: Config, zone: ZoneInfo) -> WorkTime:
    said = config.work
    calendar = holidays.country_holidays(said.holidays) if said.holidays else holidays.HolidayBase()

    def is_holiday(day: date) -> bool:
        return day in said.free_days or (day in calendar and day not in said.extra_days)

    def is_made_up(day: date) -> bool:
        by_law = day not in calendar and day in calendar.weekend_workdays  # filled as a year is looked at
        return by_law or day in said.extra_days

    return WorkTime(
        zone,
        hours=tuple(_span(span) for span in said.hours),
        weekdays=frozenset(_WEEKDAYS.index(day) for day in said.days),
        is_holiday=is_holiday,
        is_made_up=is_made_up,
    )


def _span(words: str) -> tuple[time, time]:
    begin, _, end = words.partition("-")
    return time.fromisoformat(begin), time.fromisoformat(end)


def defaults(section: type[Section] = Config, prefix: str = "") -> dict[str, Any]:
    """Every key of the file, dotted, with its default."""
    found: dict[str, Any] = {}
    for name, field in section.model_fields.items():
        default = field.get_default(call_default_factory=True)
        if isinstance(default, Section):
            found |= defaults(type(default), f"{prefix}{name}.")
        else:
            found[f"{prefix}{name}"] = default
    return found


def _sentence(detail: ErrorDetails) -> str:
    where = ".".join(str(part) for part in detail["loc"])
    if detail["type"] == "extra_forbidden":
        return f"unknown key '{where}'{did_you_mean(where, tuple(defaults()))}"
    message = detail["msg"].removeprefix("Value error, ")
    if detail["type"] == "value_error" and not where:
        return message
    given = f", not {detail['input']!r}" if isinstance(detail["input"], str | int | float) else ""
    return f"'{where}': {message[0].lower()}{message[1:]}{given if detail['type'] != 'value_error' else ''}"
