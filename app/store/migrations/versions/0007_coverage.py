"""Who took part in a topic is a public record too."""

from alembic import op

revision = "0007"
down_revision = "0006"

_KINDS = ("relay", "outcome", "tally", "topic")


def upgrade() -> None:
    _allow((*_KINDS, "coverage"))


def downgrade() -> None:
    op.execute("DELETE FROM public_record WHERE kind = 'coverage'")
    _allow(_KINDS)


def _allow(kinds: tuple[str, ...]) -> None:
    listed = ", ".join(f"'{kind}'" for kind in kinds)
    with op.batch_alter_table("public_record", table_kwargs={"sqlite_with_rowid": False}) as table:
        table.drop_constraint("kind", type_="check")
        table.create_check_constraint("kind", f"kind IN ({listed})")
