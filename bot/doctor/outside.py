"""Systems outside: whether the mail server takes our login, and other city systems know our key."""

import asyncio

import aiosmtplib

from bot import outside
from bot.config import ConfigError
from bot.doctor.case import Case
from bot.doctor.findings import Finding, ok, wrong
from bot.open311 import built
from bot.sections import UpstreamSection, WebhookSection
from bot.targets.email import Server, connection
from handlers.ports import DeliveryError

_NETWORK = "see that this machine reaches it (name, network, firewall), then repeat"


async def examine(case: Case) -> list[Finding]:
    upstreams = await asyncio.gather(*(_upstream(case, one) for one in case.config.open311.upstreams))
    webhooks = [found for one in case.config.webhooks for found in await _webhook(one)]
    return [*await _mail(case), *webhooks, *(one for found in upstreams for one in found)]


async def _webhook(settings: WebhookSection) -> list[Finding]:
    """Its address alone: a call to try it would be news that nobody has."""
    try:
        calls = outside.webhook_calls(settings)
    except ConfigError as error:
        return [inside(error)]
    await calls.close()
    return []


def inside(error: ConfigError) -> Finding:
    """An address at which the bot does not start."""
    says, _, remedy = str(error).partition(": ")
    return wrong("outside.address", says, f"correct it, or {remedy}")


async def _mail(case: Case) -> list[Finding]:
    """The server of mails, up to the login; no mail is sent."""
    if not case.config.email.host:
        return []
    try:
        server = outside.mail_server(case.config, case.environ)
    except ConfigError:
        return []  # the keys' own finding
    return [await _logged_in(server)]


async def _logged_in(server: Server) -> Finding:
    client = connection(server)
    try:
        await client.connect()
        if server.user:
            await client.login(server.user, server.password)
    except aiosmtplib.SMTPAuthenticationError:
        says = "the mail server refuses our login"
        return wrong(
            "outside.mail_login", says, "see email.user and its password with whoever runs the server"
        )
    except (aiosmtplib.SMTPException, OSError, ValueError) as error:
        says = f"the mail server can't be used ({type(error).__name__})"
        return wrong("outside.mail", says, f"see email.host, email.port, email.security; {_NETWORK}")
    finally:
        client.close()
    return ok("outside.mail", "the mail server takes our connection" + (" and login" if server.user else ""))


async def _upstream(case: Case, settings: UpstreamSection) -> list[Finding]:
    """Another city system answers with its services."""
    try:
        calls = outside.upstream_calls(settings)
    except ConfigError as error:
        return [inside(error)]
    try:
        endpoint = built.endpoint(case.config, settings, case.environ)
        answer = await calls.get(f"{endpoint.url}/services.json", params=endpoint.base())
    except DeliveryError as error:
        says = f"{settings.name}: {error}"
        return [wrong("outside.upstream", says, f"see its url in [[open311.upstreams]]; {_NETWORK}")]
    except ConfigError:
        return []  # the keys' own finding
    finally:
        await calls.close()
    codes = {str(one.get("service_code")) for one in answer.rows}
    if answer.status != 200 or not codes:
        says = f"{settings.name}: it answers {answer.status} and names no services"
        remedy = "its url must be the endpoint that its discovery names; see its jurisdiction"
        return [wrong("outside.upstream", says, remedy)]
    wanted = settings.categories or case.config.all_categories
    unknown = [one for one in wanted if settings.services.get(one, one) not in codes]
    if unknown:
        says = f"{settings.name}: it has no service for {', '.join(unknown[:5])}"
        remedy = "name its code in services, or leave the category out of categories"
        return [wrong("outside.services", says, remedy)]
    return [ok("outside.upstream", f"{settings.name}: it answers, and has a service for each category")]
