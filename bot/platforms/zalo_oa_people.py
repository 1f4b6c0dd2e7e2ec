"""Names of people and titles of groups, which an Official Account's webhook does not tell: asked once."""

import asyncio

import structlog

from bot.platforms.zalo_oa_api import ZaloOaApi
from handlers.ports import DeliveryError

BETWEEN = 10.0  # seconds between two readings of a list

log = structlog.get_logger(__name__)


class People:
    """What is known of an account's groups; read by the adapter when it parses."""

    def __init__(self, api: ZaloOaApi) -> None:
        self.names: dict[str, str] = {}
        self.titles: dict[str, str] = {}
        self._api = api
        self._wanted: set[str] = set()  # groups
        self._alone: set[str] = set()  # people who talk with the account alone
        self._more = asyncio.Event()

    def want(self, group: str, person: str) -> None:
        """Somebody was heard, in a group or ("") alone; a name that is not known is asked for soon."""
        if person and person in self.names:
            return
        (self._wanted if group else self._alone).add(group or person)
        self._more.set()

    async def read(self, group: str) -> None:
        """Read a group's title and the names of its people; what Zalo refuses is left as it was."""
        try:
            info = (await self._api.group(group)).get("group_info")
            title = info.get("name") if isinstance(info, dict) else None
            if isinstance(title, str):
                self.titles[group] = title
            self.names |= await self._api.members(group)
        except DeliveryError as error:
            log.warning("names not read", action="zalo_oa.no_names", group=group, error=str(error))

    async def ask(self, person: str) -> None:
        """Ask for the name of somebody who talks with the account alone."""
        try:
            name = (await self._api.user(person)).get("display_name")
        except DeliveryError as error:
            log.warning("name not read", action="zalo_oa.no_name", error=str(error))
        else:
            self.names |= {person: name} if isinstance(name, str) and name else {}

    async def keep_reading(self) -> None:
        """Read the lists that are wanted, again after a while."""
        while True:
            await self._more.wait()
            self._more.clear()
            wanted, self._wanted = self._wanted, set()
            alone, self._alone = self._alone, set()
            for group in sorted(wanted):
                await self.read(group)
            for person in sorted(alone):
                await self.ask(person)
            await asyncio.sleep(BETWEEN)
