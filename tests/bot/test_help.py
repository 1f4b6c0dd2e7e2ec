"""Each command says how it is used."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.cli import COMMANDS, WRONG_SETTING, application


@pytest.mark.parametrize("command", [*COMMANDS, "run", "demo", "replay", "chats", "db", "db move", "db keep"])
def test_help_helps(command: str) -> None:
    done = CliRunner().invoke(application, [*command.split(), "--help"])
    assert done.exit_code == 0
    assert "Usage" in done.output
    assert len(done.output.splitlines()) > 5


def test_a_port_that_no_machine_has(tmp_path: Path) -> None:
    """Said before a folder is made or a week is played."""
    given = ["--port", "65536", "--data", str(tmp_path / "demo")]
    done = CliRunner().invoke(application, ["demo", "--once", *given])
    assert done.exit_code == WRONG_SETTING
    assert not (tmp_path / "demo").exists()
    assert CliRunner().invoke(application, ["run", *given[:2]]).exit_code == WRONG_SETTING
