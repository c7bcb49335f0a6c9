"""Relays, agencies, the public record and notes among reviewers."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("case_file", sa.Column("objection_until", sa.Date, nullable=True))
    op.create_table(
        "spent_statement",
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.Column("case_slot", sa.LargeBinary(32), nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_spent_statement"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "team_note",
        sa.Column("slot", sa.LargeBinary(32), nullable=False),
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.Column("week", sa.String(8), nullable=False),
        sa.PrimaryKeyConstraint("slot", name="pk_team_note"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "agency",
        sa.Column("slug", sa.String(64), nullable=False),
        sa.Column("content", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("slug", name="pk_agency"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "relay",
        sa.Column("id", sa.LargeBinary(16), nullable=False),
        sa.Column("agency", sa.String(64), nullable=False),
        sa.Column("topic", sa.String(64), nullable=False),
        sa.Column("due", sa.Date, nullable=False),
        sa.Column("packet_digest", sa.LargeBinary(32), nullable=False),
        sa.Column("link_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("answer_digest", sa.LargeBinary(32), nullable=True),
        sa.Column("document_digest", sa.LargeBinary(32), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_relay"),
        sqlite_with_rowid=False,
    )
    op.create_index("uq_relay_link_hash", "relay", ["link_hash"], unique=True)
    op.create_table(
        "public_record",
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("subject", sa.String(24), nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("is_logged", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_public_record"),
        sa.UniqueConstraint("kind", "subject", name="uq_public_record_kind"),
        sa.CheckConstraint("kind IN ('relay', 'outcome', 'tally')", name="kind"),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    for table in ("public_record", "relay", "agency", "team_note", "spent_statement"):
        op.drop_table(table)
    op.drop_column("case_file", "objection_until")
