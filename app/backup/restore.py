"""Make a site of a backup, in a new folder that gets its name when everything is there.

A backup is as old as it is: the log may have gone on since. So a restored folder is not served
until `wasl sequence` has found nobody who knows of a later tree: no witness, and no signer guard.
What has become due since the backup was made is not restored.
"""

import shutil
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path, PurePosixPath
from typing import IO, Final

from app.backup.format import (
    BLOBS,
    DATABASE,
    FILES,
    HEADER,
    MAX_SMALL_BYTES,
    SETTINGS,
    STORAGE_KEYS,
    BackupError,
    Header,
    parse_seeds,
)
from app.log.errors import RestoredError
from app.log.guard import SignerGuard
from app.log_keys import load_log_keys
from app.services.housekeeping import oldest_kept
from app.settings import FILE_NAME, Settings, SettingsError
from app.store import log
from app.store.blobs import settle, sync_folder
from app.store.engine import open_engine
from app.store.log import StoredTiles
from app.store.sealed import open_sealed
from app.store.storage_keys import StorageKeys
from crypto.age import Identity
from crypto.errors import CryptoError, NoMatchError
from crypto.tlog.checkpoint import Checkpoint, open_checkpoint
from crypto.tlog.merkle import EMPTY_ROOT
from crypto.tlog.tiles import TiledTree

MARK: Final = "restored"
"""A file in the folder while nobody has confirmed that its log may go on."""
_ALTERED: Final = "the backup is cut off or changed: nothing was restored"


@dataclass(frozen=True)
class Restored:
    """What came back. `overdue` blobs were left out, because their time is over."""

    header: Header
    blobs: int
    overdue: int


def restore(
    backup: Path, identity: Identity, data: Path, *, today: date, checkpoint: str | None
) -> Restored:
    """Unpack *backup* into the new folder *data*; on any error it does not exist.

    *checkpoint* is the newest one of this log that anybody has: the restored log must continue
    it, and the signer guard is made of it. Raises `BackupError`.
    """
    if data.exists() and any(data.iterdir()):
        raise BackupError(f"{data} is not empty; a backup is never restored over anything")
    with _new_folder(data) as folder:
        unpacking = _Unpacking(folder, today)
        try:
            unpacking.read(backup, identity)
        except NoMatchError:
            raise BackupError("this identity does not open the backup") from None
        except (CryptoError, tarfile.TarError, EOFError):
            raise BackupError(_ALTERED) from None
        except SettingsError as exc:
            raise BackupError(str(exc)) from None
        restored = unpacking.result()
        if checkpoint is not None:
            _require_newest(Settings.load(folder), checkpoint)
        (folder / MARK).touch(mode=0o600)
    return restored


@contextmanager
def _new_folder(data: Path) -> Iterator[Path]:
    folder = data.with_name(f"{data.name}.restoring")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700, parents=True)
    try:
        yield folder
        sync_folder(folder)
        folder.rename(data)
        sync_folder(data.parent)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class _Unpacking:
    """Takes the members in their order; whatever is not a member of ours ends it."""

    def __init__(self, folder: Path, today: date) -> None:
        self._folder = folder
        self._today = today
        self._settings: Settings | None = None
        self._header: Header | None = None
        self._alive: set[str] = set()
        self._blobs = self._overdue = 0
        self._has_database = False

    def read(self, backup: Path, identity: Identity) -> None:
        with open_sealed(backup, identity) as opened:
            with tarfile.open(fileobj=opened, mode="r|") as archive:
                for member in archive:
                    content = archive.extractfile(member)
                    if content is None:
                        raise tarfile.TarError
                    self._take(member.name, content)
            # The last chunk vouches for all of them.
            while opened.read(MAX_SMALL_BYTES):
                pass

    def result(self) -> Restored:
        if self._header is None or not self._has_database:
            raise BackupError(_ALTERED)
        return Restored(self._header, self._blobs, self._overdue)

    @property
    def settings(self) -> Settings:
        if self._settings is None:
            raise tarfile.TarError
        return self._settings

    def _take(self, name: str, content: IO[bytes]) -> None:
        if name == HEADER:
            self._header = Header.parse(content.read(MAX_SMALL_BYTES))
        elif self._header is None:
            raise BackupError("this is no backup of a Wasl site")
        elif name == SETTINGS:
            self._write(self._folder / FILE_NAME, content)
            self._settings = Settings.load(self._folder)
            self._require_inside()
        elif name == STORAGE_KEYS:
            self._take_keys(parse_seeds(content.read(MAX_SMALL_BYTES)))
        elif name == DATABASE:
            self._write(_database_path(self.settings), content)
            self._has_database = True
        elif name.startswith(FILES):
            self._write(self._folder / _safe(name.removeprefix(FILES)), content)
        elif name.startswith(BLOBS):
            self._take_blob(_safe(name.removeprefix(BLOBS)), content)
        else:
            raise tarfile.TarError

    def _require_inside(self) -> None:
        for path in (_database_path(self.settings), self.settings.storage_keys_path):
            if not path.is_relative_to(self.settings.data):
                raise BackupError(f"{path}: would be written outside the new folder")

    def _take_keys(self, seeds: dict[str, bytes]) -> None:
        oldest = oldest_kept(self._today, self.settings.cases.retention_weeks)
        alive = {week: seed for week, seed in seeds.items() if week >= oldest}
        keys = StorageKeys(self.settings.storage_keys_path)
        keys.create()
        keys.add(alive)
        self._alive = set(alive)

    def _take_blob(self, path: PurePosixPath, content: IO[bytes]) -> None:
        if path.parts[0] not in self._alive:
            self._overdue += 1
            return
        self._write(self.settings.blobs_path / path, content)
        self._blobs += 1

    def _write(self, path: Path, content: IO[bytes]) -> None:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.touch(mode=0o600, exist_ok=False)
        with path.open("wb", buffering=0) as file:
            shutil.copyfileobj(content, file)
            settle(file)


def _safe(name: str) -> PurePosixPath:
    """A relative path that stays below where it is put."""
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or not path.parts:
        raise tarfile.TarError
    return path


def _database_path(settings: Settings) -> Path:
    return Path(settings.database_url.removeprefix("sqlite:///"))


def _require_newest(settings: Settings, untrusted: str) -> None:
    """Make the signer guard of a checkpoint; `BackupError` unless the database continues it."""
    engine = open_engine(settings.database_url)
    try:
        verifier = load_log_keys(settings).ed25519.verifier
        known = open_checkpoint(untrusted, verifier).checkpoint
        guard = SignerGuard(settings.guard_path)
        with engine.connect() as connection:
            newest = log.newest_checkpoint(connection)
            tree = TiledTree(StoredTiles(connection), newest.size if newest else 0)
            _remember(guard, known, tree)
    except (CryptoError, SettingsError):
        raise BackupError("--checkpoint: not a checkpoint that this log has signed") from None
    except RestoredError as exc:
        raise BackupError(f"this backup is too old: {exc}") from None
    finally:
        engine.dispose()


def _remember(guard: SignerGuard, known: Checkpoint, tree: TiledTree) -> None:
    """The guard knows *known* first, and then what the database has, which must continue it."""
    # From the empty tree to anything there is nothing to prove.
    guard.advance(known, lambda _: [])
    root = tree.root if tree.size else EMPTY_ROOT
    guard.require(Checkpoint(known.origin, tree.size, root), tree.consistency_proof)
