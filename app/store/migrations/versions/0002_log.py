"""The receipt log."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_HAS_SEED = sa.text("length(roll_seed) > 0")


def upgrade() -> None:
    op.add_column("case_file", sa.Column("cohort", sa.String(20), nullable=True))
    op.create_index(
        "uq_case_file_roll_seed",
        "case_file",
        ["roll_seed"],
        unique=True,
        sqlite_where=_HAS_SEED,
        postgresql_where=_HAS_SEED,
    )
    op.create_table(
        "accepted_leaf",
        sa.Column("commitment", sa.LargeBinary(32), nullable=False),
        sa.PrimaryKeyConstraint("commitment", name="pk_accepted_leaf"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "cover_leaf",
        sa.Column("roll_seed", sa.LargeBinary(32), nullable=False),
        sa.Column("cohort", sa.String(20), nullable=False),
        sa.PrimaryKeyConstraint("roll_seed", name="pk_cover_leaf"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "log_rules",
        sa.Column("serial", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("serial", name="pk_log_rules"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "log_cohort",
        sa.Column("name", sa.String(20), nullable=False),
        sa.Column("last_slot", sa.BigInteger, nullable=False),
        sa.Column("end_at", sa.BigInteger, nullable=True),
        sa.Column("ages", sa.Text, nullable=True),
        sa.Column("rolls", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_log_cohort"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "log_bundle",
        sa.Column("number", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("width", sa.Integer, nullable=False),
        sa.Column("data", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_log_bundle"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "log_tile",
        sa.Column("level", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("number", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("width", sa.Integer, nullable=False),
        sa.Column("data", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("level", "number", name="pk_log_tile"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "log_checkpoint",
        sa.Column("size", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("slot", sa.BigInteger, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("size", name="pk_log_checkpoint"),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    for table in (
        "log_checkpoint",
        "log_tile",
        "log_bundle",
        "log_cohort",
        "log_rules",
        "cover_leaf",
        "accepted_leaf",
    ):
        op.drop_table(table)
    op.drop_index("uq_case_file_roll_seed", "case_file")
    op.drop_column("case_file", "cohort")
