"""A command of congich's in a process that is forked from one which has imported congich already.

It has its own arguments, environment and streams, and does what the installed command does; the second that
each start of an interpreter takes is saved, a hundred times in a run.
"""

import asyncio
import multiprocessing
import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

IMPORTED = ("bot.cli", "bot.run", "bot.init_cli", "bot.backup.command", "bot.exports.command")


async def run(arguments: Sequence[str], environ: Mapping[str, str]) -> tuple[int, str, str]:
    """To its end: exit code, negative for a signal, output, errors."""
    server = multiprocessing.get_context("forkserver")
    server.set_forkserver_preload([*IMPORTED])
    with tempfile.TemporaryDirectory() as folder:
        out, err = Path(folder, "out"), Path(folder, "err")
        process = server.Process(target=_begin, args=(arguments, environ, out, err))
        process.start()
        try:
            while process.is_alive():
                await asyncio.sleep(0.02)
        finally:
            process.kill()
            process.join()
        return process.exitcode or 0, out.read_text("utf-8"), err.read_text("utf-8")


def _begin(arguments: Sequence[str], environ: Mapping[str, str], out: Path, err: Path) -> None:
    """In the child."""
    from bot.cli import main

    for path, stream in ((out, sys.stdout), (err, sys.stderr)):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT), stream.fileno())
    os.environ.clear()
    os.environ.update(environ)
    sys.argv[:] = ["congich", *arguments]
    main()
