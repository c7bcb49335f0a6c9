"""`wasl retention`: make what has been kept long enough unreadable for good.

The running site does the same once a day; nothing is wrong with doing it beside it.
"""

from pathlib import Path

import click

from app.cli.options import data_option
from app.cli.site import load_settings, open_database
from app.factory import create_site
from app.services import housekeeping
from app.settings import SettingsError
from app.store.storage_keys import StorageKeysError
from app.web import clock
from app.web.state import EXTENSION, SiteState


@click.command()
@data_option
def command(data: Path) -> None:
    """Delete cases whose time is over, and destroy the storage keys of their weeks."""
    settings = load_settings(data)
    database = open_database(settings)
    weeks = settings.cases.retention_weeks
    try:
        state: SiteState = create_site(settings, today=clock.today).extensions[EXTENSION]
        retired = housekeeping.retire(
            database,
            state.blobs,
            today=state.today(),
            retention_weeks=weeks,
            dummy=state.dummy_reply,
        )
    except (SettingsError, StorageKeysError) as exc:
        raise click.ClickException(str(exc)) from None
    click.echo(f"Cases deleted: {retired.cases}")
    click.echo(f"Storage keys destroyed: {', '.join(retired.weeks) or 'none were due'}")
    click.echo(f"Kept from: {housekeeping.oldest_kept(state.today(), weeks)}")
