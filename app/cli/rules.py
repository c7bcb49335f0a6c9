"""`wasl rules`: what the log binds itself to; the roots sign it with `wasl root rules`."""

from fractions import Fraction
from pathlib import Path

import click

from app.cli.options import data_option
from app.cli.site import load_roots, load_settings, open_database
from app.log import rules as published
from app.log.rules import RulesConflictError
from app.log_keys import load_log_keys, load_policy, load_release_key
from app.settings import Settings, SettingsError
from app.store.engine import Database
from crypto.encoding import decode_decimal
from crypto.errors import CryptoError, MalformedError
from crypto.note import SigningKey
from crypto.tlog.rules import Rules
from crypto.tlog.times import decode_duration

_file = click.Path(path_type=Path, exists=True, dir_okay=False)


class Duration(click.ParamType[int]):
    """`7d` or `90s`, as the rules spell it."""

    name = "duration"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> int:
        try:
            return value if isinstance(value, int) else decode_duration(str(value))
        except ValueError:
            self.fail(f"{value}: write it as 7d or 90s", param, ctx)


DURATION = Duration()


@click.group()
def command() -> None:
    """Rules of the receipt log: keys, witnesses, deadlines. The roots sign them."""


@command.command()
@data_option
@click.option("--slot", type=DURATION, default="1d", show_default=True, help="Time of a batch.")
@click.option("--gap", type=DURATION, help="Longest time between two batches [one slot].")
@click.option("--merge", type=DURATION, default="2d", show_default=True)
@click.option("--stale", type=DURATION, default="3d", show_default=True)
@click.option("--cohort", type=DURATION, default="7d", show_default=True)
@click.option("--ages", type=DURATION, multiple=True, help="When rolls are due [7d 28d 60d].")
@click.option("--cover", default="26 1/2", show_default=True, help="Mean and epsilon.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="[standard output]")
def draft(
    data: Path,
    slot: int,
    gap: int | None,
    merge: int,
    stale: int,
    cohort: int,
    ages: tuple[int, ...],
    cover: str,
    out: Path | None,
) -> None:
    """Write the rules that come next, for the roots to read and sign."""
    settings = load_settings(data)
    mean, epsilon = _cover(cover)
    try:
        rules = draft_rules(
            settings,
            open_database(settings),
            slot=slot,
            gap=gap or slot,
            merge=merge,
            stale=stale,
            cohort=cohort,
            cover_mean=mean,
            cover_epsilon=epsilon,
            **({"ages": ages} if ages else {}),
        )
    except (SettingsError, MalformedError) as exc:
        raise click.ClickException(str(exc)) from None
    if out:
        out.write_text(rules.encode(), "utf-8")
        click.echo(f"{out}: serial {rules.serial}. Next: `wasl root rules`, `wasl rules publish`.")
    else:
        click.echo(rules.encode(), nl=False)


def draft_rules(settings: Settings, database: Database, **chosen: object) -> Rules:
    """The rules that come next for an instance. Raises `SettingsError`, `MalformedLeafError`."""
    roots = load_roots(settings)
    with database.reading() as connection:
        serial, previous = published.successor(connection, roots, settings.origin)
    release = load_release_key(settings)
    promise = SigningKey.parse(settings.promise_key_path.read_text("ascii").removesuffix("\n"))
    return Rules(
        origin=settings.origin,
        serial=serial,
        previous=previous,
        log_keys=load_log_keys(settings).verifiers,
        promise_key=promise.verifier,
        witnesses=load_policy(settings).digest,
        release_keys=(release.verifier,) if release else (),
        **chosen,  # type: ignore[arg-type] # click gave them their types
    )


@command.command()
@data_option
@click.argument("note", type=_file)
def publish(data: Path, note: Path) -> None:
    """Verify rules that the roots have signed, and let the log follow them from now on."""
    settings = load_settings(data)
    roots = load_roots(settings)
    with open_database(settings).transaction() as connection:
        try:
            rules = published.publish(connection, note.read_text("utf-8"), roots, settings.origin)
        except (CryptoError, RulesConflictError, UnicodeDecodeError) as exc:
            raise click.ClickException(f"{note}: {exc or type(exc).__name__}") from None
    click.echo(f"Rules {rules.serial} are in force from the next batch on.")


def _cover(text: str) -> tuple[int, Fraction]:
    try:
        mean, epsilon = text.split(" ")
        return decode_decimal(mean), Fraction(epsilon)
    except (ValueError, ZeroDivisionError):
        raise click.UsageError("--cover: a mean and an epsilon, such as '26 1/2'") from None
