"""digests by span (day, week, month, morning), and ticket_events by time"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

UNIQUE = "uq_digests_chat_period"


def upgrade() -> None:
    with op.batch_alter_table("digests") as table:
        table.add_column(sa.Column("span", sa.String(), nullable=False, server_default="week"))
        table.drop_constraint(UNIQUE, type_="unique")
        table.create_unique_constraint(UNIQUE, ["chat_id", "span", "period_start"])
    op.create_index("ix_ticket_events_at", "ticket_events", ["at", "ticket_id"])


def downgrade() -> None:
    op.drop_index("ix_ticket_events_at", "ticket_events")
    op.execute("DELETE FROM digests WHERE span <> 'week'")
    with op.batch_alter_table("digests") as table:
        table.drop_constraint(UNIQUE, type_="unique")
        table.drop_column("span")
        table.create_unique_constraint(UNIQUE, ["chat_id", "period_start"])
