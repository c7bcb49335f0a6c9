"""The one way a database gets its tables: Alembic revisions, in `migrations/`.

`wasl init` and `wasl serve` bring a database to the newest revision before anything else
touches it. Alembic is loaded only where there is something to do: loading it takes longer than
most commands.
"""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sqlalchemy import Engine, inspect, select
from sqlalchemy.sql import column, table

from app.store.engine import begin_writing

if TYPE_CHECKING:
    from alembic.config import Config

_MIGRATIONS: Final = Path(__file__).parent / "migrations"
_HEAD: Final = "head"


def upgrade(engine: Engine, revision: str = _HEAD) -> None:
    """Bring the database up to *revision*, in one transaction."""
    if revision == _HEAD and _revision(engine) == newest_revision():
        return
    from alembic import command  # noqa: PLC0415

    _run(engine, lambda config: command.upgrade(config, revision))


def downgrade(engine: Engine, revision: str) -> None:
    """Bring the database down to *revision* (`base`: no tables)."""
    from alembic import command  # noqa: PLC0415

    _run(engine, lambda config: command.downgrade(config, revision))


def newest_revision() -> str:
    """The head: files of revisions are named by their numbers, `0007_coverage.py`."""
    newest = max(path.name for path in (_MIGRATIONS / "versions").glob("*.py"))
    return newest.partition("_")[0]


def _revision(engine: Engine) -> str | None:
    with engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        version = table("alembic_version", column("version_num"))
        return connection.scalar(select(version.c.version_num))


def _run(engine: Engine, action: "Callable[[Config], None]") -> None:
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    with begin_writing(engine) as connection:
        config.attributes["connection"] = connection
        action(config)
