"""Weekly counts of what was asked for, with noise."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "participation_count",
        sa.Column("week", sa.String(8), nullable=False),
        sa.Column("name", sa.String(16), nullable=False),
        sa.Column("amount", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("week", "name", name="pk_participation_count"),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    op.drop_table("participation_count")
