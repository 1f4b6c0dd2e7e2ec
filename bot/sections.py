"""The parts of the configuration file: their keys and defaults."""

from typing import Literal, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, model_validator

from bot.setting_types import (
    LOOPBACK,
    TELEGRAM_ID,
    ApiRoot,
    Country,
    Cron,
    DatabaseUrl,
    Day,
    Days,
    DaysOrNone,
    FilePath,
    Hours,
    Language,
    Mail,
    MemberName,
    PublicUrl,
    Text,
    WebhookPath,
)
from handlers.understanding import CATEGORIES, fold

PLATFORMS = ("telegram", "webchat", "zalo_bot", "zalo_oa")


class Section(BaseModel):
    """A part of the file: unknown keys are errors, values do not change."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class DatabaseSection(Section):
    url: DatabaseUrl = ""
    lease_seconds: float = Field(default=60, ge=2, le=3600)


class WebSection(Section):
    enabled: bool = True
    title: str = Field(default="Công ích đô thị", min_length=1)
    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=1, le=65535)
    public_url: PublicUrl = ""
    metrics_token_file: FilePath = ""


class WebchatSection(Section):
    enabled: bool = False
    sign_in: Literal["invitation", "none"] = "invitation"


class BoardSection(Section):
    enabled: bool = False
    wards_file: FilePath = ""
    tiles: str = ""
    tiles_credit: str = ""

    @model_validator(mode="after")
    def _tiles_are_whole(self) -> Self:
        fields = all(field in self.tiles for field in ("{z}", "{x}", "{y}"))
        if self.tiles and not (fields and urlsplit(self.tiles).scheme in ("https", "http")):
            raise ValueError("board.tiles must be an address such as https://tiles.example/{z}/{x}/{y}.png")
        if self.tiles and not self.tiles_credit:
            raise ValueError("board.tiles_credit is empty: say whose map it is, as its licence asks")
        return self


class RoomSection(Section):
    enabled: bool = True


class TelegramSection(Section):
    enabled: bool = False
    api_root: ApiRoot = "https://api.telegram.org"
    token_file: FilePath = ""
    receive: Literal["poll", "webhook"] = "poll"
    webhook_path: WebhookPath = "/telegram/webhook"
    webhook_secret_file: FilePath = ""
    platform_administrators: bool = True


class ZaloBotSection(Section):
    enabled: bool = False
    api_root: ApiRoot = "https://bot-api.zaloplatforms.com"
    token_file: FilePath = ""
    receive: Literal["poll", "webhook"] = "poll"
    webhook_path: WebhookPath = "/zalo-bot/webhook"
    webhook_secret_file: FilePath = ""
    posts_per_month: int = Field(default=3000, ge=1)


class ZaloOaSection(Section):
    enabled: bool = False
    api_root: ApiRoot = "https://openapi.zalo.me"
    oauth_root: ApiRoot = "https://oauth.zaloapp.com"
    app_id: Text = ""
    app_secret_file: FilePath = ""
    secret_file: FilePath = ""
    receive: Literal["webhook", "history"] = "webhook"
    webhook_path: WebhookPath = "/zalo-oa/webhook"
    redirect_url: str = ""
    verifier_file: FilePath = Field(default="", pattern=r"^$|(^|/)zalo_verifier[A-Za-z0-9_-]*\.html$")

    @model_validator(mode="after")
    def _has_an_app(self) -> Self:
        if self.enabled and not self.app_id:
            raise ValueError("zalo_oa.app_id is empty: give the number of the app from developers.zalo.me")
        return self


class BridgeSection(Section):
    name: str = Field(pattern="^[a-z][a-z0-9_]{1,30}$")
    secret_file: FilePath = ""
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
    secret_file: FilePath = ""
    events: tuple[str, ...] = Field(default=(), strict=False)
    categories: tuple[str, ...] = Field(default=(), strict=False)
    department: str = ""
    cameras: bool = False
    centre: bool = False
    allow_private: bool = False

    @model_validator(mode="after")
    def _is_private(self) -> Self:
        if self.url.startswith("http://") and not self.allow_private:
            says = f"the webhook {self.name!r} must be called by https, or set allow_private = true"
            raise ValueError(says)
        return self


class Open311ClientSection(Section):
    name: str = Field(pattern="^[a-z][a-z0-9_]{1,30}$")
    title: str = ""
    key_file: FilePath = ""
    centre: bool = False


class UpstreamSection(Section):
    name: str = Field(pattern="^[a-z][a-z0-9_]{1,30}$")
    url: str = Field(pattern=r"^https?://.+$")
    key_file: FilePath = ""
    jurisdiction: str = ""
    categories: tuple[str, ...] = Field(default=(), strict=False)
    services: dict[str, str] = Field(default_factory=dict)
    when: Literal["accepted", "opened"] = "accepted"
    place: str = ""
    idempotent: bool = False
    centre: bool = False
    poll_seconds: float = Field(default=300, ge=0.2)
    allow_private: bool = False

    @model_validator(mode="after")
    def _is_private(self) -> Self:
        if self.url.startswith("http://") and not self.allow_private:
            says = f"the upstream {self.name!r} must be called by https, or set allow_private = true"
            raise ValueError(says)
        return self


class Open311Section(Section):
    enabled: bool = False
    jurisdiction: str = ""
    open_reading: bool = False
    contact: str = ""
    clients: tuple[Open311ClientSection, ...] = Field(default=(), strict=False)
    upstreams: tuple[UpstreamSection, ...] = Field(default=(), strict=False)

    @model_validator(mode="after")
    def _names_differ(self) -> Self:
        for word, sections in (("client", self.clients), ("upstream", self.upstreams)):
            names = [one.name for one in sections]
            if len(set(names)) < len(names):
                raise ValueError(f"the same {word} is named twice in [[open311.{word}s]]")
        return self


class EmailSection(Section):
    host: str = ""
    port: int = Field(default=587, ge=1, le=65535)
    security: Literal["starttls", "tls", "none"] = "starttls"
    user: str = ""
    password_file: FilePath = ""
    sender: Mail = ""
    reply_to: Mail = ""

    @model_validator(mode="after")
    def _is_safe(self) -> Self:
        if self.host and not self.sender:
            raise ValueError("email.sender is empty: give the address that mails come from")
        if self.host and self.security == "none" and self.host not in LOOPBACK:
            raise ValueError(
                "email.security = 'none' is for a server on this machine only: use starttls or tls"
            )
        return self


class DrySection(Section):
    name: str = Field(pattern="^[a-z][a-z0-9_]{1,30}$")
    kind: Literal["noop", "blackhole"]
    events: tuple[str, ...] = Field(default=(), strict=False)
    categories: tuple[str, ...] = Field(default=(), strict=False)
    department: str = ""


class ChatSection(Section):
    platform: str
    id: Text
    role: Literal["community", "moderation", "department"]
    title: str = ""
    language: Language | Literal[""] = ""
    department: str = ""

    @model_validator(mode="after")
    def _has_an_id(self) -> Self:
        """Telegram answers to a group's name too, but tells of its messages under its number alone."""
        if self.platform == "telegram" and not TELEGRAM_ID.fullmatch(self.id):
            raise ValueError(
                f"{self.id!r} is no Telegram group's id: that is a number such as -1001234567890, not a name"
                " (congich chats shows it)"
            )
        return self


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
    first_number: int = Field(default=1001, ge=1, le=2_000_000_000)
    days: Days = 3
    urgent_days: Days = 1
    twin_days: Days = 14


class WorkSection(Section):
    hours: tuple[Hours, ...] = Field(default=("07:30-11:30", "13:30-17:00"), strict=False, min_length=1)
    days: tuple[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"], ...] = Field(
        default=("mon", "tue", "wed", "thu", "fri"), strict=False, min_length=1
    )
    holidays: Country = "VN"
    free_days: tuple[Day, ...] = Field(default=(), strict=False)
    extra_days: tuple[Day, ...] = Field(default=(), strict=False)

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        for span in self.hours:
            begin, _, end = span.partition("-")
            if begin >= end:
                raise ValueError(f"work.hours: {span!r} must end later than it begins")
        if both := set(self.free_days) & set(self.extra_days):
            raise ValueError(f"{min(both)} is in work.free_days and in work.extra_days: strike it from one")
        return self


class QuietSection(Section):
    hours: Hours = "21:30-06:00"


class CamerasSection(Section):
    file: FilePath = ""


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
    close_days: Days = 7


class AssembleSection(Section):
    window_seconds: int = Field(default=120, ge=5)


class ClassifierSection(Section):
    """`sure` and `unsure`: 0 for the model's own, chosen from its data."""

    sure: float = Field(default=0.0, ge=0, le=1)
    unsure: float = Field(default=0.0, ge=0, le=1)
    gazetteer: FilePath = ""

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
    days: DaysOrNone = 0

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
    endpoint_key_file: FilePath = ""
    seconds: float = Field(default=3.0, gt=0, le=30)

    @model_validator(mode="after")
    def _has_model(self) -> Self:
        if self.endpoint and not self.endpoint_model:
            raise ValueError("an endpoint needs endpoint_model, the name of its model")
        return self


class DigestSection(Section):
    enabled: bool = True
    cron: Cron = "30 7 * * mon"
    daily: Cron = ""
    monthly: Cron = ""
    morning: Cron = "15 7 * * *"
    to_departments: bool = True
    systems: bool = True
    late_days: Days = 3


class DepartmentSection(Section):
    key: str = Field(pattern="^[a-z0-9]+$")
    name: str
    categories: tuple[str, ...] = Field(default=(), strict=False)
    wards: tuple[str, ...] = Field(default=(), strict=False)
    days: Days = 3
    email: Mail = ""
    fallback: str = ""


class StoreSection(Section):
    """Where photos lie: in the data folder, or in a bucket of an S3-compatible service."""

    kind: Literal["folder", "s3"] = "folder"
    endpoint: str = Field(default="", pattern=r"^(https?://[^/@?#]+/?)?$")
    bucket: str = Field(default="", pattern=r"^([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])?$")
    region: str = Field(default="us-east-1", min_length=1)
    prefix: str = ""
    access_key_id_file: FilePath = ""
    secret_access_key_file: FilePath = ""
    allow_http: bool = False

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if self.kind == "s3" and not (self.endpoint and self.bucket):
            raise ValueError("photos.store needs an endpoint such as https://s3.example.vn, and a bucket")
        own = urlsplit(self.endpoint).hostname in LOOPBACK
        if self.endpoint.startswith("http://") and not (own or self.allow_http):
            raise ValueError("photos.store.endpoint must be https, or set allow_http = true: photos go bare")
        return self


class PhotosSection(Section):
    max_bytes: int = Field(default=20_000_000, ge=1000)
    trusted_hosts: tuple[str, ...] = Field(default=(), strict=False)
    max_pixels: int = Field(default=40_000_000, ge=10_000)
    served_width: int = Field(default=1600, ge=320)
    store: StoreSection = StoreSection()


class RetentionSection(Section):
    """Days after which something goes; 0: it is kept for ever."""

    cron: Cron = "20 3 * * *"
    raw_days: DaysOrNone = 30
    chatter_days: DaysOrNone = 180
    posts_days: DaysOrNone = 365
    photos_days: DaysOrNone = 0
    names_days: DaysOrNone = 730
    room_days: DaysOrNone = 0
    sign_in_days: DaysOrNone = 30


class LogSection(Section):
    level: Literal["debug", "info", "warning", "error"] = "info"
    as_json: bool = False
