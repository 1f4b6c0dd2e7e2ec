"""which chat an event is about, whose photo a process fetches; what is stuck has indexes"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

PENDING = sa.text("state = 'pending'")
HELD = sa.text("state = 'held'")
STUCK = sa.text("state IN ('dead', 'unconfirmed')")


def upgrade() -> None:
    op.add_column("inbox", sa.Column("lane", sa.String(), nullable=False, server_default=""))
    op.add_column("attachments", sa.Column("lease_owner", sa.String(), nullable=True))
    op.drop_column("inbox", "lease_owner")
    op.drop_column("inbox", "lease_until")
    op.drop_index("ix_inbox_pending", "inbox")
    _index("ix_inbox_pending", "inbox", ["said_at", "said_order", "id"], PENDING)
    _index("ix_submissions_held", "submissions", ["member_id"], HELD)
    for table in ("outbox", "dispatches"):
        _index(f"ix_{table}_stuck", table, ["id"], STUCK)


def downgrade() -> None:
    for table in ("outbox", "dispatches"):
        op.drop_index(f"ix_{table}_stuck", table)
    op.drop_index("ix_submissions_held", "submissions")
    op.drop_index("ix_inbox_pending", "inbox")
    _index("ix_inbox_pending", "inbox", ["source", "said_at", "said_order", "id"], PENDING)
    op.add_column("inbox", sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True))
    op.add_column("inbox", sa.Column("lease_owner", sa.String(), nullable=True))
    op.drop_column("attachments", "lease_owner")
    op.drop_column("inbox", "lane")


def _index(name: str, table: str, columns: list[str], only: sa.TextClause) -> None:
    op.create_index(name, table, columns, sqlite_where=only, postgresql_where=only)
