"""lists in their order, whose work a ticket was, and what ended when: however many tickets there are"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

OPEN = sa.text("status IN ('new', 'accepted', 'in_progress')")
WORKED = sa.text("action IN ('accept', 'start', 'assigned', 'resolve', 'pause', 'resume')")
LEFT = sa.text("from_status IN ('new', 'accepted', 'in_progress')")


def upgrade() -> None:
    op.create_index("ix_tickets_listed", "tickets", ["status", "urgent", "opened_at", "id"])
    _index("ix_tickets_open_listed", "tickets", ["urgent", "opened_at", "id"], OPEN)
    _index("ix_ticket_events_worked", "ticket_events", ["member_id", "ticket_id"], WORKED)
    _index("ix_ticket_events_left", "ticket_events", ["at", "ticket_id"], LEFT)


def downgrade() -> None:
    for name in ("ix_ticket_events_left", "ix_ticket_events_worked"):
        op.drop_index(name, "ticket_events")
    for name in ("ix_tickets_open_listed", "ix_tickets_listed"):
        op.drop_index(name, "tickets")


def _index(name: str, table: str, columns: list[str], only: sa.TextClause) -> None:
    op.create_index(name, table, columns, sqlite_where=only, postgresql_where=only)
