"""Routing by a command: `/tuyen chiếu sáng phường Phú Lợi: dienluc` from now on, `…: bỏ` to take it back.

What was said so holds before a rule of the configuration that names as much. Tickets that are there stay
with whom they are.
"""

import re
from dataclasses import replace

from handlers import orders, rules
from handlers.context import Turn
from handlers.department_words import department_in, keys_written
from handlers.orders import Answer, Order
from handlers.routing import Hours, Rule
from handlers.understanding import Place, fold
from storage import routes, tickets
from storage.models import RouteOverride, row_id

_OFF = ("bo", "xoa", "huy", "off", "remove")
_URGENT = frozenset({"khan", "urgent"})
_WARD = re.compile(r"\bward\b", re.IGNORECASE)
# Words that name nothing.
_SMALL = frozenset({"o", "tai", "thuoc", "va", "viec", "phieu", "in", "and", "of", "ward"})


async def reroute(turn: Turn, order: Order) -> Answer:
    """Say to whom tickets go from now on; without words, list what holds."""
    what, _, whom = order.words.replace(">", ":").partition(":")
    if not order.words:
        return await _listed(turn, order)
    asked = _asked(turn, order, what)
    if not whom.strip():
        return order.answer("route.how")
    if asked is None:
        known = ", ".join(order.say(f"category.{word}") for word in turn.policy.categories)
        return order.answer("route.what", categories=known)
    if fold(whom) in _OFF:
        gone = await routes.remove(turn.session, asked.category, asked.ward, urgent=bool(asked.urgent))
        return order.answer("route.gone" if gone else "route.none", rule=await _words(turn, order, asked))
    department, _ = await department_in(turn, whom.strip())
    if department is None:
        return order.answer("assign.whom", departments=await keys_written(turn))
    rule = replace(asked, department=department)
    await routes.put(turn.session, _row(turn, order, rule))
    return order.answer("route.done", rule=await _words(turn, order, rule))


def _asked(turn: Turn, order: Order, what: str) -> Rule | None:
    """Which tickets are meant: of a category, a ward, or urgent ones; None where none of these is named, or
    something else is, too: without it a rule would hold for more than was meant."""
    named = replace(order, words=what)
    category = orders.word_of(turn, named, "category", turn.policy.categories) or ""
    place = turn.services.understand(_WARD.sub("phường", what)).place
    said = set(fold(what).split())
    urgent = True if said & _URGENT else None
    label = order.say(f"category.{category}") if category else ""
    read = fold(f"{category.replace('_', ' ')} {label} {_ward_said(place)}").split()
    is_all = said <= {*read, *_URGENT, *_SMALL}
    return (
        Rule("", category, place.ward or "", urgent)
        if is_all and (category or place.ward or urgent)
        else None
    )


def _ward_said(place: Place) -> str:
    """The words for a ward; what names more than one is no ward's."""
    more = place.street or place.number or place.alley or place.landmark
    return f"{place.ward or ''} {'' if more else place.text or ''}"


def _row(turn: Turn, order: Order, rule: Rule) -> RouteOverride:
    return RouteOverride(
        category=rule.category,
        ward=rule.ward,
        urgent=bool(rule.urgent),
        department=rule.department,
        member_id=row_id(order.member),
        at=turn.now,
    )


async def _listed(turn: Turn, order: Order) -> Answer:
    """What holds: what was said by commands first, then the configuration's own."""
    said = await rules.by_command(turn)
    others = rules.still_holding(await rules.configured(turn), said)
    lines = [order.say("route.title")]
    lines += [f"• {await _words(turn, order, rule)} ({order.say('route.by_command')})" for rule in said]
    lines += [f"• {await _words(turn, order, rule)}" for rule in others]
    return Answer("\n".join([*lines, order.say("route.how")]))


async def _words(turn: Turn, order: Order, rule: Rule) -> str:
    """A rule as people read it."""
    names = await tickets.department_names(turn.session)
    hours = {Hours.WORKING: "route.working", Hours.OFF: "route.off"}.get(rule.hours)
    parts = [
        order.say(f"category.{rule.category}") if rule.category else "",
        rule.ward,
        order.say("card.urgent") if rule.urgent else "",
        order.say(hours) if hours else "",
    ]
    named = ", ".join(part for part in parts if part)
    return f"{named} → {names.get(rule.department, rule.department)}" if rule.department else named
