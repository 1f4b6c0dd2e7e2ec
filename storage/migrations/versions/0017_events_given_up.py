"""events that were given up, counted and listed by an index"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

GIVEN_UP = sa.text("state = 'dead' AND error IS NOT NULL")


def upgrade() -> None:
    op.create_index("ix_inbox_given_up", "inbox", ["id"], sqlite_where=GIVEN_UP, postgresql_where=GIVEN_UP)


def downgrade() -> None:
    op.drop_index("ix_inbox_given_up", "inbox")
