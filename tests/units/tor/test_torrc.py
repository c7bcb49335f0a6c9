"""What is written for tor and for OnionBalance, also where a tor lacks something."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tor.errors import TorMissingError, TorrcRefusedError
from tor.onionbalance import render, write_backend
from tor.program import Features, explain, features
from tor.torrc import OnionService, Target, Torrc

OLD = Features("0.4.7.16", has_pow=False)
NEW = Features("0.4.9.11", has_pow=True)


def _torrc(target: str = "unix:/run/wasl/onion.sock", *, is_backend: bool = False) -> Torrc:
    service = OnionService(Path("/srv/tor/site"), Target.parse(target), is_backend)
    return Torrc(Path("/srv/tor/data"), Path("/srv/tor/control"), [service])


def test_the_defence_by_work_is_asked_for_where_tor_has_it() -> None:
    assert "\nHiddenServicePoWDefensesEnabled 1\n" in _torrc().render(NEW)
    assert "HiddenServicePoWDefensesEnabled" not in _torrc().render(OLD)
    assert "# tor 0.4.7.16 was built without" in _torrc().render(OLD)


def test_circuits_are_told_to_a_socket_of_our_own_only() -> None:
    """A program on a TCP port does not know the PROXY line, and others could send it one."""
    assert "HiddenServiceExportCircuitID" in _torrc().render(NEW)
    assert "HiddenServiceExportCircuitID" not in _torrc("127.0.0.1:8080").render(NEW)


@pytest.mark.parametrize("path", ["relative", "/with space", "/new\nline", '/quo"te', "/وصل", "/#"])
def test_a_path_that_tor_would_misread_is_refused(path: str) -> None:
    torrc = Torrc(Path(path), Path("/control"), [])
    with pytest.raises(TorrcRefusedError, match="use an absolute path"):
        torrc.render(NEW)


def test_backends_of_onionbalance_know_their_frontend(tmp_path: Path) -> None:
    write_backend(tmp_path, "first.onion")
    write_backend(tmp_path, "front.onion")

    assert (tmp_path / "ob_config").read_text() == "MasterOnionAddress front.onion\n"
    assert "HiddenServiceOnionbalanceInstance 1" in _torrc(is_backend=True).render(NEW)
    assert "Onionbalance" not in _torrc().render(NEW)


def test_onionbalance_is_told_its_key_and_every_backend() -> None:
    config = json.loads(render(Path("/srv/key"), ["a.onion", "b.onion"]))

    (service,) = config["services"]
    assert service["key"] == "/srv/key"
    assert [each["address"] for each in service["instances"]] == ["a.onion", "b.onion"]


def test_what_tor_says_last_is_what_it_minds() -> None:
    said = (
        "Nov 25 10:00:00.0 [warn] You are running Tor as root.\n"
        "Nov 25 10:00:00.0 [warn] Option 'X' used more than once; all but the last are ignored.\n"
        "Nov 25 10:00:00.0 [warn] Permissions on directory /srv are too permissive.\n"
        "Nov 25 10:00:00.0 [err] Reading config failed--see warnings above.\n"
    )
    assert explain(said) == (
        "tor: Permissions on directory /srv are too permissive. To put it right:"
        " run `chmod 700` on that folder: only tor's user may read it"
    )
    assert "wasl tor setup" in explain("")


def test_a_machine_without_tor_is_told_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(TorMissingError, match="sudo apt install tor"):
        features()
