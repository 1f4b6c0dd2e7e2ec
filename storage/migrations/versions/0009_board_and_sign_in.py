"""what the public board shows of tickets and photos; browsers that are signed in, and their links"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
OPEN = sa.text("status IN ('new', 'accepted', 'in_progress')")
UNJUDGED = sa.text("state = 'stored' AND on_board IS NULL")
BOARD_INDEXES = (
    "ix_tickets_search_ward",
    "ix_tickets_open",
    "ix_tickets_status_hidden",
    "ix_tickets_category_id",
)
# Of a part of a JSON value; each database says it in a way of its own.
WARDS = {
    "sqlite": "CREATE INDEX ix_tickets_search_ward ON tickets (json_extract(place, '$.ward'), id)",
    "postgresql": "CREATE INDEX ix_tickets_search_ward ON tickets ((place ->> 'ward'), id)",
}


def upgrade() -> None:
    op.add_column("tickets", sa.Column("hidden", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("attachments", sa.Column("on_board", sa.Boolean(), nullable=True))
    op.create_index(
        "ix_attachments_unjudged", "attachments", ["id"], sqlite_where=UNJUDGED, postgresql_where=UNJUDGED
    )
    op.create_index("ix_tickets_category_id", "tickets", ["category", "id"])
    op.create_index("ix_tickets_status_hidden", "tickets", ["status", "hidden"])
    op.create_index("ix_tickets_open", "tickets", ["id"], sqlite_where=OPEN, postgresql_where=OPEN)
    op.execute(WARDS[op.get_bind().dialect.name])
    op.create_table(
        "sign_in_links",
        sa.Column("id", ID, nullable=False),
        sa.Column("member_id", ID, nullable=True),
        sa.Column("made_by_id", ID, nullable=True),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("shared", sa.Boolean(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("uses_left", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"]),
        sa.ForeignKeyConstraint(["made_by_id"], ["members.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_sign_in_links_member_id", "sign_in_links", ["member_id"])
    op.create_table(
        "web_sessions",
        sa.Column("id", ID, nullable=False),
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("member_id", ID, nullable=False),
        sa.Column("link_id", ID, nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("seen_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("idle_seconds", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"]),
        sa.ForeignKeyConstraint(["link_id"], ["sign_in_links.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("token_hash"),
    )
    for column in ("member_id", "link_id", "expires_at"):
        op.create_index(f"ix_web_sessions_{column}", "web_sessions", [column])


def downgrade() -> None:
    op.drop_table("web_sessions")
    op.drop_table("sign_in_links")
    op.drop_index("ix_attachments_unjudged", "attachments")
    for name in BOARD_INDEXES:
        op.drop_index(name, "tickets")
    # Not in a batch: that would make the tables anew, without their triggers.
    op.drop_column("attachments", "on_board")
    op.drop_column("tickets", "hidden")
