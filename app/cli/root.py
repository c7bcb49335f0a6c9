"""`wasl root`: what key officers do on a machine without a network.

Root keys are files that only their owner may read, not protected by a passphrase: keep
each on a separate encrypted stick, with a separate person.
"""

import os
from pathlib import Path
from typing import Final

import click

from app.domain.enrolment import Enrolment, MalformedEnrolmentError
from app.domain.weeks import monday_of, week_of, weeks_from
from app.services.roots import CannotDraftError, draft_keyrings
from app.web import clock
from crypto.errors import CryptoError, MalformedError
from crypto.keyring import Keyring, Roots, sign_keyring
from crypto.note import SigningKey, add_signature, read_text_unverified
from crypto.note import sign as signed_note
from crypto.tlog.rules import Rules

_LETTERS: Final = "abcdefghi"
_file = click.Path(path_type=Path, exists=True, dir_okay=False)
_folder = click.Path(path_type=Path, file_okay=False)


@click.group()
def command() -> None:
    """Root keys: they sign who may read. Use it offline.

    A root key is a plain file that only its owner may read. Keep each one on an encrypted
    stick of its own, with a person of its own.
    """


@command.command()
@click.argument("folder", metavar="DIR", type=_folder)
@click.option("--name", required=True, help="The instance's origin, such as wasl.example.")
@click.option("--keys", default=3, show_default=True, type=click.IntRange(1, len(_LETTERS)))
@click.option("--quorum", default=2, show_default=True, type=click.IntRange(1, len(_LETTERS)))
def init(folder: Path, name: str, keys: int, quorum: int) -> None:
    """Make root keys root-a.key, root-b.key, … and the public roots.txt in DIR."""
    try:
        signers = [SigningKey.generate(f"{name}/root/{letter}") for letter in _LETTERS[:keys]]
        roots = Roots.of([signer.verifier for signer in signers], quorum)
    except MalformedError as exc:
        raise click.ClickException(str(exc)) from None
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for letter, signer in zip(_LETTERS, signers, strict=False):
        _create(folder / f"root-{letter}.key", f"{signer.encode()}\n", 0o600)
    _create(folder / "roots.txt", roots.encode(), 0o644)
    click.echo(f"{quorum} of {keys} root keys must sign. Give roots.txt to everyone,")
    click.echo("and each root-?.key to one person; then delete it here.")


@command.command()
@click.option("--roots-dir", type=_folder, help="Sign with every root-?.key in this folder.")
@click.option("--key", "key_files", multiple=True, type=_file, help="Sign with this root key.")
@click.option("--origin", required=True, help="The instance's origin.")
@click.option("--weeks", default=8, show_default=True, type=click.IntRange(1, 52))
@click.option("--from-week", help="The first week, such as 2026-W48 [this week].")
@click.option("--previous", type=_file, help="The last keyring signed before; none for the first.")
@click.option("--out", default=Path(), type=_folder, help="Where the notes go [here].")
@click.option(
    "--enrolment",
    "enrolments",
    required=True,
    multiple=True,
    type=_file,
    help="A file by `wasl desk enrol`; once for each reviewer.",
)
def sign(
    roots_dir: Path | None,
    key_files: tuple[Path, ...],
    origin: str,
    weeks: int,
    from_week: str | None,
    previous: Path | None,
    out: Path,
    enrolments: tuple[Path, ...],
) -> None:
    """Sign a keyring for each of the coming weeks, as keyring-WEEK.note."""
    keys = _signing_keys(roots_dir, key_files)
    try:
        first = week_of(monday_of(from_week) if from_week else clock.today())
        keyrings = draft_keyrings(
            [_enrolment(file) for file in enrolments],
            origin=origin,
            weeks=weeks_from(first, weeks),
            previous=_keyring(previous) if previous else None,
        )
    except (CannotDraftError, CryptoError, ValueError) as exc:
        raise click.ClickException(str(exc)) from None
    out.mkdir(parents=True, exist_ok=True)
    for keyring in keyrings:
        path = out / f"keyring-{keyring.week}.note"
        _create(path, sign_keyring(keyring, *keys), 0o644)
        click.echo(f"{path}: serial {keyring.serial}, {len(keyring.recipients)} readers")


@command.command()
@click.option("--key", "key_file", required=True, type=_file, help="Your root key.")
@click.argument("notes", metavar="NOTE...", nargs=-1, required=True, type=_file)
def cosign(key_file: Path, notes: tuple[Path, ...]) -> None:
    """Show what keyring NOTEs say and, if you agree, add your root's signature."""
    key = _signing_key(key_file)
    for path in notes:
        keyring = _keyring(path)
        click.echo(f"{path}: {keyring.origin}, serial {keyring.serial}, week {keyring.week}")
        for org in keyring.orgs:
            readers = ", ".join(reviewer.id for reviewer in org.reviewers)
            click.echo(f"  {org.name_ar} ({org.slug}): {readers}")
        if click.confirm("Sign it?"):
            path.write_text(add_signature(path.read_text("utf-8"), key), "utf-8")


@command.command()
@click.option("--roots-dir", type=_folder, help="Sign with every root-?.key in this folder.")
@click.option("--key", "key_files", multiple=True, type=_file, help="Sign with this root key.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.argument("draft", metavar="RULES", type=_file)
@click.argument("note", metavar="NOTE", type=click.Path(path_type=Path, dir_okay=False))
def rules(
    roots_dir: Path | None, key_files: tuple[Path, ...], yes: bool, draft: Path, note: Path
) -> None:
    """Show the log's RULES and, if you agree, sign them into NOTE, or add to what is there."""
    keys = _signing_keys(roots_dir, key_files)
    try:
        text = Rules.parse(draft.read_text("utf-8")).encode()
        signed = note.read_text("utf-8") if note.exists() else None
        if signed and read_text_unverified(signed) != text:
            raise click.ClickException(f"{note} holds other rules")
    except (MalformedError, UnicodeDecodeError):
        raise click.ClickException(f"{draft}: not what `wasl rules draft` writes") from None
    click.echo(text)
    if yes or click.confirm("Sign it?"):
        for key in keys:
            signed = add_signature(signed, key) if signed else signed_note(text, key)
        note.write_text(signed or "", "utf-8")
        click.echo(f"{note}: signed")


def _signing_keys(roots_dir: Path | None, key_files: tuple[Path, ...]) -> list[SigningKey]:
    paths = [*key_files, *(sorted(roots_dir.glob("root-?.key")) if roots_dir else ())]
    if not paths:
        raise click.UsageError("name root keys with --roots-dir or --key")
    return [_signing_key(path) for path in paths]


def _signing_key(path: Path) -> SigningKey:
    try:
        return SigningKey.parse(path.read_text("utf-8").removesuffix("\n"))
    except (MalformedError, UnicodeDecodeError):
        raise click.ClickException(f"{path}: not a root key") from None


def _enrolment(path: Path) -> Enrolment:
    try:
        return Enrolment.parse(path.read_text("utf-8"))
    except (MalformedEnrolmentError, UnicodeDecodeError) as exc:
        raise click.ClickException(f"{path}: {exc}") from None


def _keyring(path: Path) -> Keyring:
    try:
        return Keyring.parse(read_text_unverified(path.read_text("utf-8")))
    except (MalformedError, UnicodeDecodeError):
        raise click.ClickException(f"{path}: not a keyring") from None


def _create(path: Path, text: str, mode: int) -> None:
    """Write a new file; a key or a keyring is never written over another."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    except FileExistsError:
        raise click.ClickException(f"{path} exists; it is never written over") from None
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
