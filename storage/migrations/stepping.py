"""Alembic at work; imported only where the schema changes."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection


def config(connection: Connection | None = None) -> Config:
    """Alembic's configuration, without a file of its own."""
    made = Config()
    made.set_main_option("script_location", str(Path(__file__).parent))
    made.attributes["connection"] = connection
    return made


def step_up(connection: Connection, revision: str) -> None:
    """Take every step up to a version, in the connection's transaction."""
    command.upgrade(config(connection), revision)
