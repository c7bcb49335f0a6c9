"""How the commands of citizens and reviewers end.

Exit codes: 0 done, 1 refused, 2 the site could not be reached, 3 wrong usage. What went wrong is
said on standard error in both languages; with `--json` standard output gets it as an object too.
"""

from __future__ import annotations

import json
from typing import Any, Final

import click

from app.client.errors import SiteUnreachableError, UnsafeAddressError
from app.client.send import UncertainDeliveryError
from app.client.words import Words, explain
from crypto.errors import MalformedKeyringError

REFUSED: Final = 1
UNREACHABLE: Final = 2
USAGE: Final = 3


class WrongUsageError(click.UsageError):
    """Click's own error, with the exit code of these commands."""

    exit_code = USAGE

    def __init__(self, error: click.UsageError) -> None:
        super().__init__(error.format_message(), error.ctx)


class Command(click.Command):
    """A command that ends as this module says."""

    def explain(self, error: Exception) -> Words | None:
        """Return words for *error*; None lets it crash."""
        return explain(error)

    def make_context(self, *args: Any, **kwargs: Any) -> click.Context:
        try:
            return super().make_context(*args, **kwargs)
        except click.UsageError as error:
            raise WrongUsageError(error) from None

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except click.UsageError as error:
            raise WrongUsageError(error) from None
        except Exception as error:
            words = self.explain(error)
            if words is None:
                raise
            _tell(words, as_json=bool(ctx.params.get("as_json")))
            ctx.exit(_exit_code(error))


class Group(click.Group):
    """A group of such commands."""

    command_class = Command

    def make_context(self, *args: Any, **kwargs: Any) -> click.Context:
        try:
            return super().make_context(*args, **kwargs)
        except click.UsageError as error:
            raise WrongUsageError(error) from None

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            raise WrongUsageError(error) from None


def _exit_code(error: Exception) -> int:
    if isinstance(error, (SiteUnreachableError, UncertainDeliveryError)):
        return UNREACHABLE
    if isinstance(error, (UnsafeAddressError, MalformedKeyringError)):
        return USAGE
    return REFUSED


def _tell(words: Words, *, as_json: bool) -> None:
    click.echo(f"{words.en}\n{words.ar}", err=True)
    if as_json:
        answer = {"error": words.code, "detail": words.en, "detail_ar": words.ar}
        click.echo(json.dumps(answer, ensure_ascii=False))
