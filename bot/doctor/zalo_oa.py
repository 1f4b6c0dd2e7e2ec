"""A Zalo Official Account: its tokens, its package and group assets, and each configured group."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from bot.config import ConfigError
from bot.doctor.case import Case
from bot.doctor.findings import Finding, advice, ok, wrong
from bot.platforms.zalo_oa_api import ZaloOaApi
from bot.platforms.zalo_oa_tokens import TokenPair, is_due
from bot.sections import ChatSection
from bot.zalo_account import ZaloAccount, account
from handlers.ports import DeliveryError, JsonObject, PlatformDown

SOON = timedelta(days=14)
LOGIN = "run 'congich zalo login', also while the bot runs"
MEMBERS = 1000  # the asset that a group of 174 needs; the next smaller one is for 100


async def examine(case: Case) -> list[Finding]:
    if not case.config.zalo_oa.enabled:
        return []
    try:
        asked = account(case.config, case.environ, case.clock)
    except ConfigError:
        return []  # of a secret that is missing, `keys` tells
    try:
        return await _asked(case, asked)
    finally:
        await asked.api.close()


async def _asked(case: Case, asked: ZaloAccount) -> list[Finding]:
    try:
        pair = asked.file.load()
    except PlatformDown as error:
        return [wrong("zalo_oa.tokens", str(error), LOGIN)]
    now = case.clock()
    said = [tokens(pair, now)]
    if pair is None or now >= pair.access_until:
        return said  # asking would renew the pair, and that is the bot's own to do
    try:
        said += [known(await asked.api.account()), *assets(await asked.api.assets(), now)]
        for chat in case.chats_on("zalo_oa"):
            said.append(await _group(asked.api, chat, now))
    except DeliveryError as error:
        remedy = "see that this machine reaches zalo_oa.api_root (network, firewall, proxy), then repeat"
        said.append(wrong("zalo_oa.unreachable", f"Zalo could not be asked: {error}", remedy))
    return said


async def _group(api: ZaloOaApi, chat: ChatSection, now: datetime) -> Finding:
    try:
        return group(chat.id, await api.group(chat.id), now)
    except DeliveryError as error:
        says = f"Zalo does not show the group {chat.id}: {error}"
        return wrong("zalo_oa.group", says, "see 'congich zalo groups': it hears only its own groups")


def tokens(pair: TokenPair | None, now: datetime) -> Finding:
    """Whether the account is logged in, and stays so."""
    if pair is None:
        return wrong("zalo_oa.tokens", "nobody has logged in to the Official Account", LOGIN)
    until = f"{pair.access_until:%Y-%m-%d %H:%M} UTC"
    if pair.refused:
        return wrong(
            "zalo_oa.tokens", f"Zalo renews the tokens no more ({pair.refused}); until {until}", LOGIN
        )
    if now >= pair.access_until:
        return wrong(
            "zalo_oa.tokens", f"the access token ended {until}", f"start the bot; if that fails, {LOGIN}"
        )
    if is_due(pair, now):
        says, remedy = f"the tokens are due to be renewed; they end {until}", "the bot does so while it runs"
        return advice("zalo_oa.tokens", says, remedy)
    return ok("zalo_oa.tokens", f"logged in; the tokens renew themselves before {until}")


def known(account: JsonObject) -> Finding:
    """Whose tokens they are, and its package."""
    name, package = account.get("name") or "the account", account.get("package_name") or "none"
    if account.get("is_verified") is False:
        says, remedy = f"{name} is not verified: it can have no groups", "have it verified at oa.zalo.me"
        return wrong("zalo_oa.account", says, remedy)
    return ok("zalo_oa.account", f"Zalo knows the account as {name}, with the package {package}")


def assets(found: Sequence[JsonObject], now: datetime) -> list[Finding]:
    """Group assets that end soon: a group without one is dissolved after 45 days."""
    return [
        advice(
            "zalo_oa.asset",
            f"the group asset {one.get('asset_id')} ends {ends:%Y-%m-%d}",
            "renew it at oa.zalo.me: 45 days after its end Zalo dissolves the group",
        )
        for one in found
        if (ends := _moment(one.get("valid_through"))) is not None and ends - now < SOON
    ]


def group(name: str, found: JsonObject, now: datetime) -> Finding:
    """One configured group: enabled, with room for everybody, not about to be dissolved."""
    told = found.get("group_info")
    info = told if isinstance(told, dict) else {}
    called, most = info.get("name") or name, info.get("max_member")
    ends = _moment(info.get("auto_delete_date"))
    if info.get("status") not in (None, "enabled"):
        says = f"the group {called} is {info.get('status')}"
        return wrong("zalo_oa.group", says, "enable it in OA Manager, or renew its asset")
    if ends is not None:
        says = f"Zalo dissolves the group {called} on {ends:%Y-%m-%d}"
        return wrong("zalo_oa.group", says, "renew its asset at oa.zalo.me before that day")
    members = info.get("total_member")
    if isinstance(most, int) and isinstance(members, int) and members >= most:
        remedy = f"buy an asset for {MEMBERS} members and change the group's asset in OA Manager"
        return advice("zalo_oa.group", f"the group {called} is full ({members} of {most})", remedy)
    return ok("zalo_oa.group", f"the group {called} is there, with {members} of {most} members")


def _moment(value: object) -> datetime | None:
    """Zalo writes moments as milliseconds or as dates; 0 and nothing mean none."""
    text = str(value or "")
    if text.isdecimal() and int(text[:15]) > 0:
        return datetime.fromtimestamp(int(text[:15]) / 1000, UTC)
    for shape in ("%d/%m/%Y", "%Y-%m-%d", "%H:%M %d/%m/%Y"):
        try:
            return datetime.strptime(text, shape).replace(tzinfo=UTC)
        except ValueError:
            continue
    return None
