"""tickets at a spot in whichever group, the newest first; photos of one group that wait for their words; on
PostgreSQL a full-text index that knows category, ward and status, too"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

WAITING = sa.text("state = 'waiting'")
WORDS = "to_tsvector('simple', folded)"
MARKS = "ARRAY['c:' || category, 'w:' || coalesce(place ->> 'ward', ''), 's:' || status]"


def upgrade() -> None:
    op.create_index("ix_ticket_spots_spot", "ticket_spots", ["spot", "ticket_id"])
    op.create_index(
        "ix_submissions_waiting_in_chat",
        "submissions",
        ["chat_id", "open_until"],
        sqlite_where=WAITING,
        postgresql_where=WAITING,
    )
    op.drop_index("ix_tickets_status_hidden", "tickets")
    op.create_index("ix_tickets_status_hidden", "tickets", ["status", "hidden", "id"])
    _search(f"{WORDS} || array_to_tsvector({MARKS})")


def _search(document: str) -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP INDEX ix_tickets_search")
        op.execute(f"CREATE INDEX ix_tickets_search ON tickets USING gin (({document}))")


def downgrade() -> None:
    _search(WORDS)
    op.drop_index("ix_tickets_status_hidden", "tickets")
    op.create_index("ix_tickets_status_hidden", "tickets", ["status", "hidden"])
    op.drop_index("ix_submissions_waiting_in_chat", "submissions")
    op.drop_index("ix_ticket_spots_spot", "ticket_spots")
