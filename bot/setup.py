"""Brings what the configuration says into the tables: rooms, departments, routes, roles."""

from datetime import datetime

from sqlalchemy import delete, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from bot.config import Config
from storage import chats, members
from storage.models import Chat, Department, Member, Route
from storage.once import forget
from storage.states import ChatRole, Role


async def apply(session: AsyncSession, config: Config, now: datetime) -> None:
    """Make the tables say what the configuration says; running it twice changes nothing."""
    await _departments(session, config)
    await _chats(session, config, now)
    await _roles(session, config, now)
    forget(session)


async def _departments(session: AsyncSession, config: Config) -> None:
    await session.execute(delete(Route))
    for wanted in config.departments:
        await session.merge(Department(key=wanted.key, name=wanted.name, days=wanted.days))
    await session.flush()
    taken = {(own.key, ""): own.department for own in config.categories if own.department}
    for wanted in config.departments:
        for category in wanted.categories:
            for ward in wanted.wards or ("",):
                taken.setdefault((category, ward), wanted.key)
    for (category, ward), department in taken.items():
        session.add(Route(department=department, category=category, ward=ward))


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
        kept.append(chat.id or 0)
    for client in config.open311.clients:
        chat = await chats.ensure(session, "open311", client.name, client.title or client.name, now)
        chat.role, chat.language, chat.time_zone = ChatRole.SYSTEM, config.language, config.time_zone
        await session.flush()
        kept.append(chat.id or 0)
    imported = col(Chat.platform).startswith("import:")
    no_longer = (
        col(Chat.id).not_in(kept),
        col(Chat.role).not_in((ChatRole.MOVED, ChatRole.PRIVATE)),
        ~imported,
    )
    await session.execute(update(Chat).where(*no_longer).values(role=ChatRole.UNKNOWN))


async def _roles(session: AsyncSession, config: Config, now: datetime) -> None:
    from_config = col(Member.role_source) == members.CONFIG
    await session.execute(
        update(Member).where(from_config).values(role=Role.MEMBER, role_source="", department=None)
    )
    for officer in config.officers:
        member = await _member(session, officer.member, now)
        member.role, member.role_source = Role.DEPARTMENT, members.CONFIG
        member.department = officer.department
    for role, names in (
        (Role.MODERATOR, config.roles.moderators),
        (Role.ADMINISTRATOR, config.roles.administrators),
    ):
        for name in names:
            member = await _member(session, name, now)
            member.role, member.role_source = role, members.CONFIG


async def _member(session: AsyncSession, name: str, now: datetime) -> Member:
    platform, _, external_id = name.partition(":")
    return await members.ensure(session, platform, external_id, "", now)
