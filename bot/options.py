"""The options that many commands have."""

from pathlib import Path
from typing import Annotated

import typer

CONFIG = Path("config.toml")  # in the folder in which the command is called
ConfigPath = Annotated[
    Path, typer.Option("--config", "-c", help="The configuration file; start from config.example.toml.")
]
DryRun = Annotated[
    bool, typer.Option("--dry-run/--yes", help="Only count, which is what happens without --yes.")
]
