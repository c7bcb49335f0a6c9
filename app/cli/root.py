"""`wasl root`: what key officers do on a machine without a network.

Root keys are files that only their owner may read, not protected by a passphrase: keep
each on a separate encrypted stick, with a separate person.
"""

from pathlib import Path
from typing import Final

import click

from app.cli import root_members
from app.cli.root_base import (
    create,
    file_path,
    folder_path,
    keys_options,
    new_path,
    read_enrolment,
    read_keyring_unverified,
    read_note,
    read_register,
    read_roots,
    read_training,
    require_same_kind,
    roots_option,
    signing_key,
    signing_keys,
)
from app.domain.weeks import monday_of, week_of, weeks_from
from app.services.roots import CannotDraftError, draft_keyrings
from app.web import clock
from crypto.errors import CryptoError, MalformedError
from crypto.keyring import Keyring, Reviewer, Roots, sign_keyring
from crypto.membership import Register
from crypto.note import SigningKey, add_signature, read_text_unverified
from crypto.note import sign as signed_note
from crypto.tlog.rules import Rules

_LETTERS: Final = "abcdefghi"


@click.group()
def command() -> None:
    """Root keys: they sign who may read. Use it offline.

    A root key is a plain file that only its owner may read. Keep each one on an encrypted
    stick of its own, with a person of its own.
    """


@command.command()
@click.argument("folder", metavar="DIR", type=folder_path)
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
        create(folder / f"root-{letter}.key", f"{signer.encode()}\n", 0o600)
    create(folder / "roots.txt", roots.encode(), 0o644)
    click.echo(f"{quorum} of {keys} root keys must sign. Give roots.txt to everyone,")
    click.echo("and each root-?.key to one person; then delete it here.")


@command.command()
@keys_options
@roots_option
@click.option("--origin", required=True, help="The instance's origin.")
@click.option(
    "--register", "register_file", required=True, type=file_path, help="The newest register."
)
@click.option("--weeks", default=8, show_default=True, type=click.IntRange(1, 52))
@click.option("--from-week", help="The first week, such as 2026-W48 [this week].")
@click.option(
    "--previous", type=file_path, help="The last keyring signed before; none for the first."
)
@click.option("--out", default=Path(), type=folder_path, help="Where the notes go [here].")
@click.option(
    "--enrolment",
    "enrolments",
    required=True,
    multiple=True,
    type=file_path,
    help="A file by `wasl desk enrol`; once for each reviewer.",
)
@click.option(
    "--training",
    "records",
    multiple=True,
    type=file_path,
    help="A file by `wasl training`, with an examiner's signature; once for each reviewer.",
)
def sign(
    roots_dir: Path | None,
    key_files: tuple[Path, ...],
    roots_file: Path | None,
    origin: str,
    register_file: Path,
    weeks: int,
    from_week: str | None,
    previous: Path | None,
    out: Path,
    enrolments: tuple[Path, ...],
    records: tuple[Path, ...],
) -> None:
    """Sign a keyring for each of the coming weeks, as keyring-WEEK.note.

    Who may be in it, and who is on probation, says the register (`wasl root admit`). An
    organisation that is removed is left out of the weeks from then on. The inbox stays closed to
    reviewers without training: each record is scored once more, and its examiner must be a root
    or a reviewer whom the keyring before lists as trained. What that keyring says of the same
    device is said again until it ends.
    """
    keys = signing_keys(roots_dir, key_files)
    for key in keys:
        require_same_kind(key, origin)
    roots = read_roots(roots_dir, roots_file)
    register = read_register(register_file, roots, origin)
    before = read_keyring_unverified(previous) if previous else None
    examiners = [*roots.keys, *(before.trained_devices(clock.today()) if before else ())]
    trained = {each.device: each.trained_until for each in (before.reviewers if before else ())}
    try:
        first = week_of(monday_of(from_week) if from_week else clock.today())
        keyrings = draft_keyrings(
            [read_enrolment(file) for file in enrolments],
            register=register,
            weeks=weeks_from(first, weeks),
            previous=before,
            trained=trained | dict(read_training(file, examiners, origin) for file in records),
        )
    except (CannotDraftError, CryptoError, ValueError) as exc:
        raise click.ClickException(str(exc)) from None
    out.mkdir(parents=True, exist_ok=True)
    for keyring in keyrings:
        path = out / f"keyring-{keyring.week}.note"
        create(path, sign_keyring(keyring, *keys), 0o644)
        click.echo(f"{path}: serial {keyring.serial}, {_said(keyring)}")


@command.command()
@click.option("--key", "key_file", required=True, type=file_path, help="Your root key.")
@click.argument("notes", metavar="NOTE...", nargs=-1, required=True, type=file_path)
def cosign(key_file: Path, notes: tuple[Path, ...]) -> None:
    """Show what NOTEs say, keyrings or a register, and, if you agree, add your root's signature."""
    key = signing_key(key_file)
    for path in notes:
        for line in _described(path):
            click.echo(line)
        if click.confirm("Sign it?"):
            path.write_text(add_signature(read_note(path), key), "utf-8")


def _described(path: Path) -> list[str]:
    """What a keyring or a register says, for an officer who decides."""
    try:
        register = Register.parse(read_text_unverified(read_note(path)))
    except MalformedError:
        keyring = read_keyring_unverified(path)
    else:
        return [f"{path}:", *root_members.describe(register)]
    lines = [f"{path}: {keyring.origin}, serial {keyring.serial}, week {keyring.week}"]
    for org in keyring.orgs:
        readers = ", ".join(_described_reviewer(reviewer) for reviewer in org.reviewers)
        until = f" (on probation until {org.probation})" if org.probation else ""
        lines.append(f"  {org.name_ar} ({org.slug}){until}: {readers}")
    return lines


def _described_reviewer(reviewer: Reviewer) -> str:
    until = reviewer.trained_until
    return f"{reviewer.id} (trained until {until})" if until else f"{reviewer.id} (not trained)"


def _said(keyring: Keyring) -> str:
    newcomers = [org.slug for org in keyring.orgs if org.probation]
    said = f"{len(keyring.recipients)} readers"
    untrained = [each.id for each in keyring.reviewers if each.trained_until is None]
    if newcomers:
        said += f"; on probation: {', '.join(newcomers)}"
    return f"{said}; no inbox without training: {', '.join(untrained)}" if untrained else said


@command.command()
@keys_options
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.argument("draft", metavar="RULES", type=file_path)
@click.argument("note", metavar="NOTE", type=new_path)
def rules(
    roots_dir: Path | None, key_files: tuple[Path, ...], yes: bool, draft: Path, note: Path
) -> None:
    """Show the log's RULES and, if you agree, sign them into NOTE, or add to what is there."""
    keys = signing_keys(roots_dir, key_files)
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


for _each in (root_members.admit, root_members.revoke):
    command.add_command(_each)
