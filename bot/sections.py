"""The parts of the configuration file: their keys, defaults, and what each value must be."""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal, Self
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
    ValidationInfo,
    model_validator,
)

from handlers.understanding import CATEGORIES, fold

PLATFORMS = ("telegram", "webchat", "zalo_bot", "zalo_oa")
LOOPBACK = ("127.0.0.1", "localhost", "::1")
MOST_DAYS = 36_500  # past what a calendar counts from any day of ours
TELEGRAM_ID = re.compile(r"-?[1-9][0-9]*")
_LETTER = r"([\w.~:@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})"  # of a path
_WEB_ADDRESS = re.compile(rf"(?i:https?)://(\w[\w.-]*|\[[0-9A-Fa-f:]+\])(:[0-9]{{1,5}})?(/({_LETTER}|/)*)?")
_ACCOUNT = re.compile(r"(?<=://)[^/@?#\s]+@")  # in front of a host
_ADDRESS = r"[^@\s<>\"]+@[A-Za-z0-9.-]+"
_ANY_MOMENT = datetime(2026, 1, 1, tzinfo=UTC)  # a schedule is right or wrong at any moment


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # "Asia" is a folder
        raise ValueError(f"{name!r} is no time zone such as Asia/Ho_Chi_Minh") from None
    return name


def _cron(expression: str) -> str:
    if not expression:
        return expression
    try:
        CronSim(expression, _ANY_MOMENT)
    except CronSimError:
        raise ValueError(f"{expression!r} is no schedule such as '30 7 * * mon'") from None
    return expression


def _country(code: str) -> str:
    if code:
        try:
            holidays.country_holidays(code)
        except NotImplementedError:
            raise ValueError(
                f"{code!r} is no country whose holidays are known: VN, or empty for none"
            ) from None
    return code


def _no_password(url: str) -> str:
    if url and urlsplit(url).password:
        raise ValueError("a password does not belong in this file: give the address in CONGICH_DATABASE_URL")
    return url


def is_web_address(said: str) -> bool:
    """Whether people or programs could be led there, with a path of ours behind it."""
    found = _WEB_ADDRESS.fullmatch(said)
    return found is not None and 0 < int((found[2] or ":80")[1:]) < 65_536


def _web_address(said: str) -> str:
    if not is_web_address(said):
        raise ValueError(f"{said!r} is no address such as https://congich.example.vn")
    scheme, rest = said.split(":", 1)
    return f"{scheme.lower()}:{rest}"


def _api_root(said: str) -> str:
    """A server of one's own may ask for a name and a password."""
    account = _ACCOUNT.search(said)
    root = _web_address(_ACCOUNT.sub("", said, 1))
    return root.replace("://", f"://{account[0]}", 1) if account else root


def _member(name: str) -> str:
    platform, _, external_id = name.partition(":")
    if not platform or not external_id:
        raise ValueError(f"{name!r} must be platform:id, such as telegram:123456")
    return name


def _beside(path: str, info: ValidationInfo) -> str:
    """Paths go from the folder of the file that names them, wherever a command is given."""
    if "\0" in path:
        raise ValueError("no file has such a name")
    folder = (info.context or {}).get("folder")
    return str(Path(folder) / path) if folder and path else path


def _beside_too(url: str, info: ValidationInfo) -> str:
    kind, slashes, path = url.partition(":///")
    if not kind.startswith("sqlite") or not path or path.startswith(":memory:"):
        return url
    return f"{kind}{slashes}{_beside(path, info)}"


Zone = Annotated[str, AfterValidator(_zone)]
Cron = Annotated[str, AfterValidator(_cron)]  # empty: never
MemberName = Annotated[str, AfterValidator(_member)]
FilePath = Annotated[str, AfterValidator(_beside)]
Text = Annotated[str, BeforeValidator(lambda value: str(value) if isinstance(value, int) else value)]
Days = Annotated[int, Field(ge=1, le=MOST_DAYS)]
DaysOrNone = Annotated[int, Field(ge=0, le=MOST_DAYS)]  # 0: what the section says of it
ApiRoot = Annotated[str, AfterValidator(_api_root)]
WebhookPath = Annotated[str, Field(pattern=rf"^(/{_LETTER}+)+/?$")]
Language = Literal["vi", "en"]


class Section(BaseModel):
    """A part of the file: unknown keys are errors, values do not change."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class DatabaseSection(Section):
    url: Annotated[str, AfterValidator(_no_password), AfterValidator(_beside_too)] = ""
    lease_seconds: float = Field(default=60, ge=2, le=3600)


class WebSection(Section):
    enabled: bool = True
    title: str = Field(default="Công ích đô thị", min_length=1)
    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=1, le=65535)
    public_url: Annotated[str, AfterValidator(lambda said: said and _web_address(said))] = ""
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
    sender: str = Field(default="", pattern=rf"^({_ADDRESS})?$")
    reply_to: str = Field(default="", pattern=rf"^({_ADDRESS})?$")

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


Hours = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d$")]


class WorkSection(Section):
    hours: tuple[Hours, ...] = Field(default=("07:30-11:30", "13:30-17:00"), strict=False, min_length=1)
    days: tuple[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"], ...] = Field(
        default=("mon", "tue", "wed", "thu", "fri"), strict=False, min_length=1
    )
    holidays: Annotated[str, AfterValidator(_country)] = Field(default="VN", pattern="^([A-Z]{2})?$")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        for span in self.hours:
            begin, _, end = span.partition("-")
            if begin >= end:
                raise ValueError(f"work.hours: {span!r} must end later than it begins")
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
    email: str = Field(default="", pattern=rf"^({_ADDRESS})?$")
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
