"""Who may do what, where, and to which tickets: one table that the code reads and the tests walk."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from storage.models import Chat, Member, Ticket
from storage.states import ChatRole, Role

_RANK = {Role.MEMBER: 0, Role.DEPARTMENT: 1, Role.MODERATOR: 2, Role.ADMINISTRATOR: 3}


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
    DEPARTMENT = "refused.department"
    OWN = "refused.own"
    ASKED = "refused.not_yours"  # somebody else was asked


@dataclass(frozen=True, slots=True)
class Rule:
    """The scope of each role, and the kinds of chat in which the thing may be asked for."""

    member: Scope
    department: Scope
    moderator: Scope
    administrator: Scope
    chats: frozenset[ChatRole]

    def scope(self, role: Role) -> Scope:
        """What a role may touch."""
        scopes = {
            Role.MEMBER: self.member,
            Role.DEPARTMENT: self.department,
            Role.MODERATOR: self.moderator,
            Role.ADMINISTRATOR: self.administrator,
        }
        return scopes[role]


@dataclass(frozen=True, slots=True)
class Standing:
    """What somebody is in one chat."""

    member_id: int | None
    role: Role
    department: str | None


GROUP, ROOM, DESK, PRIVATE = ChatRole.COMMUNITY, ChatRole.MODERATION, ChatRole.DEPARTMENT, ChatRole.PRIVATE
_ANYWHERE = frozenset({GROUP, ROOM, DESK, PRIVATE})
_AT_WORK = frozenset({GROUP, ROOM, DESK})
_MODERATING = frozenset({GROUP, ROOM})
_NONE, _OWN, _DEP, _ALL = Scope.NONE, Scope.OWN, Scope.DEPARTMENT, Scope.ALL

RULES: Mapping[str, Rule] = {
    # action                  member, department, moderator, administrator, chats
    "command.help": Rule(_ALL, _ALL, _ALL, _ALL, _ANYWHERE),
    "command.report": Rule(_ALL, _ALL, _ALL, _ALL, frozenset({GROUP})),
    "command.lookup": Rule(_ALL, _ALL, _ALL, _ALL, _ANYWHERE),
    "command.mine": Rule(_ALL, _ALL, _ALL, _ALL, _ANYWHERE),
    "command.erase": Rule(_ALL, _ALL, _ALL, _ALL, _ANYWHERE),
    "command.list": Rule(_NONE, _DEP, _ALL, _ALL, _ANYWHERE),
    "command.search": Rule(_NONE, _DEP, _ALL, _ALL, _ANYWHERE),
    "command.history": Rule(_NONE, _DEP, _ALL, _ALL, _ANYWHERE),
    "command.accept": Rule(_NONE, _DEP, _ALL, _ALL, _AT_WORK),
    "command.start": Rule(_NONE, _DEP, _ALL, _ALL, _AT_WORK),
    "command.done": Rule(_NONE, _DEP, _ALL, _ALL, _AT_WORK),
    "command.pause": Rule(_NONE, _DEP, _ALL, _ALL, _AT_WORK),
    "command.resume": Rule(_NONE, _DEP, _ALL, _ALL, _AT_WORK),
    "command.assign": Rule(_NONE, _NONE, _ALL, _ALL, _MODERATING),
    "command.deadline": Rule(_NONE, _NONE, _ALL, _ALL, _MODERATING),
    "command.reject": Rule(_NONE, _NONE, _ALL, _ALL, _MODERATING),
    "command.reopen": Rule(_NONE, _NONE, _ALL, _ALL, _MODERATING),
    "command.close": Rule(_NONE, _NONE, _ALL, _ALL, _MODERATING),
    "command.merge": Rule(_NONE, _NONE, _ALL, _ALL, _MODERATING),
    "command.split": Rule(_NONE, _NONE, _ALL, _ALL, _MODERATING),
    "command.classify": Rule(_NONE, _NONE, _ALL, _ALL, _MODERATING),
    "command.place": Rule(_NONE, _NONE, _ALL, _ALL, _MODERATING),
    "command.urgent": Rule(_NONE, _NONE, _ALL, _ALL, _MODERATING),
    "command.undo": Rule(_NONE, _NONE, _ALL, _ALL, _MODERATING),
    "command.mute": Rule(_NONE, _NONE, _ALL, _ALL, _MODERATING),
    "command.unmute": Rule(_NONE, _NONE, _ALL, _ALL, _MODERATING),
    "command.flood": Rule(_NONE, _NONE, _ALL, _ALL, _MODERATING),
    "command.stats": Rule(_NONE, _NONE, _ALL, _ALL, _MODERATING),
    "command.digest": Rule(_NONE, _DEP, _ALL, _ALL, _AT_WORK),
    "command.export": Rule(_NONE, _DEP, _ALL, _ALL, frozenset({ROOM, DESK, PRIVATE})),
    "command.export_names": Rule(_NONE, _NONE, _NONE, _ALL, frozenset({ROOM, PRIVATE})),
    "command.route": Rule(_NONE, _NONE, _ALL, _ALL, frozenset({ROOM})),
    "command.hide": Rule(_NONE, _NONE, _ALL, _ALL, _MODERATING),
    "command.show": Rule(_NONE, _NONE, _ALL, _ALL, _MODERATING),
    "command.photos": Rule(_NONE, _NONE, _ALL, _ALL, _MODERATING),
    "command.signin": Rule(_NONE, _NONE, _ALL, _ALL, _ANYWHERE),  # which answers in private alone
    "command.invite": Rule(_NONE, _NONE, _ALL, _ALL, frozenset({ROOM, PRIVATE})),
    "command.grant": Rule(_NONE, _NONE, _NONE, _ALL, _MODERATING),
    "command.revoke": Rule(_NONE, _NONE, _NONE, _ALL, _MODERATING),
    "press.move": Rule(_NONE, _DEP, _ALL, _ALL, _AT_WORK),
    "press.decline": Rule(_NONE, _DEP, _ALL, _ALL, _AT_WORK),
    "press.overturn": Rule(_NONE, _NONE, _ALL, _ALL, _MODERATING),
    "press.menu": Rule(_NONE, _NONE, _ALL, _ALL, _MODERATING),
    "press.set": Rule(_NONE, _NONE, _ALL, _ALL, _MODERATING),
    "press.due": Rule(_NONE, _NONE, _ALL, _ALL, _MODERATING),
    "press.reason": Rule(_NONE, _NONE, _ALL, _ALL, _MODERATING),
    "press.act": Rule(_NONE, _NONE, _ALL, _ALL, _MODERATING),
    "press.undo": Rule(_NONE, _NONE, _ALL, _ALL, _MODERATING),
    "press.merge": Rule(_NONE, _NONE, _ALL, _ALL, _MODERATING),
    "press.kind": Rule(_NONE, _NONE, _ALL, _ALL, _MODERATING),
    "press.held": Rule(_NONE, _NONE, _ALL, _ALL, _MODERATING),
    "press.delivery": Rule(_NONE, _NONE, _ALL, _ALL, _MODERATING),
    "press.rate": Rule(_OWN, _OWN, _OWN, _OWN, frozenset({GROUP, PRIVATE})),
    # Whose list or question it is, the prompt itself knows: nobody else's press counts.
    "press.page": Rule(_ALL, _ALL, _ALL, _ALL, _ANYWHERE),
    "press.confirm": Rule(_ALL, _ALL, _ALL, _ALL, _ANYWHERE),
}


def standing(member: Member, chat: Chat) -> Standing:
    """What somebody is here; whoever sits in a department's chat is at least of that department."""
    if chat.role == ChatRole.DEPARTMENT and chat.department and not may(member.role, Role.DEPARTMENT):
        return Standing(member.id, Role.DEPARTMENT, chat.department)
    return Standing(member.id, member.role, member.department)


def verdict(action: str, who: Standing, chat: ChatRole, ticket: Ticket | None = None) -> Verdict:
    """Whether somebody may do a thing here, to this ticket if it is about one."""
    rule = RULES[action]
    scope = rule.scope(who.role)
    if scope is Scope.NONE:
        return Verdict.ROLE if rule.moderator is not Scope.NONE else Verdict.ADMINISTRATOR
    if chat not in rule.chats:
        return Verdict.CHAT
    if ticket is None or scope is Scope.ALL:
        return Verdict.ALLOWED
    if scope is Scope.OWN:
        return Verdict.ALLOWED if ticket.reporter_id == who.member_id else Verdict.OWN
    return Verdict.ALLOWED if ticket.department in (None, who.department) else Verdict.DEPARTMENT


def role_towards(member: Member, ticket: Ticket) -> Role:
    """As what somebody speaks of a ticket in plain words: an officer of another department, as a member."""
    who = Standing(member.id, member.role, member.department)
    allowed = verdict("command.done", who, GROUP, ticket) is Verdict.ALLOWED
    return member.role if allowed else Role.MEMBER


def may(role: Role, needed: Role) -> bool:
    """Whether a role includes what another one may do."""
    return _RANK[role] >= _RANK[needed]


def is_officer(role: Role) -> bool:
    """Whether somebody's word that a thing is done settles it."""
    return may(role, Role.DEPARTMENT)
