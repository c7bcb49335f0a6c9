"""Checkpoints that other logs have signed and other witnesses have seen."""

from typing import Any

import pytest

from crypto.errors import CryptoError, MalformedCheckpointError, UnverifiedError
from crypto.note import SigningKey, VerifierKey, open_note, read_text_unverified
from crypto.tlog.checkpoint import Checkpoint, open_checkpoint
from crypto.tlog.cosignature import parse_key, time_of
from crypto.tlog.merkle import EMPTY_ROOT, verify_consistency
from tests.conformance.tlog.vectors import accepts, read

SIGNED = read("signed")
BODIES = read("bodies")

REFUSED_BODIES = {
    "valid one": "a root has 32 bytes",
    "valid with different origin": "a root has 32 bytes",
    "valid with trailing data": "no extension lines: nothing audits them",
    "valid with multiple trailing data lines": "no extension lines",
    "valid with trailing newlines": "an empty line is not even an extension line",
}
"""What the reference decoder accepts and we do not; C2SP is as strict about two of them."""


@pytest.mark.parametrize("case", BODIES, ids=lambda case: case["desc"])
def test_no_more_bodies_are_read_than_the_reference_reads(case: dict[str, Any]) -> None:
    read_by_us = accepts(lambda: Checkpoint.parse(case["body"]))
    assert read_by_us is (case["reference_accepts"] and case["desc"] not in REFUSED_BODIES)


@pytest.mark.parametrize(
    "case", [case for case in SIGNED if case.get("vkeys")], ids=lambda case: case["desc"]
)
def test_live_signatures_verify(case: dict[str, Any]) -> None:
    keys = [parse_key(vkey) for vkey in case["vkeys"]]
    opened = open_note(case["note"], keys)
    assert set(opened.verified) == set(keys)
    for key in keys:
        changed = case["note"].replace("\n", "\n1", 1)
        with pytest.raises(UnverifiedError):
            open_note(changed, [key])


def test_live_cosignatures_say_when() -> None:
    """An Ed25519 and an ML-DSA-44 witness, each on a live log."""
    times = {}
    for case in SIGNED[:2]:
        opened = open_note(case["note"], [parse_key(vkey) for vkey in case["vkeys"]])
        for key, signature in zip(opened.verified, opened.signatures, strict=True):
            if not isinstance(key, VerifierKey):
                times[key.name, key.algorithm] = time_of(signature)
    assert times == {
        ("remora.n621.de", 4): 1779573024,
        ("witness.navigli.sunlight.geomys.org", 6): 1785704691,
    }


def test_an_origin_with_blanks_is_not_one_of_ours() -> None:
    """C2SP allows it and sum.golang.org has one; our origins are key names."""
    for case in SIGNED[2:4]:
        with pytest.raises(MalformedCheckpointError):
            Checkpoint.parse(read_text_unverified(case["note"]))


def test_we_sign_what_sigsum_signs() -> None:
    case = next(case for case in SIGNED if "seed_hex" in case)
    checkpoint = Checkpoint.parse(read_text_unverified(case["note"]))
    key = SigningKey(checkpoint.origin, bytes.fromhex(case["seed_hex"]))
    assert checkpoint.sign(key) == case["note"]


def test_the_examples_of_the_specifications_are_checkpoints() -> None:
    for case in SIGNED[-2:]:
        checkpoint = Checkpoint.parse(read_text_unverified(case["note"]))
        assert (checkpoint.origin, checkpoint.size) == ("example.com/behind-the-sofa", 20852163)


@pytest.mark.parametrize("size", ["+65341", "065341", "65_341", " 65341", "65341 ", "٦٥"])
def test_a_size_has_one_spelling(size: str) -> None:
    """tlog-scales 0.0.3 reads the first three, and verifies its own spelling of them."""
    with pytest.raises(MalformedCheckpointError):
        Checkpoint.parse(f"log.example\n{size}\n{'A' * 43}=\n")


class Witness:
    """The rules of c2sp.org/tlog-witness, in status codes, with nothing but our functions."""

    def __init__(self, key: VerifierKey) -> None:
        self._key = key
        self._last = Checkpoint(key.name, 0, EMPTY_ROOT)

    def asked(self, body: str) -> int:
        head, _, note = body.partition("\n\n")
        old, *proof = head.split("\n")
        try:
            if not read_text_unverified(note).startswith(f"{self._key.name}\n"):
                return 404
            new = open_checkpoint(note, self._key).checkpoint
        except UnverifiedError:
            return 403
        except CryptoError:
            return 400
        if int(old.removeprefix("old ")) != self._last.size:
            return 409
        hashes = [_hash(line) for line in proof]
        last = self._last
        if not accepts(
            lambda: verify_consistency(last.size, new.size, hashes, last.root, new.root)
        ):
            return 422
        self._last = new
        return 200


def _hash(line: str) -> bytes:
    return Checkpoint.parse(f"x\n0\n{line}\n").root


def test_a_witness_made_of_our_functions_answers_as_sunlights_does() -> None:
    case = read("add_checkpoint_sequence")
    key = VerifierKey(case["origin"], bytes.fromhex(case["log_public_key_hex"]))
    witness = Witness(key)
    for request in case["requests_in_order"]:
        # Base64 with stray bits is refused before any key looks at it.
        status = 400 if request["desc"] == "invalid signature" else request["status"]
        assert witness.asked(request["body"]) == status, request["desc"]
