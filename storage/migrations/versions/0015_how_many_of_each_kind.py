"""how many tickets are of each kind, counted in an index"""

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Schema 0014 had it for a day.
    op.create_index("ix_tickets_kind", "tickets", ["kind"], if_not_exists=True)


def downgrade() -> None:
    op.drop_index("ix_tickets_kind", "tickets")
