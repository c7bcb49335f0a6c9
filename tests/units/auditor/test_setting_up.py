"""What an auditor pins, and that nothing is pinned silently."""

from __future__ import annotations

import json

import httpx
import pytest

from app.auditor.errors import SetupError
from app.auditor.source import HttpSource, open_source
from app.cli import audit
from crypto.encoding import encode_base64
from tests.units.auditor.auditors import Auditor
from tests.units.auditor.operators import POLICY, Town
from tests.units.crypto.people import ORIGIN, ROOTS


def test_setting_up_prints_every_key_and_the_checkpoint(town: Town, auditor: Auditor) -> None:
    town.publish(auditor.log)

    started = auditor.init()

    assert started.exit_code == 0
    for key in (*POLICY.log_keys(ORIGIN), *POLICY.witness_keys, *ROOTS.keys):
        assert key.encode() in started.output
    tree = f"{town.log.size}:{encode_base64(town.log.root)}"
    assert f"--trust {tree}" in started.output


def test_a_tree_that_somebody_told_is_checked(town: Town, auditor: Auditor) -> None:
    told = f"{town.log.size}:{encode_base64(town.log.root)}"
    town.days(3)
    town.publish(auditor.log)

    started = auditor.init("--trust", told)

    assert started.exit_code == 0
    assert "compare it with another auditor" not in started.output


def test_another_tree_than_was_told_is_a_finding_and_pins_nothing(
    town: Town, auditor: Auditor
) -> None:
    told = f"{town.log.size}:{encode_base64(bytes(32))}"
    town.days(3)
    town.publish(auditor.log)

    started = auditor.init("--trust", told)

    assert (started.exit_code, started.codes) == (1, ["rewrite"])
    assert not (auditor.state / "auditor.json").exists()


def test_a_log_that_shows_less_than_was_told_cannot_be_checked(
    town: Town, auditor: Auditor
) -> None:
    town.publish(auditor.log)
    told = f"{town.log.size + 1}:{encode_base64(bytes(32))}"
    assert auditor.init("--trust", told).exit_code == 2


def test_a_folder_is_set_up_once(town: Town, auditor: Auditor) -> None:
    town.publish(auditor.log)
    assert auditor.init().exit_code == 0
    assert auditor.init().exit_code == 3


@pytest.mark.parametrize(
    "options",
    [
        pytest.param(["--trust", "12"], id="trust without a root"),
        pytest.param(["--trust", "x:AAAA"], id="trust without a size"),
        pytest.param(["--url", "/nowhere"], id="neither address nor folder"),
        pytest.param(["--url", "ftp://wasl.example/log"], id="another protocol"),
        pytest.param(["--url", "https://user:secret@wasl.example/log"], id="a secret in a URL"),
        pytest.param(["--url", "http://example.onion/log"], id="an onion without Tor"),
        pytest.param(["--policy", "/nowhere"], id="no policy"),
        pytest.param(["--roots", "policy.txt"], id="roots that are none"),
    ],
)
def test_wrong_usage_ends_with_3(
    town: Town, auditor: Auditor, options: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    town.publish(auditor.log)
    monkeypatch.chdir(auditor.folder)
    assert auditor.init(*options).exit_code == 3
    assert not (auditor.state / "auditor.json").exists()


def test_commands_need_a_folder_that_is_set_up(auditor: Auditor) -> None:
    for command in ("sync", "verify", "report", "watch", "canary check"):
        assert auditor.run(command).exit_code == 3
    assert auditor.run("compare", auditor.folder).exit_code == 3


def test_without_roots_those_of_the_site_are_pinned_and_said_to_be(
    town: Town, auditor: Auditor, monkeypatch: pytest.MonkeyPatch
) -> None:
    town.publish(auditor.log)
    intake = json.dumps({"origin": ORIGIN, "roots": ROOTS.encode()}).encode()

    def answer(request: httpx.Request) -> httpx.Response:
        path = request.url.path
        if path == "/api/v1/intake":
            return httpx.Response(200, content=intake)
        return httpx.Response(200, content=(auditor.folder / path.lstrip("/")).read_bytes())

    def over_http(prefix: str, socks: str | None = None) -> HttpSource:
        return HttpSource(prefix, socks, transport=httpx.MockTransport(answer))

    monkeypatch.setattr(audit, "open_source", over_http)
    words = ["--policy", auditor.policy, "--url", "https://wasl.example/log"]

    started = auditor.run("init", *words)

    assert started.exit_code == 0
    assert "came from the site itself" in started.output


def test_a_folder_without_roots_is_refused(town: Town, auditor: Auditor) -> None:
    town.publish(auditor.log)
    started = auditor.run("init", "--policy", auditor.policy, "--url", auditor.log)
    assert started.exit_code == 3


def test_tor_must_be_named_by_host_and_port() -> None:
    with pytest.raises(SetupError):
        open_source("http://example.onion/log", "9050")
