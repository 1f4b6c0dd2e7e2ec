"""Runs migrations on the connection that `storage.migrations` hands in."""

from alembic import context
from sqlmodel import SQLModel

from storage import models

assert models  # its import fills the metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
