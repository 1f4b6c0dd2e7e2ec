"""tickets by the moment they were opened, over all groups"""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_tickets_opened", "tickets", ["opened_at"])


def downgrade() -> None:
    op.drop_index("ix_tickets_opened", "tickets")
