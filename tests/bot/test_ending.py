"""However a command is told to end, it leaves nothing half done."""

import asyncio
import signal
import sys
from pathlib import Path

import pytest

from bot import cli

ROOT = Path(__file__).parents[2]
COMMANDS = """
import asyncio, signal
from bot import cli

class Process:
    def __init__(self):
        self.told = asyncio.Event()
    def stop(self):
        self.told.set()
    async def run(self):
        print("begun", flush=True)
        await self.told.wait()
        print("stopped in order")

async def work():
    try:
        print("begun", flush=True)
        await asyncio.sleep(60)
    finally:
        print("tidied up")

@cli.application.command("serve")
def serve():
    async def served():
        await cli._serve(Process())
    asyncio.run(served())

@cli.application.command("work")
def one_that_works():
    asyncio.run(work())

signal.signal(signal.SIGHUP, signal.SIG_DFL)  # also where the tests run under nohup
signal.signal(signal.SIGINT, {interrupt})
cli.main()
"""
HEEDED, IGNORED = "signal.default_int_handler", "signal.SIG_IGN"


async def ended(command: str, number: signal.Signals, interrupt: str = HEEDED) -> tuple[int | None, str]:
    """The exit code and the last words of a command that got this signal; `interrupt`: what was to become of
    SIGINT when it began."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", COMMANDS.replace("{interrupt}", interrupt), command,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL, cwd=ROOT,
    )  # fmt: skip
    assert process.stdout is not None
    assert await process.stdout.readline() == b"begun\n"
    process.send_signal(number)
    said, _ = await asyncio.wait_for(process.communicate(), 20)
    return process.returncode, said.decode().strip()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
async def test_a_bot_stops_in_order_and_a_command_tidies_up(number: signal.Signals) -> None:
    served, worked = await asyncio.gather(ended("serve", number), ended("work", number))
    assert (served, worked) == ((0, "stopped in order"), (128 + number, "tidied up"))


async def test_a_scripts_background_job_ends_by_a_stop_though_not_by_ctrl_c() -> None:
    served, worked = await asyncio.gather(
        *(ended(command, signal.SIGTERM, IGNORED) for command in ("serve", "work"))
    )
    assert (served, worked) == ((0, "stopped in order"), (128 + signal.SIGTERM, "tidied up"))


def test_what_nohup_keeps_from_us_is_kept() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        assert cli._heeded(*cli.ENDS) == [signal.SIGTERM]
    finally:
        signal.signal(signal.SIGHUP, before)
