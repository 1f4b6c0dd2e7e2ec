"""Brings what the configuration says into the tables: rooms, departments, routes, roles."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.config import Config
from storage import chats, members, routes
from storage.models import Chat, Department, Member, Route, row_id
from storage.once import forget
from storage.states import ChatRole, MemberRole


async def apply(session: AsyncSession, config: Config, now: datetime) -> None:
    """Make the tables say what the configuration says; running it twice changes nothing."""
    await _departments(session, config)
    await _chats(session, config, now)
    await _roles(session, config, now)
    forget(session)


async def _departments(session: AsyncSession, config: Config) -> None:
    for wanted in config.departments:
        await session.merge(Department(key=wanted.key, name=wanted.name, days=wanted.days))
    await session.flush()
    taken = {(own.key, ""): own.department for own in config.categories if own.department}
    for wanted in config.departments:
        for category in wanted.categories:
            for ward in wanted.wards or ("",):
                taken.setdefault((category, ward), wanted.key)
    rows = [Route(department=one, category=category, ward=ward) for (category, ward), one in taken.items()]
    await routes.configure(session, rows)


async def _chats(session: AsyncSession, config: Config, now: datetime) -> None:
    kept: list[int] = []
    for wanted in config.chats:
        chat = await chats.ensure(session, wanted.platform, wanted.id, wanted.title, now)
        while chat.moved_to_id is not None:
            chat = await session.get_one(Chat, chat.moved_to_id)
        chat.role = ChatRole(wanted.role)
        chat.language = wanted.language or config.language
        chat.time_zone = config.time_zone
        chat.department = wanted.department or None
        await session.flush()
        kept.append(row_id(chat))
    for client in config.open311.clients:
        chat = await chats.ensure(session, "open311", client.name, client.title or client.name, now)
        chat.role, chat.language, chat.time_zone = ChatRole.SYSTEM, config.language, config.time_zone
        await session.flush()
        kept.append(row_id(chat))
    await chats.only(session, kept)


async def _roles(session: AsyncSession, config: Config, now: datetime) -> None:
    await members.take_configured_roles(session)
    if not config.telegram.platform_administrators:  # nobody asks who they are any more
        await members.set_moderators(session, "telegram", (), now)
    for officer in config.officers:
        member = await _member(session, officer.member, now)
        member.role, member.role_source = MemberRole.DEPARTMENT, members.CONFIG
        member.department = officer.department
    for role, names in (
        (MemberRole.MODERATOR, config.roles.moderators),
        (MemberRole.ADMINISTRATOR, config.roles.administrators),
    ):
        for name in names:
            member = await _member(session, name, now)
            member.role, member.role_source = role, members.CONFIG


async def _member(session: AsyncSession, name: str, now: datetime) -> Member:
    platform, _, external_id = name.partition(":")
    return await members.ensure(session, platform, external_id, "", now)
