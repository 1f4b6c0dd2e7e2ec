"""One TOML file, checked whole: a wrong or unknown key is one sentence that says where and what to do.

Secrets are not in it. A token comes from the environment or from a file of its own.
"""

import tomllib
from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import holidays
from cronsim import CronSim, CronSimError
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)
from pydantic_core import ErrorDetails
from rapidfuzz import process

from handlers.policy import Acknowledge, Policy
from handlers.routing import Hours as RouteHours
from handlers.routing import Rule
from handlers.understanding import CATEGORIES, fold
from handlers.worktime import Quiet, WorkTime

PLATFORMS = ("telegram", "webchat", "zalo_bot", "zalo_oa")
_ANY_MOMENT = datetime(2026, 1, 1, tzinfo=UTC)  # a schedule is right or wrong at any moment
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
LOOPBACK = ("127.0.0.1", "localhost", "::1")


class ConfigError(Exception):
    """A setting is wrong; the text is one sentence with the remedy."""


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise ValueError(f"{name!r} is no time zone such as Asia/Ho_Chi_Minh") from None
    return name


def _cron(expression: str) -> str:
    try:
        CronSim(expression, _ANY_MOMENT)
    except CronSimError:
        raise ValueError(f"{expression!r} is no schedule such as '30 7 * * mon'") from None
    return expression


def _no_password(url: str) -> str:
    if url and urlsplit(url).password:
        raise ValueError("a password does not belong in this file: give the address in CONGICH_DATABASE_URL")
    return url


def _member(name: str) -> str:
    platform, _, external_id = name.partition(":")
    if not platform or not external_id:
        raise ValueError(f"{name!r} must be platform:id, such as telegram:123456")
    return name


Zone = Annotated[str, AfterValidator(_zone)]
Cron = Annotated[str, AfterValidator(_cron)]
MemberName = Annotated[str, AfterValidator(_member)]
Text = Annotated[str, BeforeValidator(lambda value: str(value) if isinstance(value, int) else value)]
Language = Literal["vi", "en"]


class Section(BaseModel):
    """A part of the file: unknown keys are errors, values do not change."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class DatabaseSection(Section):
    url: Annotated[str, AfterValidator(_no_password)] = ""


class WebSection(Section):
    enabled: bool = True
    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=1, le=65535)
    public_url: str = ""


class WebchatSection(Section):
    enabled: bool = False


class TelegramSection(Section):
    enabled: bool = False
    api_root: str = "https://api.telegram.org"
    token_file: str = ""
    receive: Literal["poll", "webhook"] = "poll"
    webhook_path: str = Field(default="/telegram/webhook", pattern="^/.+")
    webhook_secret_file: str = ""
    platform_administrators: bool = True


class ZaloBotSection(Section):
    enabled: bool = False
    api_root: str = "https://bot-api.zaloplatforms.com"
    token_file: str = ""
    receive: Literal["poll", "webhook"] = "poll"
    webhook_path: str = Field(default="/zalo-bot/webhook", pattern="^/.+")
    webhook_secret_file: str = ""
    posts_per_month: int = Field(default=3000, ge=1)


class ZaloOaSection(Section):
    enabled: bool = False
    api_root: str = "https://openapi.zalo.me"
    oauth_root: str = "https://oauth.zaloapp.com"
    app_id: Text = ""
    app_secret_file: str = ""
    secret_file: str = ""
    receive: Literal["webhook", "history"] = "webhook"
    webhook_path: str = Field(default="/zalo-oa/webhook", pattern="^/.+")
    redirect_url: str = ""
    verifier_file: str = Field(default="", pattern=r"^$|(^|/)zalo_verifier[A-Za-z0-9_-]*\.html$")

    @model_validator(mode="after")
    def _has_an_app(self) -> Self:
        if self.enabled and not self.app_id:
            raise ValueError("zalo_oa.app_id is empty: give the number of the app from developers.zalo.me")
        return self


class BridgeSection(Section):
    name: str = Field(pattern="^[a-z][a-z0-9_]{1,30}$")
    secret_file: str = ""
    deliver: Literal["stream", "webhook"] = "stream"
    url: str = Field(default="", pattern=r"^(https?://.+)?$")
    hears_everything: bool = True
    edits: bool = False
    buttons: bool = False
    reactions: bool = False
    albums: bool = False
    text_limit: int = Field(default=2000, ge=200)
    posts_per_minute: int = Field(default=20, ge=1)
    link: str = Field(default="", pattern=r"^(https?://.*\{message\}.*)?$")

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.name in PLATFORMS:
            raise ValueError(f"a bridge can't be called {self.name!r}: that is a platform of congich's own")
        if self.deliver == "webhook" and not self.url:
            raise ValueError(f"the bridge {self.name!r} is called, so it needs a url")
        return self


class WebhookSection(Section):
    name: str = Field(pattern="^[a-z][a-z0-9_]{1,30}$")
    url: str = Field(pattern=r"^https?://.+$")
    secret_file: str = ""
    events: tuple[str, ...] = Field(default=(), strict=False)
    categories: tuple[str, ...] = Field(default=(), strict=False)
    department: str = ""
    allow_private: bool = False

    @model_validator(mode="after")
    def _is_private(self) -> Self:
        if self.url.startswith("http://") and not self.allow_private:
            says = f"the webhook {self.name!r} must be called by https, or set allow_private = true"
            raise ValueError(says)
        return self


class ChatSection(Section):
    platform: str
    id: Text
    role: Literal["community", "moderation", "department"]
    title: str = ""
    language: Language | Literal[""] = ""
    department: str = ""


class RolesSection(Section):
    administrators: tuple[MemberName, ...] = Field(default=(), strict=False)
    moderators: tuple[MemberName, ...] = Field(default=(), strict=False)


class OfficerSection(Section):
    member: MemberName
    department: str


class AcknowledgeSection(Section):
    mode: Literal["reply", "reaction", "none"] = "reply"
    reaction: str = "👍"


class TicketsSection(Section):
    code_prefix: str = Field(default="PA", pattern="^[A-Z]{2,6}$")
    first_number: int = Field(default=1001, ge=1)
    days: int = Field(default=3, ge=1)
    urgent_days: int = Field(default=1, ge=1)
    twin_days: int = Field(default=14, ge=1)


Hours = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d$")]


class WorkSection(Section):
    hours: tuple[Hours, ...] = Field(default=("07:30-11:30", "13:30-17:00"), strict=False, min_length=1)
    days: tuple[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"], ...] = Field(
        default=("mon", "tue", "wed", "thu", "fri"), strict=False, min_length=1
    )
    holidays: str = Field(default="VN", pattern="^([A-Z]{2})?$")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        for span in self.hours:
            begin, _, end = span.partition("-")
            if begin >= end:
                raise ValueError(f"work.hours: {span!r} must end later than it begins")
        return self


class QuietSection(Section):
    hours: Hours = "21:30-06:00"


class RouteSection(Section):
    department: str
    category: str = ""
    ward: str = ""
    urgent: bool | None = None
    hours: Literal["", "working", "off"] = ""


class RoutingSection(Section):
    default: str = ""


class LimitsSection(Section):
    tickets_an_hour: int = Field(default=10, ge=1)
    coalesce_from: int = Field(default=3, ge=1)
    close_days: int = Field(default=7, ge=1)


class AssembleSection(Section):
    window_seconds: int = Field(default=120, ge=5)


class ClassifierSection(Section):
    """`sure` and `unsure`: 0 for the model's own, chosen from its data."""

    sure: float = Field(default=0.0, ge=0, le=1)
    unsure: float = Field(default=0.0, ge=0, le=1)
    gazetteer: str = ""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.sure and self.unsure > self.sure:
            raise ValueError("unsure must not be more than sure")
        return self


class CategorySection(Section):
    """A category of the city's own, or further words for one that is there."""

    key: str = Field(pattern="^[a-z]{2,30}$")
    name: str = ""
    keywords: tuple[str, ...] = Field(default=(), strict=False)
    department: str = ""
    days: int = Field(default=0, ge=0)

    @model_validator(mode="after")
    def _has_a_name(self) -> Self:
        if not self.name and self.key not in CATEGORIES:
            raise ValueError(f"category {self.key!r} is new: give it a name")
        if any(not fold(word) for word in self.keywords):
            raise ValueError(f"category {self.key!r}: a keyword must have letters")
        return self


class OpinionsSection(Section):
    embedding: bool = False
    endpoint: str = Field(default="", pattern=r"^(https?://.+)?$")
    endpoint_model: str = ""
    endpoint_key_file: str = ""
    seconds: float = Field(default=3.0, gt=0, le=30)

    @model_validator(mode="after")
    def _has_model(self) -> Self:
        if self.endpoint and not self.endpoint_model:
            raise ValueError("an endpoint needs endpoint_model, the name of its model")
        return self


class DigestSection(Section):
    enabled: bool = True
    cron: Cron = "30 7 * * mon"
    late_days: int = Field(default=3, ge=1)


class DepartmentSection(Section):
    key: str = Field(pattern="^[a-z0-9]+$")
    name: str
    categories: tuple[str, ...] = Field(default=(), strict=False)
    wards: tuple[str, ...] = Field(default=(), strict=False)
    days: int = Field(default=3, ge=1)


class PhotosSection(Section):
    max_bytes: int = Field(default=20_000_000, ge=1000)
    trusted_hosts: tuple[str, ...] = Field(default=(), strict=False)
    max_pixels: int = Field(default=40_000_000, ge=10_000)
    served_width: int = Field(default=1600, ge=320)


class LogSection(Section):
    level: Literal["debug", "info", "warning", "error"] = "info"
    as_json: bool = False


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
    data_dir: str = "data"
    database: DatabaseSection = DatabaseSection()
    web: WebSection = WebSection()
    webchat: WebchatSection = WebchatSection()
    telegram: TelegramSection = TelegramSection()
    zalo_bot: ZaloBotSection = ZaloBotSection()
    zalo_oa: ZaloOaSection = ZaloOaSection()
    bridges: tuple[BridgeSection, ...] = Field(default=(), strict=False)
    webhooks: tuple[WebhookSection, ...] = Field(default=(), strict=False)
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
    routing: RoutingSection = RoutingSection()
    routes: tuple[RouteSection, ...] = Field(default=(), strict=False)
    departments: tuple[DepartmentSection, ...] = Field(default_factory=_departments, strict=False)
    photos: PhotosSection = PhotosSection()
    log: LogSection = LogSection()

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.webchat.enabled and self.web.host not in LOOPBACK:
            raise ValueError(
                "webchat has no sign-in yet, so it is for this machine only: set web.host to 127.0.0.1"
            )
        for name in ("telegram", "zalo_bot", "zalo_oa"):
            door = getattr(self, name)
            needs = door.receive == "webhook" and (door.enabled or name != "zalo_oa")
            if needs and not self.web.public_url.startswith("https://"):
                raise ValueError(f"{name}.receive = 'webhook' needs web.public_url, an https address")
        return self

    @model_validator(mode="after")
    def _names_are_known(self) -> Self:
        known = {department.key for department in self.departments}
        for department in self.departments:
            for word in department.categories:
                if word not in self.all_categories:
                    raise ValueError(f"{word!r} is no category{_did_you_mean(word, self.all_categories)}")
        named = [(f"category {one.key}", one.department) for one in self.categories if one.department]
        named += [(f"chat {chat.id}", chat.department) for chat in self.chats if chat.role == "department"]
        named += [(officer.member, officer.department) for officer in self.officers]
        named += [("a route", one.department) for one in self.routes]
        named += [("routing.default", self.routing.default)] if self.routing.default else []
        for who, key in named:
            if key not in known:
                raise ValueError(f"{who} belongs to department {key!r}{_did_you_mean(key, tuple(known))}")
        keys = [one.key for one in self.categories]
        if len(set(keys)) < len(keys):
            raise ValueError("a category is named twice in [[categories]]")
        places = [(chat.platform, chat.id) for chat in self.chats]
        if len(set(places)) < len(places):
            raise ValueError("a chat is named twice in [[chats]]")
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
        for chat in self.chats:
            if chat.platform not in platforms:
                known = _did_you_mean(chat.platform, platforms)
                raise ValueError(f"chat {chat.id} is on {chat.platform!r}, which is no platform{known}")
        return self

    @property
    def all_categories(self) -> tuple[str, ...]:
        """Those that congich knows, and the city's own."""
        return (*CATEGORIES, *(one.key for one in self.categories if one.key not in CATEGORIES))


def load(path: Path) -> Config:
    """Read a file. Raises ConfigError."""
    try:
        data = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise ConfigError(f"{path} is not there: copy config.example.toml to {path} and edit it") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: not valid TOML: {error}") from None
    except OSError as error:
        raise ConfigError(f"{path} can't be read: {error.strerror}") from None
    return parse(data, str(path))


def parse(data: Mapping[str, Any], source: str = "configuration") -> Config:
    """Check a file's content. Raises ConfigError."""
    try:
        return Config.model_validate(data)
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
        quiet=Quiet(zone, *_span(config.quiet.hours)),
        close_after=timedelta(days=config.limits.close_days),
        most_an_hour=config.limits.tickets_an_hour,
        coalesce_from=config.limits.coalesce_from,
        routes=_special_routes(config),
        default_department=config.routing.default,
        digest_cron=config.digest.cron if config.digest.enabled else None,
        digest_late=timedelta(days=config.digest.late_days),
    )


def routes(config: Config) -> list[Rule]:
    """All rules by which tickets are handed to departments."""
    own = [
        Rule(one.key, category, ward)
        for one in config.departments
        for category in one.categories
        for ward in one.wards or ("",)
    ]
    own += [Rule(one.department, one.key) for one in config.categories if one.department]
    return [*_special_routes(config), *own]


def _special_routes(config: Config) -> tuple[Rule, ...]:
    return tuple(
        Rule(one.department, one.category, one.ward, one.urgent, RouteHours(one.hours))
        for one in config.routes
    )


def _work(config: Config, zone: ZoneInfo) -> WorkTime:
    calendar = holidays.country_holidays(config.work.holidays) if config.work.holidays else ()
    return WorkTime(
        zone,
        hours=tuple(_span(span) for span in config.work.hours),
        weekdays=frozenset(_WEEKDAYS.index(day) for day in config.work.days),
        is_holiday=lambda day: day in calendar,
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
        return f"unknown key '{where}'{_did_you_mean(where, tuple(defaults()))}"
    message = detail["msg"].removeprefix("Value error, ")
    if detail["type"] == "value_error" and not where:
        return message
    given = f", not {detail['input']!r}" if isinstance(detail["input"], str | int | float) else ""
    return f"'{where}': {message[0].lower()}{message[1:]}{given if detail['type'] != 'value_error' else ''}"


def _did_you_mean(word: str, known: tuple[str, ...]) -> str:
    found = process.extractOne(word, known, score_cutoff=60)
    return f" (did you mean '{found[0]}'?)" if found else f" (one of: {', '.join(sorted(known)[:20])})"
