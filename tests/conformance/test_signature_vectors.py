"""One set of signatures is accepted: what OpenSSL accepts, as Go does, and nothing malleable.

PyNaCl would accept 165 other answers on the edge cases, which is why it verifies nothing here.
"""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any, Final

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey, MLDSA44PublicKey

from crypto.note import verifies_ed25519

HERE: Final = Path(__file__).parent
ACCEPTED_EDGE_CASES: Final = 208


def _read(name: str) -> Any:
    return json.loads(gzip.decompress((HERE / f"{name}.json.gz").read_bytes()))


WYCHEPROOF: Final[dict[str, Any]] = _read("wycheproof")


def test_as_many_edge_cases_of_ed25519_are_accepted_as_go_accepts() -> None:
    accepted = [
        verifies_ed25519(bytes.fromhex(key), bytes.fromhex(signature), message.encode())
        for key, signature, message in _read("cctv_ed25519")
    ]
    assert len(accepted) == 914
    assert sum(accepted) == ACCEPTED_EDGE_CASES


@pytest.mark.parametrize("number", range(len(WYCHEPROOF["ed25519"])))
def test_ed25519_of_wycheproof(number: int) -> None:
    key, signature, message, valid = WYCHEPROOF["ed25519"][number]
    parts = (bytes.fromhex(part) for part in (key, signature, message))
    assert verifies_ed25519(*parts) is valid


@pytest.mark.parametrize("group", range(len(WYCHEPROOF["ml_dsa_44"])))
def test_ml_dsa_44_of_wycheproof(group: int) -> None:
    """A key of the wrong length is refused when it is read; a context is never used here."""
    untrusted_key = bytes.fromhex(WYCHEPROOF["ml_dsa_44"][group]["key"])
    for signature, message, context, valid in WYCHEPROOF["ml_dsa_44"][group]["tests"]:
        verified = _verifies(untrusted_key, *map(bytes.fromhex, (signature, message, context)))
        assert verified is valid


def _verifies(untrusted_key: bytes, signature: bytes, message: bytes, context: bytes) -> bool:
    try:
        key = MLDSA44PublicKey.from_public_bytes(untrusted_key)
        key.verify(signature, message, context or None)
    except (ValueError, InvalidSignature):
        return False
    return True


@pytest.mark.parametrize("number", range(len(WYCHEPROOF["ml_dsa_44_seeds"])))
def test_a_seed_gives_the_ml_dsa_44_key_that_others_derive(number: int) -> None:
    seed, public = map(bytes.fromhex, WYCHEPROOF["ml_dsa_44_seeds"][number])
    assert MLDSA44PrivateKey.from_seed_bytes(seed).public_key().public_bytes_raw() == public
