"""Keys under a receipt code: standard derivations, and each for one purpose."""

import threading
import time

import pytest
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC

from crypto.encoding import expand, sha256
from crypto.errors import MalformedKeyError
from crypto.keys import CitizenKeys, Lane, Thread, derive_root
from crypto.receipt import ReceiptCode
from tests.units.crypto.people import LINA, OTHER_CITIZEN, ROOTS

CODE = ReceiptCode(bytes(range(10)))


def test_the_root_is_pbkdf2_over_the_code_and_the_instance() -> None:
    expected = PBKDF2HMAC(SHA256(), 32, b"wasl/receipt/v1" + ROOTS.hash, 600_000)
    assert derive_root(CODE, ROOTS.hash) == expected.derive(CODE.secret)


def test_another_instance_or_code_has_another_root() -> None:
    roots = {
        derive_root(CODE, ROOTS.hash, iterations=1),
        derive_root(CODE, bytes(32), iterations=1),
        derive_root(ReceiptCode(bytes(10)), ROOTS.hash, iterations=1),
    }
    assert len(roots) == 3


def test_deriving_lets_other_requests_run() -> None:
    deriving = threading.Thread(target=derive_root, args=(CODE, ROOTS.hash))
    deriving.start()
    turns = 0
    while deriving.is_alive():
        time.sleep(0.001)
        turns += 1
    assert turns > 5


def test_expand_is_hkdf_expand() -> None:
    for label in ("wasl/v1/thread", ""):
        expected = HKDFExpand(SHA256(), 32, label.encode()).derive(LINA.root)
        assert expand(LINA.root, label) == expected


def test_every_purpose_has_a_key_of_its_own() -> None:
    keys = [
        LINA.thread.key,
        LINA.reply_identity.seed,
        LINA.log_salt,
        LINA.roll_seed,
        LINA.content_salt,
        LINA.retry_key,
    ]
    assert len({LINA.root, *keys}) == 7
    assert all(len(key) == 32 for key in keys)


def test_every_place_of_a_thread_has_a_name_and_a_token_of_its_own() -> None:
    lanes: list[Lane] = ["citizen", "team"]
    places = [(lane, index) for lane in lanes for index in range(20)]
    names = {LINA.thread.name(*place) for place in places}
    tokens = {LINA.thread.auth(*place) for place in places}
    assert len(names | tokens) == 80


def test_the_server_stores_hashes_of_what_the_reader_hands_over() -> None:
    assert LINA.thread.slot("team", 3) == sha256(LINA.thread.name("team", 3))
    assert LINA.thread.auth_hash("team", 3) == sha256(LINA.thread.auth("team", 3))


def test_the_mac_binds_text_and_place() -> None:
    thread = LINA.thread
    macs = {
        thread.mac(1, b"text"),
        thread.mac(2, b"text"),
        thread.mac(1, b"text!"),
        thread.mac(11, b"\ntext"),
        OTHER_CITIZEN.thread.mac(1, b"text"),
    }
    assert len(macs) == 5


def test_the_mac_is_hmac_under_its_own_key() -> None:
    mac = HMAC(expand(LINA.thread.key, "wasl/v1/mac"), SHA256())
    mac.update(b"wasl/message/v1\n7\ntext")
    assert LINA.thread.mac(7, b"text") == mac.finalize()


def test_keys_do_not_show_in_errors_and_logs() -> None:
    assert repr(LINA) == "CitizenKeys()"
    assert repr(LINA.thread) == "Thread()"


def test_keys_have_32_bytes() -> None:
    for make in (CitizenKeys, Thread):
        with pytest.raises(MalformedKeyError):
            make(bytes(31))
    with pytest.raises(MalformedKeyError):
        derive_root(CODE, b"")
