"""The web server: its port here, and its address as the world sees it."""

import errno
import socket
from datetime import datetime, timedelta
from http import HTTPStatus
from urllib.parse import urlsplit

from bot.config import Config
from bot.doctor import store
from bot.doctor.asking import Seen, Unreachable, certificate_end, look
from bot.doctor.case import Case, switched_on
from bot.doctor.findings import Finding, advice, ok, wrong
from bot.metrics import PATH as METRICS
from bot.web import server

CERTIFICATE_LEAST = timedelta(days=14)
HEALTH = "/healthz"
NOWHERE = "/doctor"  # what is sent there comes to nothing
PROXY = "docs/deploy has a file for nginx and one for Caddy"


async def examine(case: Case) -> list[Finding]:
    settings = case.config.web
    said, runs = list[Finding](), False
    if settings.enabled:
        local = await _seen(f"http://{_local(settings.host)}:{settings.port}{HEALTH}", case)
        runs = isinstance(local, Seen) and local.is_congichs
        taken = _taken(settings.host, settings.port) if isinstance(local, Unreachable) else None
        is_ours = not runs or await store.is_at_work(case)
        said.append(port(settings.port, local, taken) if is_ours else another(settings.port))
    public = settings.public_url.rstrip("/")
    said += needed(case.config) + chat(case.config)
    if public.startswith("https://"):
        there = await _seen(public + HEALTH, case)
        said.append(reachable(there, runs=runs))
        if isinstance(there, Seen) and there.is_congichs:
            said.append(passed_on(await _seen(public + NOWHERE, case, origin=public)))
            said.append(closed(await _seen(public + METRICS, case)))
        said += await _certificate(public, case)
    return said


async def _seen(url: str, case: Case, *, origin: str = "") -> Seen | Unreachable:
    try:
        return await look(url, case.tls, origin=origin)
    except Unreachable as error:
        return error


async def _certificate(public: str, case: Case) -> list[Finding]:
    """Nothing where none is shown: `reachable` has told of that."""
    parts = urlsplit(public)
    try:
        end = await certificate_end(parts.hostname or "", parts.port or 443, case.tls)
    except Unreachable:
        return []
    return [certificate(end, case.clock())]


def port(number: int, seen: Seen | Unreachable, taken: OSError | None) -> Finding:
    """`seen`: what answered there. `taken`: why we could not listen there; None where we could."""
    if isinstance(seen, Seen) and seen.is_congichs:
        return ok("web.port", f"congich listens on port {number}")
    if isinstance(seen, Unreachable) and taken is None:
        return ok("web.port", f"port {number} is free; congich listens there once it runs")
    if taken is not None and server.is_hosts_fault(taken):
        remedy = "set it to 127.0.0.1, or to another address of this machine"
        return wrong("web.port", f"web.host is no address of this machine ({taken.strerror})", remedy)
    why = "another program answers there"
    if taken is not None:
        why = BIND_ERRORS.get(taken.errno or 0, taken.strerror or "it is refused")
    says = f"port {number} can't be used: {why}"
    return wrong("web.port", says, "choose another web.port, or end that program (see: ss -ltnp)")


def another(number: int) -> Finding:
    """A congich answers there, and nobody is at work on this installation's database."""
    says = f"another congich listens on port {number}, such as a demo: this one is not at work"
    return wrong("web.port", says, "choose another web.port, or end that program (see: ss -ltnp)")


def needed(config: Config) -> list[Finding]:
    """What is asked of a server that is switched off, or that has no https address."""
    web, said = config.web, list[Finding]()
    on = switched_on(config).items()
    hooks = [name for name, section in on if getattr(section, "receive", "") == "webhook"]
    wants = [f"{name}'s webhook" for name in hooks] + ["webchat"] * config.webchat.enabled
    if wants and not web.enabled:
        says = f"the web server is off, so nothing answers for {' and '.join(wants)}"
        said.append(wrong("web.off", says, "set web.enabled to true"))
    if web.public_url and not web.public_url.startswith("https://"):
        says = "web.public_url is no https address: messengers call and fetch from no other"
        remedy = "put a server with a certificate before congich (Caddy, nginx) and name its https address"
        said.append(advice("web.https", says, remedy))
    return said


def chat(config: Config) -> list[Finding]:
    """What the built-in chat makes of the address by which people come to it."""
    public = config.web.public_url
    if not config.webchat.enabled or config.webchat.sign_in == "none" or public.startswith("https://"):
        return []
    if not public:
        says = "nobody can be invited to the built-in chat: web.public_url is empty"
        return [wrong("web.chat_address", says, "set it to the address that people open (docs/webchat.md)")]
    says = (
        "the built-in chat goes over http: whoever shares the network can read it and take over a browser, "
        "and it does not open without a network"
    )
    return [advice("web.chat_plain", says, "give it an https address (docs/webchat.md)")]


def reachable(seen: Seen | Unreachable, *, runs: bool) -> Finding:
    """What came of asking for our health under web.public_url. `runs`: congich answers on this machine."""
    if isinstance(seen, Seen) and seen.is_congichs:
        return ok("web.public_url", "congich answers under web.public_url")
    if isinstance(seen, Unreachable):
        says = f"web.public_url can't be reached from here: {seen}"
        remedy = "see to its name, its certificate and the firewall; from elsewhere it may look different"
        return wrong("web.public_url", says, f"{remedy}: curl -i <web.public_url>{HEALTH}")
    if not runs:
        says = f"something answers {seen.status} under web.public_url, and congich does not run"
        return advice("web.public_url", says, "start congich, then run doctor again")
    says = f"something else answers {seen.status} under web.public_url while congich runs"
    return wrong("web.public_url", says, "let the server before congich pass every path on to web.port")


def passed_on(seen: Seen | Unreachable) -> Finding:
    """What came of sending something from a page of web.public_url to a path that leads nowhere."""
    if isinstance(seen, Unreachable):
        return advice("web.host", f"a page under web.public_url can't send anything: {seen}", PROXY)
    if seen.status in (HTTPStatus.FORBIDDEN, HTTPStatus.MISDIRECTED_REQUEST):
        says = "whoever comes by web.public_url can only read: the server before congich hides its name"
        return wrong("web.host", says, f"let it pass on the header Host as it comes; {PROXY}")
    return ok("web.host", "what people send by web.public_url is taken")


def closed(seen: Seen | Unreachable) -> Finding:
    """What came of asking for the figures under web.public_url, without a token."""
    if isinstance(seen, Seen) and seen.status == HTTPStatus.OK:
        says = "everybody can read /metrics under web.public_url"
        remedy = f"let the server before congich say for whom it asks, or set web.metrics_token_file; {PROXY}"
        return wrong("web.metrics", says, remedy)
    return ok("web.metrics", "/metrics is not everybody's")


def certificate(end: datetime, now: datetime) -> Finding:
    """How long the certificate is good for."""
    says = f"the certificate of web.public_url is good until {end:%Y-%m-%d}"
    if end - now < CERTIFICATE_LEAST:
        return advice(
            "web.certificate", says, "see why it is not renewed by itself (certbot renew, Caddy's log)"
        )
    return ok("web.certificate", says)


def _local(host: str) -> str:
    """Where a server that listens on a host is asked from here."""
    if ":" in host:
        return "[::1]" if host == "::" else f"[{host}]"
    return "127.0.0.1" if not host.strip("0.") else host  # 0.0.0.0: all of this machine's addresses


def _taken(host: str, number: int) -> OSError | None:
    """Why nobody could listen there now, None where one could. Listens on nothing."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, number))
        except OSError as error:
            return error
    return None


BIND_ERRORS = {
    errno.EADDRINUSE: "another program has it",
    errno.EACCES: "this user may not listen there (ports below 1024 are root's)",
}
