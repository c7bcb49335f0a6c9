"""A closed onion service stays closed, and a reviewer's private half stays with the reviewer."""

from __future__ import annotations

from base64 import b32decode
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from tests.stack import wasl
from tor.client_auth import AuthorisedClients, ClientKey
from tor.errors import MalformedClientKeyError

ADDRESS = "25njqamcweflpvkl73j4szahhihoc4xt3ktcgjnpaingr5yhkenl5sid.onion"


def _bytes(line: str) -> bytes:
    return b32decode(line.strip().rpartition(":")[2] + "====")


def test_the_two_lines_are_halves_of_one_key() -> None:
    key = ClientKey.generate()
    private, public = key.encode(ADDRESS), key.public

    assert private.startswith(ADDRESS.removesuffix(".onion") + ":descriptor:x25519:")
    assert public.startswith("descriptor:x25519:")
    derived = X25519PrivateKey.from_private_bytes(_bytes(private)).public_key()
    assert derived.public_bytes_raw() == _bytes(public)


def test_a_service_stays_closed_when_the_last_reviewer_leaves(tmp_path: Path) -> None:
    """tor opens a service to everybody when no client is authorised."""
    clients = AuthorisedClients(tmp_path)
    assert not clients.is_closed
    clients.add("amal-1", ClientKey.generate().public)
    clients.add("basil", ClientKey.generate().public)
    assert clients.names() == ["amal-1", "basil"]
    for name in ("amal-1", "basil"):
        clients.revoke(name)

    assert clients.names() == []
    assert clients.is_closed


def test_a_name_is_given_once_and_is_no_path(tmp_path: Path) -> None:
    clients = AuthorisedClients(tmp_path)
    clients.add("amal-1", ClientKey.generate().public)
    first = (tmp_path / "authorized_clients" / "amal-1.auth").read_text()

    with pytest.raises(FileExistsError):
        clients.add("amal-1", ClientKey.generate().public)
    for name in ("../x", "", "Amal", "a/b", ".hidden", "nobody", "a" * 33, "a\n"):
        with pytest.raises(MalformedClientKeyError):
            clients.add(name, ClientKey.generate().public)
    with pytest.raises(FileNotFoundError):
        clients.revoke("nobody")
    assert (tmp_path / "authorized_clients" / "amal-1.auth").read_text() == first


WRONG_KEYS = {
    "nothing": lambda key: key[:0],
    "without its kind": lambda key: key.rpartition(":")[2],
    "small letters": lambda key: key.lower(),
    "cut": lambda key: key[:-1],
    "padded": lambda key: key + "====",
    "two lines": lambda key: f"{key}\n{key}",
    "spare bits": lambda key: key[:-1] + chr(ord(key[-1]) + 1),
    "a private line": lambda key: f"{ADDRESS[:56]}:{key}",
}


@pytest.mark.parametrize("spoil", WRONG_KEYS.values(), ids=WRONG_KEYS)
def test_a_public_key_has_one_spelling(tmp_path: Path, spoil: object) -> None:
    assert callable(spoil)
    with pytest.raises(MalformedClientKeyError):
        AuthorisedClients(tmp_path).add("amal-1", spoil(ClientKey.generate().public))


def test_a_key_is_for_one_v3_address() -> None:
    for address in ("", "example.org", "a.onion", ADDRESS.upper(), f"http://{ADDRESS}"):
        with pytest.raises(MalformedClientKeyError):
            ClientKey.generate().encode(address)


def test_by_hand_the_operator_never_sees_the_private_half(tmp_path: Path) -> None:
    file, service = tmp_path / "keys" / "amal-1.auth_private", tmp_path / "desk"
    service.mkdir()
    made = wasl("tor", "client-auth", "key", file, "--onion", ADDRESS)
    public = made.stdout.strip()
    added = wasl("tor", "client-auth", "add", service, "amal-1", public)
    listed = wasl("tor", "client-auth", "list", service)
    revoked = wasl("tor", "client-auth", "revoke", service, "amal-1")

    assert (made.returncode, added.returncode, listed.stdout) == (0, 0, "amal-1\n"), added.stderr
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.read_text().strip().rpartition(":")[2] not in made.stdout
    assert "RESTARTED" in revoked.stdout
    assert wasl("tor", "client-auth", "list", service).stdout == ""
