"""`wasl sequence`: the process that writes the receipt log.

Exit status: 0 done, 1 refused (the message says what must be put right), 2 too few witnesses.
"""

import fcntl
import importlib.metadata
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Final

import click

from app.cli.options import data_option
from app.cli.site import confirm, load_roots, load_settings, open_database
from app.log.errors import LogError, UnwitnessedError
from app.log.guard import SignerGuard
from app.log.keys import Instance
from app.log.publication import PublicFolder, Step
from app.log.sequencer import Sequencer
from app.log.witnesses import WitnessClient
from app.log_keys import load_log_keys, load_policy, load_release_key
from app.settings import Settings, SettingsError
from app.store.engine import Database
from app.web import assets, clock
from crypto.keyring import Roots
from crypto.tlog.leaves import Bundle

UNWITNESSED: Final = 2
_PAUSE_SECONDS: Final = 20
"""The longest time between two looks at the clock."""


@click.command()
@data_option
@click.option("--now", is_flag=True, help="Seal what is due, publish it, and end.")
@click.option(
    "--after-outage", is_flag=True, help="The clock is right, though no batch came for days."
)
@click.option(
    "--renew-guard",
    is_flag=True,
    help="Make the signer guard anew; only if no later checkpoint was ever published.",
)
def command(data: Path, now: bool, after_outage: bool, renew_guard: bool) -> None:
    """Seal the log's batches at their slots and publish them, until SIGTERM."""
    settings = load_settings(data)
    roots = load_roots(settings)
    with only_sequencer(settings.data):
        database = open_database(settings)
        try:
            sequencer = open_sequencer(
                settings, roots, database, clock=clock.seconds, after_outage=after_outage
            )
        except SettingsError as exc:
            raise click.ClickException(str(exc)) from None
        confirmed = partial(confirm, settings)
        if now:
            run_once(sequencer, renew_guard, confirmed)
        else:
            _run(sequencer, renew_guard, confirmed)


def open_sequencer(
    settings: Settings,
    roots: Roots,
    database: Database,
    *,
    clock: Callable[[], int],
    step: Step = lambda _: None,
    **more: Any,
) -> Sequencer:
    """The sequencer of the instance in a folder. Raises `SettingsError`."""
    policy = load_policy(settings)
    instance = Instance(
        settings.origin,
        roots,
        load_log_keys(settings),
        policy,
        client=client_bundle(settings.origin),
        release_key=load_release_key(settings),
        legal_orders=settings.log.legal_orders,
    )
    return Sequencer(
        database,
        instance,
        folder=PublicFolder(settings.log_path, step),
        guard=SignerGuard(settings.guard_path),
        witnesses=WitnessClient(policy, socks=settings.log.socks),
        clock=clock,
        step=step,
        **more,
    )


def client_bundle(origin: str) -> Bundle:
    """What this version of the program hands to browsers."""
    version = importlib.metadata.version("wasl")
    return Bundle(origin, version, assets.everything().manifest_digest)


@contextmanager
def only_sequencer(data: Path) -> Iterator[None]:
    """Keep a second sequencer off the folder."""
    with (data / "sequence.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise click.ClickException(f"another `wasl sequence` is using {data}") from None
        yield


def run_once(
    sequencer: Sequencer, renew_guard: bool = False, begun: Callable[[], None] = lambda: None
) -> None:
    """Seal and publish what is due, or end with the reason."""
    try:
        sequencer.begin(renew_guard=renew_guard)
        begun()
        sealed = sequencer.run()
    except UnwitnessedError as exc:
        click.echo(f"Error: {exc}", err=True)
        raise SystemExit(UNWITNESSED) from None
    except LogError as exc:
        raise click.ClickException(str(exc)) from None
    click.echo(f"Batches sealed: {sealed}")


def _run(sequencer: Sequencer, renew_guard: bool, confirmed: Callable[[], None]) -> None:
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    begun, said = False, ""
    while not ended.is_set():
        trouble = ""
        try:
            if not begun:
                sequencer.begin(renew_guard=renew_guard)
                confirmed()
                begun = True
            sequencer.run()
        except UnwitnessedError as exc:
            trouble = str(exc)
        except LogError as exc:
            raise click.ClickException(str(exc)) from None
        if trouble and trouble != said:
            click.echo(f"Waiting: {trouble}", err=True)
        said = trouble
        ended.wait(min(_PAUSE_SECONDS, sequencer.seconds_to_next_slot()))
