"""Who may do what, where, and to which tickets: one table that the code reads and the tests walk."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from storage.models import Chat, Member, Ticket
from storage.states import ChatRole, MemberRole

_RANK = {MemberRole.MEMBER: 0, MemberRole.DEPARTMENT: 1, MemberRole.MODERATOR: 2, MemberRole.ADMINISTRATOR: 3}


class Scope(StrEnum):
    """Which tickets: none, one's own, those of one's department or of nobody's yet, all."""

    NONE = "none"
    OWN = "own"
    DEPARTMENT = "department"
    ALL = "all"


class Verdict(StrEnum):
    """The word of a refusal is its text's key in the catalogue."""

    ALLOWED = "allowed"
    ROLE = "refused.role"
    ADMINISTRATOR = "refused.administrator"
    CHAT = "refused.chat"
    GROUP = "refused.group"  # not here, but in the group
    DEPARTMENT = "refused.department"
    OWN = "refused.own"
    ASKED = "refused.not_yours"  # somebody else was asked


@dataclass(frozen=True, slots=True)
class Permission:
    """The scope of each role, and the kinds of chat in which the thing may be asked for."""

    member: Scope
    department: Scope
    moderator: Scope
    administrator: Scope
    chats: frozenset[ChatRole]

    def scope(self, role: MemberRole) -> Scope:
        """What a role may touch."""
        scopes = {
            MemberRole.MEMBER: self.member,
            MemberRole.DEPARTMENT: self.department,
            MemberRole.MODERATOR: self.moderator,
            MemberRole.ADMINISTRATOR: self.administrator,
        }
        return scopes[role]


@dataclass(frozen=True, slots=True)
class Standing:
    """What somebody is in one chat."""

    member_id: int | None
    role: MemberRole
    department: str | None


GROUP, ROOM, DESK, PRIVATE = ChatRole.COMMUNITY, ChatRole.MODERATION, ChatRole.DEPARTMENT, ChatRole.PRIVATE
_ANYWHERE = frozenset({GROUP, ROOM, DESK, PRIVATE})
_AT_WORK = frozenset({GROUP, ROOM, DESK})
_MODERATING = frozenset({GROUP, ROOM})
_NONE, _OWN, _DEP, _ALL = Scope.NONE, Scope.OWN, Scope.DEPARTMENT, Scope.ALL

RULES: Mapping[str, Permission] = {
    # action                  member, department, moderator, administrator, chats
    "command.help": Permission(_ALL, _ALL, _ALL, _ALL, _ANYWHERE),
    "command.report": Permission(_ALL, _ALL, _ALL, _ALL, frozenset({GROUP})),
    "command.lookup": Permission(_ALL, _ALL, _ALL, _ALL, _ANYWHERE),
    "command.mine": Permission(_ALL, _ALL, _ALL, _ALL, _ANYWHERE),
    "command.erase": Permission(_ALL, _ALL, _ALL, _ALL, _ANYWHERE),
    "command.list": Permission(_NONE, _DEP, _ALL, _ALL, _ANYWHERE),
    "command.search": Permission(_NONE, _DEP, _ALL, _ALL, _ANYWHERE),
    "command.history": Permission(_NONE, _DEP, _ALL, _ALL, _ANYWHERE),
    "command.accept": Permission(_NONE, _DEP, _ALL, _ALL, _AT_WORK),
    "command.start": Permission(_NONE, _DEP, _ALL, _ALL, _AT_WORK),
    "command.done": Permission(_NONE, _DEP, _ALL, _ALL, _AT_WORK),
    "command.pause": Permission(_NONE, _DEP, _ALL, _ALL, _AT_WORK),
    "command.resume": Permission(_NONE, _DEP, _ALL, _ALL, _AT_WORK),
    "command.assign": Permission(_NONE, _NONE, _ALL, _ALL, _MODERATING),
    "command.deadline": Permission(_NONE, _NONE, _ALL, _ALL, _MODERATING),
    "command.reject": Permission(_NONE, _NONE, _ALL, _ALL, _MODERATING),
    "command.reopen": Permission(_NONE, _NONE, _ALL, _ALL, _MODERATING),
    "command.close": Permission(_NONE, _NONE, _ALL, _ALL, _MODERATING),
    "command.merge": Permission(_NONE, _NONE, _ALL, _ALL, _MODERATING),
    "command.split": Permission(_NONE, _NONE, _ALL, _ALL, _MODERATING),
    "command.classify": Permission(_NONE, _NONE, _ALL, _ALL, _MODERATING),
    "command.place": Permission(_NONE, _NONE, _ALL, _ALL, _MODERATING),
    "command.urgent": Permission(_NONE, _NONE, _ALL, _ALL, _MODERATING),
    "command.undo": Permission(_NONE, _NONE, _ALL, _ALL, _MODERATING),
    "command.mute": Permission(_NONE, _NONE, _ALL, _ALL, _MODERATING),
    "command.unmute": Permission(_NONE, _NONE, _ALL, _ALL, _MODERATING),
    "command.flood": Permission(_NONE, _NONE, _ALL, _ALL, _MODERATING),
    "command.stats": Permission(_NONE, _NONE, _ALL, _ALL, _MODERATING),
    "command.digest": Permission(_NONE, _DEP, _ALL, _ALL, _AT_WORK),
    "command.export": Permission(_NONE, _DEP, _ALL, _ALL, frozenset({ROOM, DESK, PRIVATE})),
    "command.export_names": Permission(_NONE, _NONE, _NONE, _ALL, frozenset({ROOM, PRIVATE})),
    "command.route": Permission(_NONE, _NONE, _ALL, _ALL, frozenset({ROOM})),
    "command.hide": Permission(_NONE, _NONE, _ALL, _ALL, _MODERATING),
    "command.show": Permission(_NONE, _NONE, _ALL, _ALL, _MODERATING),
    "command.photos": Permission(_NONE, _NONE, _ALL, _ALL, _MODERATING),
    "command.signin": Permission(_NONE, _NONE, _ALL, _ALL, _ANYWHERE),  # which answers in private alone
    "command.invite": Permission(_NONE, _NONE, _ALL, _ALL, frozenset({ROOM, PRIVATE})),
    "command.grant": Permission(_NONE, _NONE, _NONE, _ALL, _MODERATING),
    "command.revoke": Permission(_NONE, _NONE, _NONE, _ALL, _MODERATING),
    "press.move": Permission(_NONE, _DEP, _ALL, _ALL, _AT_WORK),
    "press.decline": Permission(_NONE, _DEP, _ALL, _ALL, _AT_WORK),
    "press.overturn": Permission(_NONE, _NONE, _ALL, _ALL, _MODERATING),
    "press.menu": Permission(_NONE, _NONE, _ALL, _ALL, _MODERATING),
    "press.set": Permission(_NONE, _NONE, _ALL, _ALL, _MODERATING),
    "press.due": Permission(_NONE, _NONE, _ALL, _ALL, _MODERATING),
    "press.reason": Permission(_NONE, _NONE, _ALL, _ALL, _MODERATING),
    "press.act": Permission(_NONE, _NONE, _ALL, _ALL, _MODERATING),
    "press.undo": Permission(_NONE, _NONE, _ALL, _ALL, _MODERATING),
    "press.merge": Permission(_NONE, _NONE, _ALL, _ALL, _MODERATING),
    "press.kind": Permission(_NONE, _NONE, _ALL, _ALL, _MODERATING),
    "press.held": Permission(_NONE, _NONE, _ALL, _ALL, _MODERATING),
    "press.delivery": Permission(_NONE, _NONE, _ALL, _ALL, _MODERATING),
    "press.rate": Permission(_OWN, _OWN, _OWN, _OWN, frozenset({GROUP, PRIVATE})),
    # Whose list or question it is, the prompt itself knows: nobody else's press counts.
    "press.page": Permission(_ALL, _ALL, _ALL, _ALL, _ANYWHERE),
    "press.confirm": Permission(_ALL, _ALL, _ALL, _ALL, _ANYWHERE),
}


def standing(member: Member, chat: Chat) -> Standing:
    """What somebody is here; whoever sits in a department's chat is at least of that department."""
    if chat.role == ChatRole.DEPARTMENT and chat.department and not may(member.role, MemberRole.DEPARTMENT):
        return Standing(member.id, MemberRole.DEPARTMENT, chat.department)
    return Standing(member.id, member.role, member.department)


def verdict(action: str, who: Standing, chat: ChatRole, ticket: Ticket | None = None) -> Verdict:
    """Whether somebody may do a thing here, to this ticket if it is about one."""
    rule = RULES[action]
    scope = rule.scope(who.role)
    if scope is Scope.NONE:
        return Verdict.ROLE if rule.moderator is not Scope.NONE else Verdict.ADMINISTRATOR
    if chat not in rule.chats:
        return Verdict.GROUP if rule.chats == {GROUP} else Verdict.CHAT
    if ticket is None or scope is Scope.ALL:
        return Verdict.ALLOWED
    if scope is Scope.OWN:
        return Verdict.ALLOWED if ticket.reporter_id == who.member_id else Verdict.OWN
    return Verdict.ALLOWED if ticket.department in (None, who.department) else Verdict.DEPARTMENT


def role_towards(member: Member, ticket: Ticket) -> MemberRole:
    """As what somebody speaks of a ticket in plain words: an officer of another department, as a member."""
    who = Standing(member.id, member.role, member.department)
    allowed = verdict("command.done", who, GROUP, ticket) is Verdict.ALLOWED
    return member.role if allowed else MemberRole.MEMBER


def may(role: MemberRole, needed: MemberRole) -> bool:
    """Whether a role includes what another one may do."""
    return _RANK[role] >= _RANK[needed]


def is_officer(role: MemberRole) -> bool:
    """Whether somebody's word that a thing is done settles it."""
    return may(role, MemberRole.DEPARTMENT)
