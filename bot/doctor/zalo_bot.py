"""Zalo's Bot Platform: the token, whether groups are open to it, what it hears, its webhook and photos."""

from urllib.parse import urlsplit

from bot.doctor import keys
from bot.doctor.case import Case
from bot.doctor.findings import Finding, advice, ok, wrong
from bot.platforms.media import Media
from bot.platforms.zalo_bot import ZaloBot
from handlers.ports import DeliveryError, JsonObject, PlatformDown


async def examine(case: Case) -> list[Finding]:
    settings = case.config.zalo_bot
    token = keys.token(case, keys.ZALO_BOT) if settings.enabled else None
    if token is None:
        return []
    asked = ZaloBot(
        token.reveal(),
        api_root=settings.api_root,
        offer=_no_address,
        media=Media(),
        posts_per_month=settings.posts_per_month,
    )
    try:
        account, found = await asked.account(), await asked.webhook_address()
    except DeliveryError as error:
        return [unusable(error)]
    finally:
        await asked.close()
    public = case.config.web.public_url
    expected = public.rstrip("/") + settings.webhook_path if settings.receive == "webhook" else ""
    return [*known(account), mentions(account), *photos(public), webhook(found, expected)]


async def _no_address(_: bytes) -> str | None:
    return None


def unusable(error: DeliveryError) -> Finding:
    """The account could not be asked."""
    if isinstance(error, PlatformDown):
        remedy = "copy the token anew from Zalo Bot Creator"
        return wrong("zalo_bot.token", "Zalo refuses the bot's token", remedy)
    says = f"Zalo could not be asked: {error}"
    remedy = "see that this machine reaches zalo_bot.api_root (network, firewall, proxy), then repeat"
    return wrong("zalo_bot.unreachable", says, remedy)


def known(account: JsonObject) -> list[Finding]:
    """Whose token it is, and whether groups are open to it."""
    said = [ok("zalo_bot.token", f"Zalo knows the bot as {_name(account)}")]
    if account.get("can_join_groups") is True:
        return [*said, ok("zalo_bot.groups", "it may be in groups")]
    says = "the bot may not be in groups (can_join_groups): no group will hear it"
    remedy = (
        "groups are a trial of Zalo's: ask for it in Zalo Bot Creator; until then Telegram or the web chat"
    )
    return [*said, wrong("zalo_bot.groups", says, remedy)]


def mentions(account: JsonObject) -> Finding:
    """What this door hears, which no setting changes."""
    return advice(
        "zalo_bot.mentions",
        "this door hears only messages that mention the bot, and answers to it; all else never arrives",
        f"tell people to choose @{_name(account)} from the list as they type, in a photo's caption too",
    )


def photos(public_url: str) -> list[Finding]:
    """Zalo fetches the bot's photos by their address."""
    if public_url.startswith("https://"):
        return []
    says = "without an https address in web.public_url the bot's posts go without photos"
    return [advice("zalo_bot.photos", says, "name one that reaches congich's web server")]


def webhook(found: str, expected: str) -> Finding:
    """`expected`: our address, empty where messages are asked for."""
    if found == expected:
        says = "the webhook is ours" if expected else "no webhook stands in the way of asking for messages"
        return ok("zalo_bot.webhook", says)
    if not found:
        return advice("zalo_bot.webhook", "no webhook is set", "start congich, which sets it")
    says = f"Zalo tells another address of the messages, at {urlsplit(found).hostname}"
    remedy = "start congich, which changes that; if it comes back, another program has the token: renew it"
    return advice("zalo_bot.webhook", says, remedy)


def _name(account: JsonObject) -> str:
    return str(account.get("display_name") or account.get("account_name") or "the bot")
