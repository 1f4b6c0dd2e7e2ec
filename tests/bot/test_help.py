"""Each command says how it is used."""

import pytest
from typer.testing import CliRunner

from bot.cli import COMMANDS, application


@pytest.mark.parametrize("command", [*COMMANDS, "run", "demo", "replay", "chats", "db", "db move", "db keep"])
def test_help_helps(command: str) -> None:
    done = CliRunner().invoke(application, [*command.split(), "--help"])
    assert done.exit_code == 0
    assert "Usage" in done.output
    assert len(done.output.splitlines()) > 5


@pytest.mark.parametrize("command", ["run", "demo"])
def test_a_port_that_is_none_is_one_sentence(command: str) -> None:
    done = CliRunner().invoke(application, [command, "--port", "70000"])
    assert done.exit_code == 2
    assert "65535" in done.output
