"""Who may do what."""

from storage.models import Role

_RANK = {Role.MEMBER: 0, Role.DEPARTMENT: 1, Role.MODERATOR: 2, Role.ADMINISTRATOR: 3}


def may(role: Role, needed: Role) -> bool:
    """Whether a role includes what another one may do."""
    return _RANK[role] >= _RANK[needed]


def is_officer(role: Role) -> bool:
    """Whether somebody's word that a thing is done settles it."""
    return may(role, Role.DEPARTMENT)
