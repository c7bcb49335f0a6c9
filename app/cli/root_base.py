"""What key officers' commands share: their keys, the roots, files that are never written over."""

import os
from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path
from typing import Any, Final, TypeVar

import click

from app.desk.training.answers import Record
from app.desk.training.certificates import trained_until
from app.domain.enrolment import Enrolment, MalformedEnrolmentError
from app.domain.errors import CorrectError
from crypto.errors import CryptoError, MalformedError
from crypto.keyring import Keyring, Roots, open_keyring
from crypto.membership import Register, open_register
from crypto.note import SigningKey, VerifierKey, read_text_unverified
from crypto.training import is_sandbox

F = TypeVar("F", bound=Callable[..., Any])

ROOTS_NAME: Final = "roots.txt"
file_path: Final = click.Path(path_type=Path, exists=True, dir_okay=False)
folder_path: Final = click.Path(path_type=Path, file_okay=False)
new_path: Final = click.Path(path_type=Path, dir_okay=False)

_roots_dir = click.option(
    "--roots-dir", type=folder_path, help="Sign with every root-?.key in this folder."
)
_key = click.option(
    "--key", "key_files", multiple=True, type=file_path, help="Sign with this root key."
)
roots_option = click.option(
    "--roots", "roots_file", type=file_path, help="The roots.txt [that in --roots-dir]."
)


def keys_options(function: F) -> F:
    """`--roots-dir` and `--key`: whose signatures."""
    return _roots_dir(_key(function))


def signing_keys(roots_dir: Path | None, key_files: tuple[Path, ...]) -> list[SigningKey]:
    paths = [*key_files, *(sorted(roots_dir.glob("root-?.key")) if roots_dir else ())]
    if not paths:
        raise click.UsageError("name root keys with --roots-dir or --key")
    return [signing_key(path) for path in paths]


def signing_key(path: Path) -> SigningKey:
    try:
        return SigningKey.parse(path.read_text("utf-8").removesuffix("\n"))
    except (MalformedError, UnicodeDecodeError):
        raise click.ClickException(f"{path}: not a root key") from None


def read_roots(roots_dir: Path | None, roots_file: Path | None) -> Roots:
    path = roots_file or (roots_dir / ROOTS_NAME if roots_dir else None)
    if path is None:
        raise click.UsageError("name roots.txt with --roots")
    try:
        return Roots.parse(path.read_text("utf-8"))
    except FileNotFoundError:
        raise click.ClickException(f"{path} is not there: name roots.txt with --roots") from None
    except (MalformedError, UnicodeDecodeError):
        raise click.ClickException(f"{path}: not a roots.txt") from None


def read_register(path: Path, roots: Roots, origin: str | None = None) -> Register:
    """A register that a quorum signed, of *origin* or of whichever it says."""
    note = read_note(path)
    try:
        said = Register.parse(read_text_unverified(note)).origin
        return open_register(note, roots, origin=origin or said)
    except CryptoError as exc:
        raise click.ClickException(f"{path}: {exc}") from None


def read_keyring(path: Path, roots: Roots, **context: Any) -> Keyring:
    """A keyring that a quorum signed; *context* is that of `open_keyring`."""
    try:
        return open_keyring(read_note(path), roots, **context)
    except CryptoError as exc:
        raise click.ClickException(f"{path}: {exc}") from None


def read_keyring_unverified(path: Path) -> Keyring:
    try:
        return Keyring.parse(read_text_unverified(read_note(path)))
    except MalformedError:
        raise click.ClickException(f"{path}: not a keyring") from None


def read_note(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except UnicodeDecodeError:
        raise click.ClickException(f"{path}: not a signed note") from None


def read_enrolment(path: Path) -> Enrolment:
    try:
        return Enrolment.parse(path.read_text("utf-8"))
    except (MalformedEnrolmentError, UnicodeDecodeError) as exc:
        raise click.ClickException(f"{path}: {exc}") from None


def read_training(
    path: Path, examiners: Iterable[VerifierKey], origin: str
) -> tuple[VerifierKey, date]:
    """Whose training the record at *path* shows, scored once more, and until when it holds."""
    try:
        record = Record.parse(path.read_text("utf-8"))
        return trained_until(record, examiners, origin=origin)
    except (CryptoError, CorrectError, UnicodeDecodeError) as exc:
        raise click.ClickException(f"{path}: {exc}") from None


def require_same_kind(key: SigningKey, origin: str) -> None:
    """Roots of a place for training sign for no other, and other roots not for one."""
    if is_sandbox(key.verifier.name) != is_sandbox(origin):
        raise click.ClickException(
            f"{key.verifier.name} does not sign for {origin}: one of them is for training only"
        )


def create(path: Path, text: str, mode: int) -> None:
    """Write a new file; a key or a note is never written over another."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    except FileExistsError:
        raise click.ClickException(f"{path} exists; it is never written over") from None
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
