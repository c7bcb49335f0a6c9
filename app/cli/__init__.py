"""`wasl`: one command group whose commands load only when they are called.

Each role is a boundary: `wasl desk` must not import the server, nor `wasl serve` the desk,
so this module imports neither.
"""

import gc
import sys
from importlib import import_module
from types import ModuleType
from typing import Final

import click

_COMMANDS: Final = {
    "agencies": "app.cli.agencies:command",
    "audit": "app.cli.audit:command",
    "backup": "app.cli.backup:backup_command",
    "campaign": "app.cli.campaign:command",
    "clean": "app.cli.clean:command",
    "demo": "app.cli.demo:command",
    "courier": "app.cli.courier:command",
    "desk": "app.cli.desk:command",
    "doctor": "app.cli.doctor:command",
    "field": "app.cli.field:command",
    "follow": "app.cli.follow:command",
    "init": "app.cli.init:command",
    "keyring": "app.cli.keyring:command",
    "report": "app.cli.report:command",
    "restore": "app.cli.backup:restore_command",
    "retention": "app.cli.retention:command",
    "root": "app.cli.root:command",
    "lockdown": "app.cli.lockdown:command",
    "rules": "app.cli.rules:command",
    "scan": "app.cli.scan:command",
    "send": "app.cli.send:command",
    "sequence": "app.cli.sequence:command",
    "serve": "app.cli.serve:command",
    "topics": "app.cli.topics:command",
    "tor": "app.cli.tor:command",
    "training": "app.cli.training:command",
    "witness": "app.cli.witness:command",
}


class _LazyGroup(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 click's signature
        return sorted(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in _COMMANDS:
            return None
        module, attribute = _COMMANDS[cmd_name].split(":")
        command = getattr(_load(module), attribute)
        assert isinstance(command, click.Command)  # noqa: S101 a wrong table is a bug
        return command


def _load(name: str) -> ModuleType:
    """Import a command with all it needs; that takes most of the time of a short one."""
    # httpx has a command of its own, which draws with rich, and does without if it is not there.
    sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]
    # What is loaded stays: nothing of it is garbage, now or later.
    gc.disable()
    try:
        return import_module(name)
    finally:
        gc.freeze()
        gc.enable()


@click.group(cls=_LazyGroup)
@click.version_option(package_name="wasl", prog_name="wasl")
def main() -> None:
    """Wasl (وصل): sealed opinions from citizens, read by the organisations they trust."""
