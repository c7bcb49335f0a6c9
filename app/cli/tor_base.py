"""How the commands about Tor end: with one sentence that names what puts it right."""

from typing import Any

import click

from tor.errors import TorError


class TorCommand(click.Command):
    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except TorError as exc:
            raise click.ClickException(str(exc)) from None
        except OSError as exc:
            raise click.ClickException(f"{exc.filename}: {exc.strerror}") from None


class TorGroup(click.Group):
    command_class = TorCommand
