"""What people do over Tor, in a real network of authorities, relays, client and onion services.

The tests run in this order; the last one kills what the others use.
"""

from __future__ import annotations

import json
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from secrets import token_hex

import httpx
import psutil

from tests.browser.journey import Reviewer
from tests.onion.conftest import OverTor
from tests.onion.visitors import (
    Browsers,
    comes_back,
    reads_a_topic,
    seals_and_keeps_the_code,
    writes,
)
from tests.stack import wasl

TOPIC = "water-strategy"
FLOOD = 90
"""The demo lets one client ask a mailbox 60 times a minute."""
DEATH_SECONDS = 15
UPLOAD_SECONDS = 90
MIDDLE, ALL_PARTS = 8, 20
"""Of the parts of 1 MiB that the picture is sent in."""


def test_tor_says_that_both_services_are_published(over_tor: OverTor) -> None:
    said = wasl("tor", "status", over_tor.instance.root, "--json")

    assert said.returncode == 0, said.stdout
    status = json.loads(said.stdout)
    assert status["bootstrapped"] == 100
    for service in status["services"].values():
        assert service["published"]
        assert service["introduction_points"] >= 3


def test_a_citizen_sends_and_follows_over_tor(over_tor: OverTor, tmp_path: Path) -> None:
    text, more, code = (tmp_path / name for name in ("view.txt", "more.txt", "code.txt"))
    text.write_text("الماء ينقطع يومين في الأسبوع", "utf-8")
    more.write_text("وهذا في الصيف أيضا", "utf-8")
    to_site = (over_tor.site, "--socks", over_tor.socks, "--json")

    sent = wasl("send", *to_site, "--topic", TOPIC, "--text-file", text)
    assert sent.returncode == 0, sent.stderr
    code.write_text(json.loads(sent.stdout)["digits"], "utf-8")
    written = wasl("follow", *to_site, "--code-file", code, "--message-file", more)
    read = wasl("follow", *to_site, "--code-file", code)

    assert (written.returncode, read.returncode) == (0, 0), written.stderr + read.stderr
    assert json.loads(read.stdout)["status"] == "received"


def test_people_write_and_read_answers_in_every_browser_over_tor(
    over_tor: OverTor, browsers: Browsers, reviewer: Reviewer
) -> None:
    """Chromium, and Firefox set as Tor Browser at each of its levels; the last runs no script.

    Each comes with nothing but the code of the one before. Whoever takes the device away from
    Firefox while it runs finds nothing of the visits on its disk.
    """
    secrets = [over_tor.site.removeprefix("http://").removesuffix(".onion")]
    code = answer = ""
    for kind in ("chromium", "standard", "safer", "safest"):
        text = f"الماء ينقطع يومين في الأسبوع {kind}"
        with browsers.visitor(kind) as visitor:
            if code:
                comes_back(visitor, over_tor.site, code)
                assert visitor.texts("#replies .text") == [answer], kind
            reads_a_topic(visitor, over_tor.site)
            writes(visitor, text, javascript=kind != "safest")
            code = seals_and_keeps_the_code(visitor)
            assert visitor.complaints() == [], kind
        answer = f"شكرا. في أي شهر؟ {kind}"
        reviewer.syncs()
        reviewer.opens_the_case_with(text)
        reviewer.replies(answer, "question")
        secrets += [text, code, answer]
    with browsers.visitor("chromium") as visitor:
        comes_back(visitor, over_tor.site, code)
        assert visitor.texts("#replies .text") == [answer]
    for profile in browsers.profiles:
        _keeps_nothing(profile, *secrets)


def _keeps_nothing(profile: Path, *words: str) -> None:
    secrets = [each for word in words for each in _spellings(word)]
    for path in profile.rglob("*"):
        kept = path.read_bytes() if path.is_file() else b""
        assert not any(secret in kept for secret in secrets), path


def _spellings(text: str) -> list[bytes]:
    return [text.encode("utf-8"), text.encode("utf-16-le")]


def test_pages_over_tor_do_not_speak_of_tls_and_the_open_web_names_the_onion(
    over_tor: OverTor,
) -> None:
    with httpx.Client(proxy=over_tor.proxy("reader"), timeout=60) as client:
        onion = client.get(f"{over_tor.site}/en/safety")
    clearnet = httpx.get(f"{over_tor.stack.site}/en/safety")

    assert onion.status_code == 200
    assert "Connection now: through Tor" in onion.text
    assert "Onion-Location" not in onion.headers
    assert "Strict-Transport-Security" not in onion.headers
    assert "Connection now: ordinary" in clearnet.text
    assert clearnet.headers["Onion-Location"] == f"{over_tor.site}/en/safety"


def test_the_doctor_finds_nothing_over_tor(over_tor: OverTor) -> None:
    ended = wasl("doctor", over_tor.site, "--socks", over_tor.socks, "--json")

    assert json.loads(ended.stdout)["findings"] == []
    assert ended.returncode == 0


def test_a_circuit_that_floods_is_limited_and_another_is_not(over_tor: OverTor) -> None:
    def asks(person: str, times: int) -> list[int]:
        with httpx.Client(proxy=over_tor.proxy(person), timeout=60) as client:
            url = f"{over_tor.site}/api/v1/mailbox"
            return [client.post(url, json={}).status_code for _ in range(times)]

    flood = asks("flood", FLOOD)
    assert flood[0] == 422
    assert flood[-1] == 429
    assert asks("flood", 1) == [429], "another connection on the same circuit"
    assert asks("honest", 3) == [422] * 3


def test_only_reviewers_whose_key_was_added_reach_the_desks_onion(over_tor: OverTor) -> None:
    (key,) = over_tor.client_keys.glob("*.auth_private")
    kept = key.read_bytes()
    over_tor.client_forgets_its_key()
    assert not _reaches_desk(over_tor), "a stranger reached the desk's onion"

    key.write_bytes(kept)
    over_tor.client_reads_its_keys()
    over_tor.client_starts_afresh()
    assert _comes_to_reach_desk(over_tor)
    assert _cases_at_the_desk(over_tor) > 0

    service = over_tor.instance.service("desk")
    assert wasl("tor", "client-auth", "revoke", service, key.stem).returncode == 0
    over_tor.operator_restarts_tor()
    assert not _reaches_desk(over_tor), "the last reviewer's leaving opened the door"
    assert httpx.get(over_tor.site, proxy=over_tor.proxy("citizen"), timeout=60).is_success

    over_tor.client_forgets_its_key()
    address = over_tor.desk.removeprefix("http://")
    public = wasl("tor", "client-auth", "key", key, "--onion", address).stdout.strip()
    assert wasl("tor", "client-auth", "add", service, "amal-9", public).returncode == 0
    over_tor.operator_reloads_tor()
    over_tor.client_reads_its_keys()
    over_tor.client_starts_afresh()
    assert _comes_to_reach_desk(over_tor), "a new key was not let in after a reload"


def test_a_program_goes_on_with_20_mb_where_a_torn_circuit_left_it(
    over_tor: OverTor, picture: Path, tmp_path: Path
) -> None:
    text = tmp_path / "view.txt"
    text.write_text("الصورة من شارعنا", "utf-8")
    way = ("--socks", over_tor.socks, "--topic", TOPIC, "--text-file", text, "--attach", picture)
    before = over_tor.bytes_received()
    with ThreadPoolExecutor() as pool:
        sending = pool.submit(wasl, "send", over_tor.site, *way)
        _loses_its_circuits_in_the_middle(over_tor)
        sent = sending.result()

    assert sent.returncode == 0, sent.stderr
    assert _is_about_one(over_tor.bytes_received() - before, picture)


def test_a_browser_goes_on_with_20_mb_where_a_torn_circuit_left_it(
    over_tor: OverTor, browsers: Browsers, picture: Path
) -> None:
    before = over_tor.bytes_received()
    with browsers.visitor("chromium") as citizen:
        reads_a_topic(citizen, over_tor.site)
        citizen.attaches("#attachments", picture)
        writes(citizen, "الصورة من شارعنا")
        citizen.clicks("#send")
        _loses_its_circuits_in_the_middle(over_tor)
        citizen.waits_for("#words bdi")

    assert _is_about_one(over_tor.bytes_received() - before, picture)


def _loses_its_circuits_in_the_middle(over_tor: OverTor) -> None:
    deadline = time.monotonic() + UPLOAD_SECONDS
    while over_tor.parts_arrived() < MIDDLE:
        assert time.monotonic() < deadline, "the upload did not get under way"
        time.sleep(0.02)
    over_tor.client_loses_its_circuits()
    assert over_tor.parts_arrived() < ALL_PARTS, "too late to tear anything"


def _is_about_one(received: int, picture: Path) -> bool:
    """Beginning anew would have made 1.4 times the file of it; a torn part comes again."""
    return picture.stat().st_size < received < 1.2 * picture.stat().st_size


def test_the_network_ends_with_the_program_that_started_it(over_tor: OverTor) -> None:
    """Not one of its processes or files outlives a demo that was killed."""
    demo = psutil.Process(over_tor.stack.process.pid)
    (network,) = [each for each in demo.children() if "testnet" in each.cmdline()]
    pids = [network.pid, *(each.pid for each in network.children())]
    assert len(pids) > 6
    over_tor.stack.process.kill()
    over_tor.stack.process.wait()

    deadline = time.monotonic() + DEATH_SECONDS
    while alive := [pid for pid in pids if psutil.pid_exists(pid)]:
        assert time.monotonic() < deadline, alive
        time.sleep(0.1)
    assert not Path(over_tor.facts["client_control"]).parents[1].exists()


def _reaches_desk(over_tor: OverTor) -> bool:
    """Whether the desk's onion takes a connection, on a circuit of its own, within seconds.

    SOCKS by hand (RFC 1928, 1929): httpx leaves the socket open where a proxy refuses.
    """
    host, _, port = over_tor.socks.partition(":")
    name, person = over_tor.desk.removeprefix("http://").encode(), token_hex(8).encode()
    try:
        with socket.create_connection((host, int(port)), timeout=15) as proxy:
            for request, answer_bytes in (
                (b"\5\1\2", 2),
                (b"\1" + _counted(person) + _counted(b"x"), 2),
                (b"\5\1\0\3" + _counted(name) + (80).to_bytes(2, "big"), 10),
            ):
                proxy.sendall(request)
                answer = proxy.recv(answer_bytes)
            return answer[1:2] == b"\0"
    except TimeoutError:
        return False


def _counted(text: bytes) -> bytes:
    return bytes([len(text)]) + text


def _comes_to_reach_desk(over_tor: OverTor) -> bool:
    """tor publishes a descriptor for a new client, and clients fetch it, within seconds."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if _reaches_desk(over_tor):
            return True
        time.sleep(0.5)
    return False


def _cases_at_the_desk(over_tor: OverTor) -> int:
    """What a reviewer finds who has connected her desk to its onion."""
    desk = over_tor.stack.facts["desks"]["amal-2"]
    passphrase = ("--passphrase-file", over_tor.stack.folder / "passphrase")
    roots = ("--roots", Path(over_tor.stack.facts["roots"]), "--socks", over_tor.socks)
    for done in (
        wasl("desk", "connect", desk, over_tor.desk, *roots, *passphrase),
        wasl("desk", "sync", desk, *passphrase),
    ):
        assert done.returncode == 0, done.stderr
    listed = wasl("desk", "list", desk, *passphrase, "--json")
    return len(json.loads(listed.stdout)["cases"])
