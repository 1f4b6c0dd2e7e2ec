"""Pages made on the server: Jinja templates that escape everything, texts from the catalogue, local times."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from aiohttp import hdrs, web
from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined, pass_context
from jinja2.runtime import Context

from bot.locale import FIRST, LANGUAGES
from handlers.numbers import figure
from handlers.ports import Say

LANGUAGE_COOKIE = "congich-lang"
_YEAR = 365 * 86_400
_FOLDERS = ("bot.web", "bot.board", "bot.room")  # each with its own folder of templates


@dataclass(frozen=True, slots=True)
class Look:
    """What every page says of itself."""

    title: str  # the city's name for all this
    language: str  # where a reader asks for none
    zone: ZoneInfo


class Pages:
    """Fills templates; in them `t(key, …)` is a text, and `|moment`, `|day`, `|number` are filters."""

    def __init__(self, say: Say, look: Look) -> None:
        self.look = look
        self._say = say
        loader = ChoiceLoader([PackageLoader(name) for name in _FOLDERS if _has_templates(name)])
        self._jinja = Environment(
            loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
        )
        self._jinja.filters |= {"moment": self.moment, "day": self.day, "number": number}

    def language(self, request: web.Request) -> str:
        """What the reader asked for, now or before; else the city's."""
        asked = (request.query.get("lang", ""), request.cookies.get(LANGUAGE_COOKIE, ""), self.look.language)
        return next((one for one in asked if one in LANGUAGES), FIRST)

    def text(self, language: str, name: str, values: Mapping[str, Any]) -> str:
        """A filled template."""

        def t(key: str, **fields: object) -> str:
            return self._say(language, key, **fields)

        return self._jinja.get_template(name).render({"t": t, "lang": language, "look": self.look, **values})

    def page(
        self, request: web.Request, name: str, values: Mapping[str, Any], *, status: int = 200
    ) -> web.Response:
        """A page in the reader's language, which is remembered once it was chosen."""
        language = self.language(request)
        shown = {"path": request.path, "other_language": _other(request, language), **values}
        response = web.Response(
            text=self.text(language, name, shown), content_type="text/html", charset="utf-8", status=status
        )
        if request.query.get("lang") == language:
            response.set_cookie(
                LANGUAGE_COOKIE, language, max_age=_YEAR, httponly=True, samesite="Lax", path="/"
            )
        return response

    def moment(self, at: datetime | None) -> str:
        """A moment by the city's clock."""
        return f"{at.astimezone(self.look.zone):%H:%M %d/%m/%Y}" if at else ""

    def day(self, at: datetime | None) -> str:
        """Its day alone."""
        return f"{at.astimezone(self.look.zone):%d/%m/%Y}" if at else ""


@pass_context
def number(context: Context, value: float) -> str:
    """As the page's language writes it."""
    return figure(value, context["lang"])


def _other(request: web.Request, language: str) -> str:
    """The address of the same page in the other language; none where only a form that is sent brings it."""
    if request.method == hdrs.METH_POST:
        return ""
    other = next(one for one in LANGUAGES if one != language)
    return str(request.rel_url.update_query(lang=other))


def _has_templates(package: str) -> bool:
    root = Path(__file__).parents[1]
    return (root / package.removeprefix("bot.") / "templates").is_dir()
