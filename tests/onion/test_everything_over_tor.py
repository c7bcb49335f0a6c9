"""What people do over Tor, in a real network of authorities, relays, clients and onion services.

Most of it happens at the same time. What harms others comes after that, in the order of this
file; the last test kills what all of them use.
"""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from secrets import token_bytes, token_hex

import httpx
import psutil
import pytest

from app.client.send import Sender
from app.client.site import Site
from app.client.trust import trust
from app.web.clock import today
from crypto.about import About
from crypto.counterfoil import Counterfoil
from crypto.envelope import Section
from crypto.handing import Batch, Words, seal_handing
from crypto.keys import CitizenKeys
from tests.onion.conftest import Client, OverTor
from tests.onion.firefox import Firefox
from tests.onion.reviewer import Reviewer
from tests.onion.side_by_side import side_by_side
from tests.onion.visitors import (
    Visitor,
    chromium,
    comes_back,
    reads_a_topic,
    seals_and_keeps_the_code,
    writes,
)
from tests.stack import wasl

TOPIC = "water-strategy"
ALLOWED = 60
"""The demo lets one client ask a mailbox so many times a minute."""
FLOOD = 90
DEATH_SECONDS = 15
UPLOAD_SECONDS = 90
MIDDLE = 0.4
"""How much of an upload has left when its circuits break."""


@side_by_side
def test_tor_says_that_both_services_are_published(over_tor: OverTor) -> None:
    said = wasl("tor", "status", over_tor.instance.root, "--json")

    assert said.returncode == 0, said.stdout
    status = json.loads(said.stdout)
    assert status["bootstrapped"] == 100
    for service in status["services"].values():
        assert service["published"]
        assert service["introduction_points"] >= 3


@side_by_side
def test_a_citizen_sends_and_follows_over_tor(
    over_tor: OverTor, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("citizen")
    text, more, code = (folder / name for name in ("view.txt", "more.txt", "code.txt"))
    text.write_text("الماء ينقطع يومين في الأسبوع", "utf-8")
    more.write_text("وهذا في الصيف أيضا", "utf-8")
    to_site = (over_tor.site, "--socks", over_tor.client.socks, "--json")

    sent = wasl("send", *to_site, "--topic", TOPIC, "--text-file", text)
    assert sent.returncode == 0, sent.stderr
    code.write_text(json.loads(sent.stdout)["digits"], "utf-8")
    written = wasl("follow", *to_site, "--code-file", code, "--message-file", more)
    read = wasl("follow", *to_site, "--code-file", code)

    assert (written.returncode, read.returncode) == (0, 0), written.stderr + read.stderr
    assert json.loads(read.stdout)["status"] == "received"


@side_by_side
def test_a_batch_of_a_field_partner_is_handed_in_over_tor_and_once(
    over_tor: OverTor, tmp_path_factory: pytest.TempPathFactory
) -> None:
    batch = tmp_path_factory.mktemp("partner") / "batch.wasl"
    with Site(over_tor.site, over_tor.client.socks) as site:
        trusted = trust(site.intake(), None, today=today())
    words = Words(TOPIC, "ar", (Section("problem", "الماء ينقطع"),), "tablet", About("north"))
    halves = [Counterfoil.of(CitizenKeys(token_bytes(32)), trusted.roots.hash) for _ in range(2)]
    handings = [seal_handing(half, words, (), trusted.keyring) for half in halves]
    batch.write_bytes(Batch.of(trusted.origin, handings).encode())
    hand_in = ("send", over_tor.site, "--socks", over_tor.client.socks, "--json", "--now")

    first = wasl(*hand_in, "--batch", batch)
    again = wasl(*hand_in, "--batch", batch)

    assert (first.returncode, again.returncode) == (0, 0), first.stderr + again.stderr
    assert json.loads(first.stdout)["accepted"] == 2
    assert (json.loads(again.stdout)["accepted"], json.loads(again.stdout)["before"]) == (0, 2)


@side_by_side
def test_people_write_and_read_answers_in_chromium_over_tor(
    over_tor: OverTor, reviewer: Reviewer
) -> None:
    _writes_and_reads_the_answer(chromium(), over_tor, reviewer)


@side_by_side
def test_people_write_and_read_answers_in_tor_browser_at_standard(
    over_tor: OverTor, reviewer: Reviewer, tmp_path_factory: pytest.TempPathFactory
) -> None:
    _uses_tor_browser("standard", over_tor, reviewer, tmp_path_factory)


@side_by_side
def test_people_write_and_read_answers_in_tor_browser_at_safer(
    over_tor: OverTor, reviewer: Reviewer, tmp_path_factory: pytest.TempPathFactory
) -> None:
    _uses_tor_browser("safer", over_tor, reviewer, tmp_path_factory)


@side_by_side
def test_people_write_and_read_answers_in_tor_browser_at_safest(
    over_tor: OverTor, reviewer: Reviewer, tmp_path_factory: pytest.TempPathFactory
) -> None:
    _uses_tor_browser("safest", over_tor, reviewer, tmp_path_factory)


def _uses_tor_browser(
    level: str, over_tor: OverTor, reviewer: Reviewer, folders: pytest.TempPathFactory
) -> None:
    """Whoever takes the device away while Firefox runs finds nothing of the visits on its disk."""
    profile = folders.mktemp("firefox") / "profile"
    secrets = _writes_and_reads_the_answer(
        Firefox(profile, level), over_tor, reviewer, javascript=level != "safest"
    )
    onion = over_tor.site.removeprefix("http://").removesuffix(".onion")
    _keeps_nothing(profile, onion, *secrets)


def _writes_and_reads_the_answer(
    browser: AbstractContextManager[Visitor],
    over_tor: OverTor,
    reviewer: Reviewer,
    *,
    javascript: bool = True,
) -> tuple[str, ...]:
    """What was written, its code, and what came back to whoever had nothing but that code."""
    text, answer = (f"{words} {token_hex(4)}" for words in ("الماء ينقطع", "في أي شهر؟"))
    with browser as visitor:
        visitor.goes_through(over_tor.client.socks)
        reads_a_topic(visitor, over_tor.site)
        writes(visitor, text, javascript=javascript)
        code = seals_and_keeps_the_code(visitor)
        visitor.begins_anew()
        reviewer.answers(text, answer)
        comes_back(visitor, over_tor.site, code)
        assert visitor.texts("#replies .text") == [answer]
        assert visitor.complaints() == []
    return text, code, answer


def _keeps_nothing(profile: Path, *words: str) -> None:
    secrets = [each for word in words for each in _spellings(word)]
    for path in profile.rglob("*"):
        kept = path.read_bytes() if path.is_file() else b""
        assert not any(secret in kept for secret in secrets), path


def _spellings(text: str) -> list[bytes]:
    return [text.encode("utf-8"), text.encode("utf-16-le")]


@side_by_side
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


@side_by_side
def test_the_doctor_finds_nothing_over_tor(over_tor: OverTor) -> None:
    ended = wasl("doctor", over_tor.site, "--socks", over_tor.client.socks, "--json")

    assert json.loads(ended.stdout)["findings"] == []
    assert ended.returncode == 0


@side_by_side
def test_a_circuit_that_floods_is_limited_and_another_is_not(over_tor: OverTor) -> None:
    def asks(person: str, times: int) -> list[int]:
        with httpx.Client(proxy=over_tor.proxy(person), timeout=60) as client:
            url = f"{over_tor.site}/api/v1/mailbox"
            return [client.post(url, json={}).status_code for _ in range(times)]

    flood = asks("flood", FLOOD)
    assert flood[:ALLOWED] == [422] * ALLOWED
    # On a slow machine the budget of a minute grows again meanwhile, but not to all of it.
    assert 429 in flood
    assert 429 in asks("flood", FLOOD // 3), "another connection on the same circuit"
    assert asks("honest", 3) == [422] * 3


@side_by_side
def test_only_reviewers_whose_key_was_added_reach_the_desks_onion(over_tor: OverTor) -> None:
    with over_tor.another_client() as client:
        assert not _reaches_desk(over_tor, client), "a stranger reached the desk's onion"

        (key,) = over_tor.client.keys.glob("*.auth_private")
        (client.keys / key.name).write_bytes(key.read_bytes())
        client.reads_its_keys()
        client.starts_afresh()
        assert _comes_to_reach_desk(over_tor, client)
        _somebody_sends(over_tor)
        assert _cases_at_the_desk(over_tor, client) > 0


@side_by_side
def test_a_program_goes_on_with_20_mb_where_a_torn_circuit_left_it(
    over_tor: OverTor, picture: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    text = tmp_path_factory.mktemp("program") / "view.txt"
    text.write_text("الصورة من شارعنا", "utf-8")
    what = ("--topic", TOPIC, "--text-file", text, "--attach", picture)
    with (
        over_tor.another_client() as client,
        ThreadPoolExecutor() as pool,
        _comes_to_one(picture, client),
    ):
        sending = pool.submit(wasl, "send", over_tor.site, "--socks", client.socks, *what)
        _loses_its_circuits_in_the_middle(client, picture)
        sent = sending.result()
        assert sent.returncode == 0, sent.stderr


@side_by_side
def test_a_browser_goes_on_with_20_mb_where_a_torn_circuit_left_it(
    over_tor: OverTor, picture: Path
) -> None:
    with chromium() as citizen, over_tor.another_client() as client:
        citizen.goes_through(client.socks)
        reads_a_topic(citizen, over_tor.site)
        citizen.attaches("#attachments", picture)
        writes(citizen, "الصورة من شارعنا")
        with _comes_to_one(picture, client):
            citizen.clicks("#send")
            _loses_its_circuits_in_the_middle(client, picture)
            citizen.waits_for("#words bdi")


@contextmanager
def _comes_to_one(picture: Path, client: Client) -> Iterator[None]:
    """Beginning anew would make 1.4 times the file of what is sent; a torn part goes again."""
    before = client.bytes_sent()
    yield
    assert 1 < (client.bytes_sent() - before) / picture.stat().st_size < 1.2


def _loses_its_circuits_in_the_middle(client: Client, picture: Path) -> None:
    before = client.bytes_sent()
    size = picture.stat().st_size
    deadline = time.monotonic() + UPLOAD_SECONDS
    while client.bytes_sent() - before < MIDDLE * size:
        assert time.monotonic() < deadline, "the upload did not get under way"
        time.sleep(0.02)
    client.loses_its_circuits()
    assert client.bytes_sent() - before < size, "too late to tear anything"


def test_whoever_lost_her_place_at_the_desk_is_kept_out_and_a_new_key_is_let_in(
    over_tor: OverTor,
) -> None:
    client, service = over_tor.client, over_tor.instance.service("desk")
    assert _comes_to_reach_desk(over_tor, client)
    (key,) = client.keys.glob("*.auth_private")
    assert wasl("tor", "client-auth", "revoke", service, key.stem).returncode == 0
    over_tor.operator_restarts_tor()
    client.starts_afresh()
    assert not _reaches_desk(over_tor, client), "the last reviewer's leaving opened the door"
    assert httpx.get(over_tor.site, proxy=over_tor.proxy("citizen"), timeout=60).is_success

    address = over_tor.desk.removeprefix("http://")
    client.forgets_its_key(address)
    public = wasl("tor", "client-auth", "key", key, "--onion", address).stdout.strip()
    assert wasl("tor", "client-auth", "add", service, "amal-9", public).returncode == 0
    over_tor.operator_reloads_tor()
    client.reads_its_keys()
    client.starts_afresh()
    assert _comes_to_reach_desk(over_tor, client), "a new key was not let in after a reload"


def test_the_network_ends_with_the_program_that_started_it(over_tor: OverTor) -> None:
    """Not one of its processes or files outlives a demo that was killed."""
    control = over_tor.client.control
    demo = psutil.Process(over_tor.stack.process.pid)
    (network,) = [each for each in demo.children() if "testnet" in each.cmdline()]
    pids = [network.pid, *(each.pid for each in network.children())]
    assert len(pids) > 6
    over_tor.kill_the_demo()

    deadline = time.monotonic() + DEATH_SECONDS
    while alive := [pid for pid in pids if psutil.pid_exists(pid)]:
        assert time.monotonic() < deadline, alive
        time.sleep(0.1)
    assert not control.parents[1].exists()


def _reaches_desk(over_tor: OverTor, client: Client) -> bool:
    """Whether the desk's onion takes a connection, on a circuit of its own, within seconds.

    SOCKS by hand (RFC 1928, 1929): httpx leaves the socket open where a proxy refuses.
    """
    host, _, port = client.socks.partition(":")
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


def _comes_to_reach_desk(over_tor: OverTor, client: Client) -> bool:
    """tor publishes a descriptor for a new client, and clients fetch it, within seconds."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if _reaches_desk(over_tor, client):
            return True
        time.sleep(0.5)
    return False


def _somebody_sends(over_tor: OverTor) -> None:
    """In the open web, where nothing keeps it waiting."""
    with Site(over_tor.stack.site) as site:
        Sender(site, today(), roots=Path(over_tor.stack.facts["roots"]).read_text("utf-8")).send(
            TOPIC, "ماء", []
        )


def _cases_at_the_desk(over_tor: OverTor, client: Client) -> int:
    """What a reviewer finds who has connected her desk to its onion."""
    desk = over_tor.stack.facts["desks"]["amal-2"]
    passphrase = ("--passphrase-file", over_tor.stack.folder / "passphrase")
    roots = ("--roots", Path(over_tor.stack.facts["roots"]), "--socks", client.socks)
    for done in (
        wasl("desk", "connect", desk, over_tor.desk, *roots, *passphrase),
        wasl("desk", "sync", desk, *passphrase),
    ):
        assert done.returncode == 0, done.stderr
    listed = wasl("desk", "list", desk, *passphrase, "--json")
    return len(json.loads(listed.stdout)["cases"])
