"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "case_file",
        sa.Column("slot", sa.LargeBinary(32), nullable=False),
        sa.Column("auth_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("roll_seed", sa.LargeBinary(32), nullable=False),
        sa.Column("week", sa.String(8), nullable=False),
        sa.Column("status", sa.String(12), nullable=False),
        sa.Column("envelope_digest", sa.LargeBinary(32), nullable=False),
        sa.Column("envelope_bytes", sa.Integer, nullable=False),
        sa.Column("request_tag", sa.LargeBinary(32), nullable=False),
        sa.Column("disposition", sa.Text, nullable=True),
        sa.PrimaryKeyConstraint("slot", name="pk_case_file"),
        sa.CheckConstraint("envelope_bytes > 0", name="envelope_not_empty"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "attachment",
        sa.Column("case_slot", sa.LargeBinary(32), nullable=False),
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.Column("bytes", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("case_slot", "digest", name="pk_attachment"),
        sa.ForeignKeyConstraint(
            ["case_slot"], ["case_file.slot"], name="fk_attachment_case_slot", ondelete="CASCADE"
        ),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "message",
        sa.Column("slot", sa.LargeBinary(32), nullable=False),
        sa.Column("lane", sa.String(7), nullable=False),
        sa.Column("auth_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.Column("copy_digest", sa.LargeBinary(32), nullable=True),
        sa.Column("request_tag", sa.LargeBinary(32), nullable=False),
        sa.Column("week", sa.String(8), nullable=False),
        sa.PrimaryKeyConstraint("slot", name="pk_message"),
        sa.CheckConstraint("lane IN ('citizen', 'team')", name="lane"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "pending_leaf",
        sa.Column("commitment", sa.LargeBinary(32), nullable=False),
        sa.Column("merge_by", sa.Date, nullable=False),
        sa.PrimaryKeyConstraint("commitment", name="pk_pending_leaf"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "keyring",
        sa.Column("serial", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("not_before", sa.Date, nullable=False),
        sa.Column("not_after", sa.Date, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("serial", name="pk_keyring"),
        sa.CheckConstraint("serial > 0", name="serial_from_one"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "topic",
        sa.Column("slug", sa.String(64), nullable=False),
        sa.Column("content", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("slug", name="pk_topic"),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    for table in ("topic", "keyring", "pending_leaf", "message", "attachment", "case_file"):
        op.drop_table(table)
