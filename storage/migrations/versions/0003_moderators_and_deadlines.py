"""moderators' work: timers, pauses, private chats, prompts, search"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
MOMENTS = ("first_answer_at", "paused_at", "remind_at", "escalate_at", "close_at")

# Both databases keep their own full-text index of `folded`, words without accents.
SQLITE_SEARCH = (
    "CREATE VIRTUAL TABLE tickets_fts USING fts5(folded, content='tickets', content_rowid='id')",
    "CREATE TRIGGER tickets_fts_insert AFTER INSERT ON tickets BEGIN "
    "INSERT INTO tickets_fts(rowid, folded) VALUES (new.id, new.folded); END",
    "CREATE TRIGGER tickets_fts_delete AFTER DELETE ON tickets BEGIN "
    "INSERT INTO tickets_fts(tickets_fts, rowid, folded) VALUES ('delete', old.id, old.folded); END",
    "CREATE TRIGGER tickets_fts_update AFTER UPDATE OF folded ON tickets BEGIN "
    "INSERT INTO tickets_fts(tickets_fts, rowid, folded) VALUES ('delete', old.id, old.folded); "
    "INSERT INTO tickets_fts(rowid, folded) VALUES (new.id, new.folded); END",
    "INSERT INTO tickets_fts(tickets_fts) VALUES ('rebuild')",
)
POSTGRESQL_SEARCH = ("CREATE INDEX ix_tickets_search ON tickets USING gin (to_tsvector('simple', folded))",)


def upgrade() -> None:
    sqlite = op.get_bind().dialect.name == "sqlite"
    for name in MOMENTS:
        op.add_column("tickets", sa.Column(name, MOMENT, nullable=True))
    op.add_column("tickets", sa.Column("pause_reason", sa.String(), nullable=False, server_default=""))
    op.add_column("tickets", sa.Column("satisfied", sa.Boolean(), nullable=True))
    op.add_column("tickets", sa.Column("shown_in", sa.String(), nullable=True))
    op.create_index("ix_tickets_shown_in", "tickets", ["shown_in"])
    for name in ("remind_at", "escalate_at", "close_at"):
        there = sa.text(f"{name} IS NOT NULL")
        op.create_index(f"ix_tickets_{name}", "tickets", [name], sqlite_where=there, postgresql_where=there)
    erased = sa.text("state = 'erased'")
    op.create_index(
        "ix_attachments_erased", "attachments", ["content_hash"], sqlite_where=erased, postgresql_where=erased
    )
    op.create_index("ix_attachments_content_hash", "attachments", ["content_hash"])
    op.create_index("ix_ticket_events_member", "ticket_events", ["member_id", "id"])
    # Written out: SQLite takes a foreign key only within the column, and others refer to this table.
    whole_number = "INTEGER" if sqlite else "BIGINT"
    op.execute(f"ALTER TABLE chats ADD COLUMN owner_id {whole_number} REFERENCES members (id)")
    op.create_index("ix_chats_owner_id", "chats", ["owner_id"])
    op.create_table(
        "prompts",
        sa.Column("id", ID, nullable=False),
        sa.Column("chat_id", ID, nullable=False),
        sa.Column("member_id", ID, nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("detail", JSON, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("answered_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["chat_id"], ["chats.id"]),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_prompts_member_id", "prompts", ["member_id"])
    op.add_column("inbox", sa.Column("said_at", MOMENT, nullable=True))
    op.add_column("inbox", sa.Column("said_order", sa.BigInteger(), nullable=False, server_default="0"))
    op.execute("UPDATE inbox SET said_at = received_at")
    pending = sa.text("state = 'pending'")
    with op.batch_alter_table("inbox") as batch:
        batch.alter_column("said_at", existing_type=MOMENT, nullable=False)
        batch.drop_index("ix_inbox_pending")
        batch.create_index(
            "ix_inbox_pending",
            ["source", "said_at", "said_order", "id"],
            sqlite_where=pending,
            postgresql_where=pending,
        )
    op.execute("UPDATE tickets SET shown_in = 'ack:' || id")
    for statement in SQLITE_SEARCH if sqlite else POSTGRESQL_SEARCH:
        op.execute(statement)
