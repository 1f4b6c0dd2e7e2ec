"""Commands whose code is imported when they are given: a start costs only what it needs.

Importing all of them takes a second; `--help` does it all the same, to say what each is for.
"""

from collections.abc import Mapping
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup


def group(later: Mapping[str, str]) -> type[TyperGroup]:
    """A group that has these commands too: name -> `module:function`, or `module:application` of a group."""

    class Lazy(TyperGroup):
        def list_commands(self, ctx: Any) -> list[str]:
            return sorted([*super().list_commands(ctx), *later])

        def get_command(self, ctx: Any, cmd_name: str) -> Any:
            if cmd_name in later:
                return _loaded(cmd_name, later[cmd_name])
            return super().get_command(ctx, cmd_name)

    return Lazy


def _loaded(name: str, where: str) -> Any:
    command: Any
    module, _, attribute = where.partition(":")
    found = getattr(import_module(module), attribute)
    if isinstance(found, typer.Typer):
        command = typer.main.get_group(found)  # one that has a single command is a group all the same
    else:
        alone = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
        alone.command()(found)
        command = typer.main.get_command(alone)
    command.name = name
    return command
