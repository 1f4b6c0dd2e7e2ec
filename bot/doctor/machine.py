"""This machine: its clock, its disk and memory, the data folder, the time zone."""

import asyncio
import itertools
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from bot.doctor.asking import Unreachable, look
from bot.doctor.case import Case, switched_on
from bot.doctor.findings import Finding, advice, ok, wrong
from bot.opening import ROOT, user_name

MB = 1024 * 1024
DISK_LEAST, DISK_ADVISED = 200 * MB, 2048 * MB
MEMORY_ADVISED = 150 * MB  # a congich takes some 130 MB
SKEW_MOST, SKEW_ADVISED = timedelta(seconds=60), timedelta(seconds=5)
ONE_SECOND = timedelta(seconds=1)  # a Date header has no fractions
MOST_FILES, MOST_NAMED = 20_000, 3
MEMORY = Path("/proc/meminfo")  # Linux; elsewhere nothing is said of memory
_TIME_REMEDY = "set the machine's clock by the network: timedatectl set-ntp true"


async def examine(case: Case) -> list[Finding]:
    folder = _nearest(case.data)
    usage = shutil.disk_usage(folder)
    return [
        *await _clock(case),
        time_zone(case.config.time_zone, case.clock()),
        disk(usage.free, case.data),
        data_folder(case.data, _mode(case.data), can_write=os.access(folder, os.W_OK | os.X_OK)),
        *data_files(case.data, await asyncio.to_thread(unusable, case.data)),
        *user(case.data, os.geteuid(), folder.stat().st_uid),
        *memory(_text(MEMORY)),
    ]


async def _clock(case: Case) -> list[Finding]:
    """Compared with the first of our platforms that answers."""
    roots = [one.api_root for one in switched_on(case.config).values() if hasattr(one, "api_root")]
    for root in roots:
        before, begun = case.clock(), case.monotonic()
        try:
            seen = await look(root, case.tls)
        except Unreachable:
            continue
        after, ran = case.clock(), timedelta(seconds=case.monotonic() - begun)
        return clock(before, after, ran, seen.moment)
    return [unsure_clock()] if roots else []


def clock(before: datetime, after: datetime, ran: timedelta, theirs: datetime | None) -> list[Finding]:
    """Our clock before and after a call that ran so long, and what the answer's Date header says."""
    if abs(after - before - ran) > ONE_SECOND:
        says = "the clock was set while doctor looked at it"
        return [advice("machine.clock_jumps", says, "see that only one program sets the clock, then repeat")]
    if theirs is None:
        return [unsure_clock()]
    skew = max(before - theirs - ONE_SECOND, theirs - after, timedelta(0))
    way = "behind" if theirs > after else "ahead"
    if skew < SKEW_ADVISED:
        return [ok("machine.clock", "the clock is right")]
    says = f"the clock is {skew.total_seconds():.0f} seconds {way} of the platform's"
    judged = wrong if skew > SKEW_MOST else advice
    return [judged("machine.clock", f"{says}: deadlines and signed addresses go by it", _TIME_REMEDY)]


def unsure_clock() -> Finding:
    """No platform told the time."""
    says = "the clock could not be compared: no platform told the time"
    return advice("machine.clock_unknown", says, "repeat when the network is there")


def time_zone(name: str, now: datetime) -> Finding:
    """Known, because the configuration was read; the operator sees whether it is the city's."""
    local = now.astimezone(ZoneInfo(name))
    return ok("machine.time_zone", f"in {name} it is {local:%A %d %B %Y, %H:%M}")


def disk(free: int, folder: Path) -> Finding:
    """`free`: bytes for us where the data lie."""
    says = f"{free / MB:,.0f} MB are free where {folder} lies"
    remedy = "make room, or move data_dir to a larger disk; photos are what grows"
    if free < DISK_LEAST:
        return wrong("machine.disk", says, remedy)
    return advice("machine.disk", says, remedy) if free < DISK_ADVISED else ok("machine.disk", says)


def data_folder(folder: Path, mode: int | None, *, can_write: bool) -> Finding:
    """`mode`: its permissions, None while it is not there; `can_write`: in it or where it will be made."""
    if not can_write:
        says = f"{folder} can't be written by this user"
        return wrong("machine.data_dir", says, "run doctor as congich's user, or give it the folder: chown")
    if mode is None:
        return ok("machine.data_dir", f"{folder} is not there yet; the first start makes it")
    if mode & 0o007:
        says = f"other users of this machine can look into {folder}, where people's words and photos lie"
        return advice("machine.data_dir", says, f"run: chmod 700 {folder}")
    return ok("machine.data_dir", f"{folder} is only its owner's")


def unusable(folder: Path, most: int = MOST_FILES) -> list[Path]:
    """What in it, of the first so many files, this user can't write or is not of its owner."""
    if not folder.exists():
        return []
    owner, found = folder.stat().st_uid, list[Path]()
    for path in itertools.islice(_all_in(folder), most):
        with suppress(OSError):  # it went meanwhile
            if path.lstat().st_uid != owner or not (path.is_symlink() or os.access(path, os.W_OK)):
                found.append(path)
    return found


def _all_in(folder: Path) -> Iterator[Path]:
    """What lies in it directly comes first: keys, tokens and the database before very many photos."""
    for place, folders, files in os.walk(folder):
        yield from (Path(place) / name for name in (*files, *folders))


def data_files(folder: Path, found: Sequence[Path]) -> list[Finding]:
    """`found`: what the bot may not be able to use."""
    if not found:
        return []
    names = ", ".join(str(one.relative_to(folder)) for one in found[:MOST_NAMED])
    more = f" and {len(found) - MOST_NAMED} more" if len(found) > MOST_NAMED else ""
    says = f"in {folder} there is what another user made, or this one can't write: {names}{more}"
    owner = user_name(folder.stat().st_uid)
    remedy = f"as root: chown -R {owner}: {folder}; then give commands as {owner}: runuser -u {owner} -- …"
    return [wrong("machine.data_files", says, remedy)]


def user(folder: Path, ours: int, theirs: int) -> list[Finding]:
    """Root sees and may do everything, whatever the bot may."""
    if ours != ROOT or theirs == ROOT:
        return []
    name = user_name(theirs)
    says = f"doctor runs as root, and does not see what {name}, whose {folder} is, can't read or write"
    return [advice("machine.user", says, f"run it as that user: runuser -u {name} -- congich doctor …")]


def memory(told: str) -> list[Finding]:
    """`told`: the kernel's /proc/meminfo, empty elsewhere."""
    for line in told.splitlines():
        name, _, value = line.partition(":")
        if name == "MemAvailable" and value.split()[0].isdigit():
            free = int(value.split()[0]) * 1024
            says = f"{free / MB:,.0f} MB of memory are free"
            if free < MEMORY_ADVISED:
                return [advice("machine.memory", says, "end what is not needed, or add memory or swap")]
            return [ok("machine.memory", says)]
    return []


def _nearest(folder: Path) -> Path:
    """The folder, or the nearest above it that is there."""
    return next(one for one in (folder, *folder.parents) if one.exists())


def _mode(folder: Path) -> int | None:
    return folder.stat().st_mode & 0o777 if folder.exists() else None


def _text(file: Path) -> str:
    return file.read_text("ascii") if file.exists() else ""
