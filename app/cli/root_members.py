"""`wasl root admit` and `revoke`: which organisations read, as a register that the roots sign."""

from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Final

import click

from app.cli.root_base import (
    create,
    file_path,
    keys_options,
    new_path,
    read_enrolment,
    read_keyring,
    read_note,
    read_register,
    read_roots,
    roots_option,
    signing_keys,
)
from app.domain.weeks import monday_of, week_of
from app.web import clock
from crypto.errors import CryptoError
from crypto.keyring import Roots
from crypto.membership import (
    PROBATION_WEEKS,
    Member,
    Register,
    Revocation,
    first_register,
    sign_register,
)
from crypto.note import SigningKey

_MAX_WEEKS: Final = 104

_register = click.option(
    "--register", "register_file", type=file_path, help="The newest register; none for the first."
)
_out = click.option("--out", required=True, type=new_path, help="Where the new register goes.")
_yes = click.option("--yes", is_flag=True, help="Do not ask.")


@click.command()
@keys_options
@roots_option
@_register
@click.option(
    "--keyring", "keyring_file", type=file_path, help="This week's keyring: it says who may vouch."
)
@click.option("--origin", help="The instance's origin; for the first register.")
@click.option(
    "--founding",
    "founders",
    multiple=True,
    type=file_path,
    help="A file by `wasl desk enrol` of a founding organisation; for the first register.",
)
@click.option(
    "--probation-weeks",
    default=PROBATION_WEEKS,
    show_default=True,
    type=click.IntRange(1, _MAX_WEEKS),
)
@_out
@_yes
@click.argument("application", required=False, type=file_path)
def admit(
    roots_dir: Path | None,
    key_files: tuple[Path, ...],
    roots_file: Path | None,
    register_file: Path | None,
    keyring_file: Path | None,
    origin: str | None,
    founders: tuple[Path, ...],
    probation_weeks: int,
    out: Path,
    yes: bool,
    application: Path | None,
) -> None:
    """Admit the organisation of APPLICATION, for which two others vouch, on probation.

    The first register is made with --founding and --origin: the roots alone admit its
    organisations, and the public page says so.
    """
    keys, roots = signing_keys(roots_dir, key_files), read_roots(roots_dir, roots_file)
    if application is None:
        if not founders or origin is None or register_file:
            raise click.UsageError("name an APPLICATION; or, to begin, --founding and --origin")
        _sign(_first(origin, founders), None, keys, roots, out, yes=yes)
        return
    if register_file is None or keyring_file is None or founders:
        raise click.UsageError("an APPLICATION needs --register and --keyring, and no --founding")
    before, today = read_register(register_file, roots, origin), clock.today()
    keyring = read_keyring(keyring_file, roots, origin=before.origin, today=today)
    try:
        before.require_admits(keyring, today)
        register = before.admitting(
            read_note(application), keyring, today=today, weeks=probation_weeks
        )
    except CryptoError as exc:
        raise click.ClickException(f"{application}: {exc}") from None
    _sign(register, before, keys, roots, out, yes=yes)


@click.command()
@keys_options
@roots_option
@_register
@click.option("--reason-ar", required=True, help="Why, in one line; it is public.")
@click.option("--reason-en", required=True, help="The same in English.")
@click.option("--at-once", is_flag=True, help="From this week on, not from the next.")
@_out
@_yes
@click.argument("org", metavar="ORG")
def revoke(
    roots_dir: Path | None,
    key_files: tuple[Path, ...],
    roots_file: Path | None,
    register_file: Path | None,
    reason_ar: str,
    reason_en: str,
    at_once: bool,
    out: Path,
    yes: bool,
    org: str,
) -> None:
    """Remove the organisation ORG: keyrings from next week on are without it."""
    keys, roots = signing_keys(roots_dir, key_files), read_roots(roots_dir, roots_file)
    if register_file is None:
        raise click.UsageError("name the newest register with --register")
    before, monday = read_register(register_file, roots), _monday(clock.today(), at_once=at_once)
    try:
        register = before.revoking(org, Revocation(monday, reason_ar, reason_en))
    except CryptoError as exc:
        raise click.ClickException(str(exc)) from None
    _sign(register, before, keys, roots, out, yes=yes)
    click.echo(f"{org} is removed from {monday} on. Next, for the weeks from {week_of(monday)} on:")
    click.echo(f"  wasl root sign --register {out} --from-week {week_of(monday)} --previous …")
    click.echo(f"  wasl keyring publish --register {out} …")


def describe(register: Register, before: Register | None = None) -> list[str]:
    """Lines that say what is new in *register*, for officers who decide whether to sign."""
    lines = [f"{register.origin}, register {register.serial}"]
    known = set(before.members) if before else set()
    for member in register.members:
        if member not in known:
            lines += _member_lines(member)
    return lines


def _member_lines(member: Member) -> list[str]:
    lines = [f"  {member.name_ar} · {member.name_en} ({member.slug}), admitted {member.admitted}"]
    if member.admission is None:
        lines.append("    a founder, admitted by the roots alone")
    else:
        lines.append(f"    vouched for by {', '.join(member.admission.vouched)}")
        lines.append(f"    on probation until {member.admission.probation}")
        lines += [f"    {device.encode()}" for device in member.admission.devices]
    if member.revocation:
        lines.append(
            f"    removed from {member.revocation.on} on: {member.revocation.reason_ar}"
            f" · {member.revocation.reason_en}"
        )
    return lines


def _first(origin: str, founders: Sequence[Path]) -> Register:
    names: dict[str, tuple[str, str]] = {}
    for enrolment in map(read_enrolment, founders):
        found = (enrolment.name_ar, enrolment.name_en)
        if names.setdefault(enrolment.org, found) != found:
            raise click.ClickException(f"{enrolment.org}: its reviewers give it different names")
    try:
        return first_register(origin, clock.today(), names)
    except CryptoError as exc:
        raise click.ClickException(str(exc)) from None


def _monday(today: date, *, at_once: bool) -> date:
    return monday_of(week_of(today)) + timedelta(weeks=0 if at_once else 1)


def _sign(
    register: Register,
    before: Register | None,
    keys: Sequence[SigningKey],
    roots: Roots,
    out: Path,
    *,
    yes: bool,
) -> None:
    """Show what is new and, if the officers agree, write the note."""
    for line in describe(register, before):
        click.echo(line)
    if not yes:
        click.confirm("Compare the keys with those that the people brought. Sign it?", abort=True)
    out.parent.mkdir(parents=True, exist_ok=True)
    create(out, sign_register(register, *keys), 0o644)
    missing = roots.quorum - len({key.verifier for key in keys} & set(roots.keys))
    if missing > 0:
        click.echo(f"{out}: {missing} more must sign it: `wasl root cosign`")
    else:
        click.echo(f"{out}: signed")
