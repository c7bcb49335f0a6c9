"""What the operator's commands share: opening an instance's folder."""

from pathlib import Path

import click

from app.backup.restore import MARK
from app.settings import Settings, SettingsError
from app.store.blobs import FileBlobStore
from app.store.engine import Database, open_engine
from app.store.migrate import upgrade
from app.store.storage_keys import StorageKeys
from app.web import clock
from crypto.errors import MalformedError
from crypto.keyring import Roots


def load_settings(data: Path) -> Settings:
    """The settings in *data*, or an end with the reason."""
    try:
        return Settings.load(data)
    except SettingsError as exc:
        raise click.ClickException(str(exc)) from None


def open_database(settings: Settings) -> Database:
    """The instance's database, at the newest revision."""
    engine = open_engine(settings.database_url)
    upgrade(engine)
    return Database(engine)


def open_blobs(settings: Settings) -> FileBlobStore:
    """Where the instance keeps ciphertext."""
    return FileBlobStore(settings.blobs_path, StorageKeys(settings.storage_keys_path), clock.today)


def require_confirmed(settings: Settings) -> None:
    """End with the reason if nobody knows yet whether a restored folder is the newest."""
    if (settings.data / MARK).exists():
        raise click.ClickException(
            f"{settings.data} was restored from a backup: `wasl sequence --now` must first find "
            "that nobody knows of a later log"
        )


def confirm(settings: Settings) -> None:
    """Let a restored folder be served: its log goes on."""
    (settings.data / MARK).unlink(missing_ok=True)


def load_roots(settings: Settings) -> Roots:
    """The roots that this instance trusts, or an end with the reason."""
    try:
        return Roots.parse(settings.roots_path.read_text("utf-8"))
    except FileNotFoundError:
        raise click.ClickException(f"{settings.roots_path} is not there") from None
    except (MalformedError, UnicodeDecodeError):
        raise click.ClickException(f"{settings.roots_path}: not a roots.txt") from None
