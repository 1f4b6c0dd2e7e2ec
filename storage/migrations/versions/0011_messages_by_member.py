"""messages by their member, and histories by the message they point to: asked by retention and erasure"""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_messages_member_sent", "messages", ["member_id", "sent_at"])
    op.create_index("ix_ticket_events_message", "ticket_events", ["message_id"])


def downgrade() -> None:
    op.drop_index("ix_ticket_events_message", "ticket_events")
    op.drop_index("ix_messages_member_sent", "messages")
