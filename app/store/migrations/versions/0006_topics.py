"""Topics are public records too: two reviewers sign what people are asked."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

_KINDS = ("relay", "outcome", "tally")


def upgrade() -> None:
    _change(sa.String(80), (*_KINDS, "topic"), was=sa.String(24))


def downgrade() -> None:
    op.execute("DELETE FROM public_record WHERE kind = 'topic'")
    _change(sa.String(24), _KINDS, was=sa.String(80))


def _change(subject: sa.String, kinds: tuple[str, ...], *, was: sa.String) -> None:
    listed = ", ".join(f"'{kind}'" for kind in kinds)
    with op.batch_alter_table("public_record", table_kwargs={"sqlite_with_rowid": False}) as table:
        table.drop_constraint("kind", type_="check")
        table.alter_column("subject", existing_type=was, type_=subject, existing_nullable=False)
        table.create_check_constraint("kind", f"kind IN ({listed})")
