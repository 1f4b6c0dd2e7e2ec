"""What a value in the configuration file may be: zones, schedules, addresses, paths, days, names."""

import re
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import parse_qs, unquote, urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import holidays
from cronsim import CronSim, CronSimError
from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo

LOOPBACK = ("127.0.0.1", "localhost", "::1")
MOST_DAYS = 36_500  # past what a calendar counts from any day of ours
TELEGRAM_ID = re.compile(r"-?[1-9][0-9]*")
OUR_PATHS = frozenset(  # what the addresses of our own pages and calls begin with
    (
        *("board", "room", "exports", "photos", "sign-in", "sign-out"),
        *("api", "bridge", "open311", "out", "healthz", "readyz", "metrics"),
        *("static", "sw.js", "manifest.webmanifest"),
    )
)
_LETTER = r"([\w.~:@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})"  # of a path
_WEB_ADDRESS = re.compile(rf"(?i:https?)://(\w[\w.-]*|\[[0-9A-Fa-f:]+\])(:[0-9]{{1,5}})?(/({_LETTER}|/)*)?")
_ACCOUNT = re.compile(r"(?<=://)[^/@?#\s]+@")  # in front of a host
_MAIL = r"[^@\s<>\"]+@[A-Za-z0-9.-]+"
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


def _date(said: object) -> object:
    """A text too, as all else in the file is one."""
    if not isinstance(said, str):
        return said
    try:
        return date.fromisoformat(said)
    except ValueError:
        raise ValueError(f"{said!r} is no date such as 2027-08-28") from None


def has_password(url: str) -> bool:
    """Whether a database's address says a password: before its host, or among its settings."""
    parts = urlsplit(url)
    return bool(parts.password or "password" in parse_qs(parts.query))


def _no_password(url: str) -> str:
    if has_password(url):
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


def _not_ours(path: str) -> str:
    first = unquote(path).split("/")[1]
    if first in OUR_PATHS:
        raise ValueError(f"/{first} is congich's own: give another path, such as /hooks{path}")
    return path


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
WebhookPath = Annotated[str, Field(pattern=rf"^(/{_LETTER}+)+/?$"), AfterValidator(_not_ours)]
PublicUrl = Annotated[str, AfterValidator(lambda said: said and _web_address(said))]
DatabaseUrl = Annotated[str, AfterValidator(_no_password), AfterValidator(_beside_too)]
Day = Annotated[date, BeforeValidator(_date)]
Country = Annotated[str, AfterValidator(_country), Field(pattern="^([A-Z]{2})?$")]
Mail = Annotated[str, Field(pattern=rf"^({_MAIL})?$")]
Hours = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d$")]
Language = Literal["vi", "en"]
