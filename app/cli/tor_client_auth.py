"""`wasl tor client-auth`: which reviewers reach the desk's onion.

The reviewer makes the key; the operator is handed its public half and never sees the other.
"""

from pathlib import Path

import click

from app.cli.tor_base import TorGroup
from tor.client_auth import AuthorisedClients, ClientKey
from tor.onion import write_private

_service = click.argument(
    "service", metavar="SERVICE", type=click.Path(path_type=Path, exists=True, file_okay=False)
)


@click.group("client-auth", cls=TorGroup)
def client_auth() -> None:
    """Who reaches a closed onion service. SERVICE is its folder, such as DIR/desk."""


@client_auth.command()
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--onion", "address", required=True, help="The service's address, ….onion.")
def key(file: Path, address: str) -> None:
    """For the reviewer: make a key in FILE, whose name ends in .auth_private.

    Prints the public half, for the operator. tor reads FILE from its ClientOnionAuthDir.
    """
    if file.suffix != ".auth_private":
        raise click.UsageError("tor reads only files whose name ends in .auth_private")
    made = ClientKey.generate()
    line = made.encode(address)
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_private(file, line.encode())
    click.echo(made.public)


@client_auth.command()
@_service
@click.argument("name")
@click.argument("public", metavar="PUBLIC-KEY")
def add(service: Path, name: str, public: str) -> None:
    """Let the reviewer NAME in, who holds the other half of PUBLIC-KEY."""
    AuthorisedClients(service).add(name, public)
    click.echo(f"{name} may reach this service once tor was told: `systemctl reload tor`.")


@client_auth.command()
@_service
@click.argument("name")
def revoke(service: Path, name: str) -> None:
    """Shut the reviewer NAME out."""
    AuthorisedClients(service).revoke(name)
    # A client that has fetched the descriptor still gets in through the old introduction points.
    click.echo(f"{name} is out once tor was RESTARTED; a reload is not enough:")
    click.echo("  systemctl restart tor")


@client_auth.command("list")
@_service
def list_command(service: Path) -> None:
    """Name who may reach this service."""
    clients = AuthorisedClients(service)
    for name in clients.names():
        click.echo(name)
    if not clients.is_closed:
        click.echo("EVERYBODY: this service asks for no authorisation.", err=True)
