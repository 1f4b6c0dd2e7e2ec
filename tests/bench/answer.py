"""From a member's message to our acknowledgement on the wire: a real process that has nothing else to do."""

import asyncio
import itertools
import tempfile
import time
from pathlib import Path
from random import Random
from statistics import median

from tests.acceptance.process import City
from tests.bench.figure import Figure, Size, p99
from tests.fakes.telegram import FakeTelegram, Group
from tests.fakes.telegram_faults import Call

BAR = 150.0  # ms
GROUPS = 20  # in turn, so that none hears more than it may in a minute
_REPORT = "Đèn đường trước số {house} đường số {street} bị hư mấy bữa nay"


async def measure(size: Size) -> list[Figure]:
    """Each report is posted a while after the one before was acknowledged."""
    with tempfile.TemporaryDirectory() as made:
        async with FakeTelegram() as server:
            city = City(Path(made), server)
            groups = [server.group(f"Khu phố {place}", -1003000 - place) for place in range(GROUPS)]
            city.config.write_text(city.config.read_text() + "".join(map(_heard, groups)) + _MANY)
            await city.start()
            luck = Random(4)
            waited = []
            for place in range(size.warm + size.posts):
                await asyncio.sleep(size.pause * (1 + luck.random()))
                waited.append(await _answered(server, groups[place % GROUPS], place))
            await city.stop()
    waited = waited[size.warm :]
    note = f"median {median(waited) * 1000:.0f} ms, longest {max(waited) * 1000:.0f} ms, of {len(waited)}"
    return [Figure("message to acknowledgement on the wire, p99", p99(waited), "ms", BAR, note)]


_MANY = "\n[limits]\ncoalesce_from = 1000\n"


def _heard(group: Group) -> str:
    return f'\n[[chats]]\nplatform = "telegram"\nid = "{group.id}"\nrole = "community"\n'


async def _answered(server: FakeTelegram, group: Group, place: int) -> float:
    """Seconds until a reply to this message arrives at the server."""
    begun = time.time()
    await server.post(group, f"Người {place}", _REPORT.format(house=place + 1, street=place % 300 + 1))
    await server.wait_for(lambda: bool(_since(server, group, begun)))
    return _since(server, group, begun)[0].at - begun


def _since(server: FakeTelegram, group: Group, moment: float) -> list[Call]:
    calls = itertools.takewhile(lambda call: call.at >= moment, reversed(server.calls))
    return [
        call for call in calls if call.method == "sendMessage" and str(call.args["chat_id"]) == str(group.id)
    ]
