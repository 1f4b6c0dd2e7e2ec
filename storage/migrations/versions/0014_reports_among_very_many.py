"""tickets at a spot in whichever group, the newest first; photos of one group that wait for their words"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

WAITING = sa.text("state = 'waiting'")


def upgrade() -> None:
    op.create_index("ix_ticket_spots_spot", "ticket_spots", ["spot", "ticket_id"])
    op.create_index(
        "ix_submissions_waiting_in_chat",
        "submissions",
        ["chat_id", "open_until"],
        sqlite_where=WAITING,
        postgresql_where=WAITING,
    )


def downgrade() -> None:
    op.drop_index("ix_submissions_waiting_in_chat", "submissions")
    op.drop_index("ix_ticket_spots_spot", "ticket_spots")
