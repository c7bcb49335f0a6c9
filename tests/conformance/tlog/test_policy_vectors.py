"""Policies of other implementations: the same grammar, and where we keep to the letter of it."""

import re
from typing import Any

import pytest

from crypto.errors import MalformedPolicyError
from crypto.note import VerifierKey
from crypto.tlog.cosignature import Ed25519Cosigner, parse_key
from crypto.tlog.policy import Policy
from crypto.tlog.proof import TlogProof
from tests.conformance.tlog.vectors import accepts, raw, read

SIGSUM = read("policy_sigsum_hex")

REFUSED = {
    "whitespace and comments": "a comment is a line of its own, c2sp.org/tlog-policy says",
    "group numerical": "w2 and w3 are one key under two names, which would count twice",
    "group all": "the same",
    "group any": "the same",
}


def as_cosigners(text: str) -> str:
    """The reference takes keys of type 0x01 for witnesses, which sign with type 0x04."""

    def vkey(match: re.Match[str]) -> str:
        key = parse_key(match[0])
        return Ed25519Cosigner(key.name, key.public).encode()

    return re.sub(r"[^ ]+\+[0-9a-f]{8}\+[A-Za-z0-9+/=]+", vkey, text)


@pytest.mark.parametrize("case", read("policy_vkey_cases"), ids=lambda case: case["desc"])
def test_no_more_policies_are_read_than_the_reference_reads(case: dict[str, Any]) -> None:
    read_by_us = accepts(lambda: Policy.parse(as_cosigners(case["policy"])))
    assert read_by_us is (case["accept"] and case["desc"] not in REFUSED)


def test_a_witness_has_a_key_that_cosigns() -> None:
    policy = read("policy_vkey_cases")[0]["policy"]
    assert accepts(lambda: Policy.parse(as_cosigners(policy)))
    assert not accepts(lambda: Policy.parse(policy))


def vkeys_for_hex_keys(text: str) -> str:
    """Sigsum writes raw keys; the names that we give them are the same for the same key."""

    def vkey(match: re.Match[str]) -> str:
        public = bytes.fromhex(match[2].rjust(64, "0"))
        key_type = VerifierKey if match[1].startswith("log") else Ed25519Cosigner
        return f"{match[1]}{key_type(f'key-{public.hex()}', public).encode()}"

    return re.sub(r"(?m)^[ \t]*(log\s+|witness\s+\S+\s+)([0-9a-f]{63,64})(?=\s|$)", vkey, text)


SIGSUM_REFUSED = {
    2: "a public key twice",
    3: "not a line of a policy",
    4: "a public key twice",
    5: "a name twice",
    6: "not a name",
    7: "a member that is not defined before",
    8: "one quorum",
    9: "a member twice",
    10: "a member of two groups",
    11: "a member that is not defined before",
}


@pytest.mark.parametrize("config", SIGSUM["configs"], ids=lambda config: str(config["index"]))
def test_a_sigsum_policy_means_the_same(config: dict[str, Any]) -> None:
    text = vkeys_for_hex_keys(config["text"])
    if config["index"] not in SIGSUM_REFUSED:
        policy = Policy.parse(text)
        assert Policy.parse(policy.encode()) == policy
        return
    # A quorum makes the whole policy of what the case is about.
    quorum = "" if config["index"] == 8 or "quorum" in text else "quorum none\n"
    with pytest.raises(MalformedPolicyError, match=SIGSUM_REFUSED[config["index"]]):
        Policy.parse(text + quorum)


def test_a_quorum_is_met_when_sigsum_says_so() -> None:
    table = SIGSUM["quorum_truth_table"]
    policy = Policy.parse(vkeys_for_hex_keys(SIGSUM["configs"][table["config"]]["text"]))
    for numbers, met in table["rows"]:
        assert policy.met_by(frozenset(f"W{number}" for number in numbers)) is met


@pytest.mark.parametrize("name", sorted(SIGSUM["builtin"]))
def test_the_policies_that_sigsum_ships_are_read(name: str) -> None:
    policy = Policy.parse(vkeys_for_hex_keys(SIGSUM["builtin"][name]))
    assert policy.logs
    assert Policy.parse(policy.encode()) == policy


@pytest.mark.parametrize("case", read("tlog_proof_cases"), ids=lambda case: case["desc"])
def test_a_proof_is_read_if_the_reference_reads_it(case: dict[str, Any]) -> None:
    if not case["accept"]:
        assert not accepts(lambda: TlogProof.parse(case["text"]))
        return
    proof = TlogProof.parse(case["text"])
    assert proof.index == case["index"]
    assert list(proof.hashes) == [raw(value) for value in case["hashes"]]
    assert proof.checkpoint == case["checkpoint"]
    assert proof.extra == (raw(case["extra_base64"]) if "extra_base64" in case else None)
    assert proof.encode() == case["text"]
