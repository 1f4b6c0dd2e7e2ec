"""tickets at a spot, in whichever group they were told, the newest first"""

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_ticket_spots_spot", "ticket_spots", ["spot", "ticket_id"])


def downgrade() -> None:
    op.drop_index("ix_ticket_spots_spot", "ticket_spots")
