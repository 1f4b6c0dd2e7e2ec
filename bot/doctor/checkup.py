"""Examines all parts side by side, each within its time; one that breaks is a finding itself."""

import asyncio
from collections.abc import Mapping
from itertools import chain

from bot.doctor import (
    chats,
    files,
    keys,
    machine,
    model,
    outside,
    photos,
    store,
    telegram,
    web,
    zalo_bot,
    zalo_oa,
)
from bot.doctor.case import Case, Examine
from bot.doctor.findings import Finding, ordered, wrong

SECONDS = 25.0  # for one part

# A further part is one file with an `examine`, and one line here.
PARTS: Mapping[str, Examine] = {
    "machine": machine.examine,
    "keys": keys.examine,
    "files": files.examine,
    "store": store.examine,
    "photos": photos.examine,
    "model": model.examine,
    "web": web.examine,
    "chats": chats.examine,
    "telegram": telegram.examine,
    "zalo_bot": zalo_bot.examine,
    "zalo_oa": zalo_oa.examine,
    "outside": outside.examine,
}


async def examined(
    case: Case, parts: Mapping[str, Examine] = PARTS, seconds: float = SECONDS
) -> list[Finding]:
    """What all parts say, the worst first."""
    answers = await asyncio.gather(
        *(asyncio.wait_for(examine(case), seconds) for examine in parts.values()), return_exceptions=True
    )
    said = (_said(name, answer, seconds) for name, answer in zip(parts, answers, strict=True))
    return ordered(chain.from_iterable(said))


def _said(name: str, answer: list[Finding] | BaseException, seconds: float) -> list[Finding]:
    """An examination's findings; of an error only its kind, because its text may hold a secret."""
    if isinstance(answer, list):
        return answer
    if isinstance(answer, TimeoutError):
        says = f"looking at {name} took longer than {seconds:g} seconds"
        return [wrong("checkup.late", says, "see whether this machine and its network are busy, then repeat")]
    if isinstance(answer, PermissionError):
        says = f"this user may not look at {name}"
        return [wrong("checkup.forbidden", says, "run doctor as the user that congich runs as: sudo -u")]
    if not isinstance(answer, Exception):
        raise answer  # told to stop
    says = f"looking at {name} broke ({type(answer).__name__})"
    return [wrong("checkup.broke", says, "tell congich's makers this line; the other findings stand")]
