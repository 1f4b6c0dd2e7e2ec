"""answers of the moderators' room until their page shows them, by whichever process"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "web_answers",
        sa.Column("id", ID, nullable=False),
        sa.Column("token", sa.String(), nullable=False),
        sa.Column("member_id", ID, nullable=False),
        sa.Column("said", JSON, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("token"),
    )
    op.create_index("ix_web_answers_member_id", "web_answers", ["member_id"])


def downgrade() -> None:
    op.drop_table("web_answers")
