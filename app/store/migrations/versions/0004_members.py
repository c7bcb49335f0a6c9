"""Applications of organisations and the register of members."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "member_note",
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.Column("serial", sa.Integer, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("is_logged", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_member_note"),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    op.drop_table("member_note")
