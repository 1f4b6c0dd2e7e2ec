"""corrections of moderators; keys by which twins are found"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("tickets", sa.Column("folded", sa.String(), nullable=False, server_default=""))
    op.add_column("submissions", sa.Column("feedback", sa.Float(), nullable=False, server_default="0"))
    op.create_table(
        "ticket_spots",
        sa.Column("chat_id", ID, nullable=False),
        sa.Column("spot", sa.String(), nullable=False),
        sa.Column("ticket_id", ID, nullable=False),
        sa.ForeignKeyConstraint(["chat_id"], ["chats.id"]),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"]),
        sa.PrimaryKeyConstraint("chat_id", "spot", "ticket_id"),
    )
    op.create_index("ix_ticket_spots_ticket_id", "ticket_spots", ["ticket_id"])
    op.create_table(
        "corrections",
        sa.Column("id", ID, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("member_id", ID, nullable=False),
        sa.Column("submission_id", ID, nullable=False),
        sa.Column("kind", sa.String(), nullable=True),
        sa.Column("category", sa.String(), nullable=True),
        sa.Column("model", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"]),
        sa.ForeignKeyConstraint(["submission_id"], ["submissions.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_corrections_submission_id", "corrections", ["submission_id"])
