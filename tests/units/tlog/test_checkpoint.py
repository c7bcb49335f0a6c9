"""Checkpoints: who signed them, who saw them, and whether that is enough."""

from collections.abc import Callable

import pytest

from crypto.errors import (
    InvalidProofError,
    MalformedCheckpointError,
    MalformedKeyError,
    MalformedPolicyError,
    MalformedProofError,
    UnverifiedError,
)
from crypto.note import NoteKey, SeedKey, SigningKey, VerifierKey, open_note, sign
from crypto.tlog.checkpoint import Checkpoint, open_checkpoint
from crypto.tlog.cosignature import (
    CosignerKey,
    Ed25519Cosigner,
    MlDsa44Cosigner,
    MlDsa44Key,
    WitnessKey,
    cosign,
    cosignature_line,
    parse_key,
    time_of,
)
from crypto.tlog.policy import Group, KnownLog, Policy, Witness, open_witnessed, satisfied
from crypto.tlog.proof import TlogProof
from crypto.tlog.tiles import TiledTree
from tests.units.crypto.people import ORIGIN, seeded
from tests.units.tlog.memory_log import MemoryLog, checkpoint_of
from tests.units.tlog.operator import LOG_KEY, seed

SECOND_KEY = MlDsa44Key(ORIGIN, seed("post-quantum"))
WITNESSES = [WitnessKey(f"witness{n}.example", seed(f"witness {n}")) for n in range(3)]
QUANTUM_WITNESS = MlDsa44Key("quantum.example", seed("quantum"))
LOG = MemoryLog([b"entry %d" % number for number in range(300)])
CHECKPOINT = checkpoint_of(LOG)
NOTE = CHECKPOINT.sign(LOG_KEY)
NOON = 1_795_608_000
POLICY = Policy(
    (KnownLog(LOG_KEY.verifier, "https://log.example/"),),
    tuple(
        Witness(f"w{number}", key.verifier, f"https://w{number}.example/")
        for number, key in enumerate(WITNESSES)
    ),
    (Group("two", 2, ("w0", "w1", "w2")),),
    "two",
)
COSIGNERS: list[CosignerKey] = [WITNESSES[0], QUANTUM_WITNESS]


def seen_by(*times: int, note: str = NOTE) -> str:
    """The note with a cosignature by each witness in turn, at those times."""
    for key, time in zip(WITNESSES, times, strict=False):
        note = cosign(note, key, time)
    return note


def test_a_checkpoint_opens_for_its_log_only() -> None:
    assert open_checkpoint(NOTE, LOG_KEY.verifier).checkpoint == CHECKPOINT
    namesake = SigningKey(ORIGIN, seed("namesake"))
    with pytest.raises(UnverifiedError):
        open_checkpoint(NOTE, namesake.verifier)


def test_a_witness_alone_does_not_make_a_checkpoint() -> None:
    note = cosign(CHECKPOINT.sign(SigningKey(ORIGIN, seed("namesake"))), WITNESSES[0], NOON)
    with pytest.raises(UnverifiedError):
        open_checkpoint(note, LOG_KEY.verifier, [WITNESSES[0].verifier])


def test_the_key_of_one_log_does_not_vouch_for_another() -> None:
    other = Checkpoint("other.example", 3, bytes(32))
    note = sign(other.encode(), LOG_KEY)
    with pytest.raises(UnverifiedError):
        open_checkpoint(note, LOG_KEY.verifier)
    with pytest.raises(UnverifiedError):
        open_witnessed(note, Policy(POLICY.logs, (), (), "none"), origin=ORIGIN)
    with pytest.raises(ValueError, match="origin"):
        other.sign(LOG_KEY)


@pytest.mark.parametrize(
    "text",
    [
        f"{ORIGIN}\n3\n{'A' * 43}=",
        f"{ORIGIN}\n3\n{'A' * 43}=\n\n",
        f"{ORIGIN}\n3\n{'A' * 43}=\nextension\n",
        f"{ORIGIN}\n3\n{'A' * 42}B=\n",
        f"{ORIGIN}\n3\n{'A' * 42}=\n",
        f"{ORIGIN}\n-1\n{'A' * 43}=\n",
        f"{ORIGIN}\n9007199254740992\n{'A' * 43}=\n",
        f"\n3\n{'A' * 43}=\n",
        f"an origin\n3\n{'A' * 43}=\n",
        "",
    ],
)
def test_a_checkpoint_has_one_spelling(text: str) -> None:
    with pytest.raises(MalformedCheckpointError):
        Checkpoint.parse(text)


@pytest.mark.parametrize("key", COSIGNERS, ids=lambda key: f"{key.algorithm:#04x}")
def test_a_cosignature_says_who_saw_which_tree_and_when(key: CosignerKey) -> None:
    opened = open_note(cosign(NOTE, key, NOON), [key.verifier])
    assert opened.verified == (key.verifier,)
    assert time_of(opened.signatures[0]) == NOON


@pytest.mark.parametrize("key", COSIGNERS, ids=lambda key: f"{key.algorithm:#04x}")
def test_no_part_of_a_cosignature_can_be_changed(key: CosignerKey) -> None:
    verifier, text = key.verifier, CHECKPOINT.encode().encode()
    signature = key.sign(CHECKPOINT, NOON)
    assert verifier.verify(signature, text)
    for at in (0, 7, 8, 40, len(signature) - 1):
        changed = signature[:at] + bytes([signature[at] ^ 1]) + signature[at + 1 :]
        assert not verifier.verify(changed, text)
    assert not verifier.verify(signature[:-1], text)
    assert not verifier.verify(signature + b"\x00", text)
    assert not verifier.verify(b"", text)
    for other in (b"x" + text, text.replace(b"\n300\n", b"\n301\n"), text + b"extension\n", b""):
        assert not verifier.verify(signature, other)


def test_a_time_beyond_the_calendar_is_no_cosignature() -> None:
    for key in COSIGNERS:
        last, signature = key.sign(CHECKPOINT, (1 << 63) - 1), key.sign(CHECKPOINT, 1 << 63)
        assert key.verifier.verify(last, CHECKPOINT.encode().encode())
        assert not key.verifier.verify(signature, CHECKPOINT.encode().encode())
        with pytest.raises(ValueError, match="time"):
            cosignature_line(CHECKPOINT, key, 1 << 63)


def test_only_checkpoints_are_cosigned() -> None:
    with pytest.raises(MalformedCheckpointError):
        cosign("a text\n\n" + NOTE.rpartition("\n\n")[2], WITNESSES[0], NOON)


def test_a_post_quantum_cosignature_names_its_cosigner() -> None:
    """Ed25519 cosignatures do not, so there a key must have one name."""
    text = CHECKPOINT.encode().encode()
    other = MlDsa44Cosigner("other.example", QUANTUM_WITNESS.verifier.public)
    assert not other.verify(QUANTUM_WITNESS.sign(CHECKPOINT, NOON), text)
    renamed = Ed25519Cosigner("other.example", WITNESSES[0].verifier.public)
    assert renamed.verify(WITNESSES[0].sign(CHECKPOINT, NOON), text)
    assert renamed.id != WITNESSES[0].verifier.id


def test_a_name_of_more_than_255_bytes_cannot_cosign() -> None:
    key = MlDsa44Key("x" * 256, seed("long"))
    with pytest.raises(ValueError, match="255"):
        key.sign(CHECKPOINT, NOON)
    assert not key.verifier.verify(bytes(2428), CHECKPOINT.encode().encode())


@pytest.mark.parametrize("key", [LOG_KEY, *COSIGNERS], ids=lambda key: f"{key.algorithm:#04x}")
def test_keys_of_every_type_read_back_and_only_as_that_type(key: SeedKey) -> None:
    assert type(key).parse(key.encode()) == key
    verifier = key.verifier
    assert parse_key(verifier.encode()) == verifier
    assert parse_key(verifier.encode(), verifier.algorithm) == verifier
    for other in {1, 4, 6} - {verifier.algorithm}:
        with pytest.raises(MalformedKeyError):
            parse_key(verifier.encode(), other)


def test_a_keyring_takes_no_cosigners_for_devices() -> None:
    for verifier in (WITNESSES[0].verifier, QUANTUM_WITNESS.verifier):
        with pytest.raises(MalformedKeyError):
            VerifierKey.parse(verifier.encode())


def test_a_stated_key_id_must_be_the_keys_own() -> None:
    """transparency-dev/formats computes the id of an ML-DSA key anew and ignores what it reads."""
    for key in (QUANTUM_WITNESS.verifier, WITNESSES[0].verifier):
        wrong = key.encode().replace(key.id.hex(), "00000000")
        with pytest.raises(MalformedKeyError):
            parse_key(wrong)


# Policies


def test_enough_witnesses_make_a_quorum() -> None:
    assert not satisfied(POLICY, NOTE, origin=ORIGIN)
    assert not satisfied(POLICY, seen_by(NOON), origin=ORIGIN)
    assert satisfied(POLICY, seen_by(NOON, NOON), origin=ORIGIN)


def test_the_log_must_have_signed_too() -> None:
    note = CHECKPOINT.sign(SigningKey(ORIGIN, seed("namesake")))
    assert not satisfied(POLICY, seen_by(NOON, NOON, NOON, note=note), origin=ORIGIN)
    assert not satisfied(POLICY, seen_by(NOON, NOON), origin="other.example")


def test_a_quorum_saw_it_when_its_slowest_member_did() -> None:
    witnessed = open_witnessed(seen_by(NOON, NOON - 50, NOON - 100), POLICY, origin=ORIGIN)
    assert witnessed.checkpoint == CHECKPOINT
    assert dict(witnessed.times) == {"w0": NOON, "w1": NOON - 50, "w2": NOON - 100}
    assert witnessed.seen_at == NOON - 50


def test_one_forged_cosignature_spoils_a_checkpoint() -> None:
    forged = seen_by(NOON, NOON) + cosignature_line(
        Checkpoint(ORIGIN, 301, bytes(32)), WITNESSES[2], NOON
    )
    assert not satisfied(POLICY, forged, origin=ORIGIN)


def test_without_witnesses_a_policy_asks_the_log_only() -> None:
    policy = Policy(POLICY.logs, (), (), "none")
    assert open_witnessed(NOTE, policy, origin=ORIGIN).seen_at is None


def test_a_log_with_two_keys_signs_with_both() -> None:
    """Else who breaks one of them could leave the other away."""
    policy = Policy((*POLICY.logs, KnownLog(SECOND_KEY.verifier, "")), (), (), "none")
    assert not satisfied(policy, NOTE, origin=ORIGIN)
    assert satisfied(policy, cosign(NOTE, SECOND_KEY, 0), origin=ORIGIN)


def test_groups_of_groups_count_members_and_not_keys() -> None:
    policy = Policy(
        POLICY.logs,
        POLICY.witnesses,
        (Group("first", 1, ("w0", "w1")), Group("both", 2, ("first", "w2"))),
        "both",
    )
    assert Policy.parse(policy.encode()) == policy
    assert not policy.met_by(frozenset({"w0", "w1"}))
    assert policy.met_by(frozenset({"w1", "w2"}))
    assert not policy.met_by(frozenset({"first", "both"} & {"w0"}))


def test_a_policy_is_written_in_one_way_with_an_address_always() -> None:
    loose = (
        POLICY.encode()
        .replace("group two 2", "\t group   two  2")
        .replace(" https://log.example/", "")
    )
    policy = Policy.parse("# comment\n\n" + loose)
    assert policy.encode().startswith(f"log {LOG_KEY.verifier.encode()} -\nwitness w0 ")
    assert Policy.parse(policy.encode()) == policy
    assert Policy.parse(POLICY.encode()) == POLICY


VKEYS = [key.verifier.encode() for key in WITNESSES]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "quorum none\nquorum none\n",
        "quorum w0\n",
        f"quorum w0\nwitness w0 {VKEYS[0]}\n",
        f"witness w0 {VKEYS[0]}\nwitness w1 {VKEYS[0]}\nquorum w0\n",
        f"witness w0 {VKEYS[0]}\ngroup g 0 w0\nquorum g\n",
        f"witness w0 {VKEYS[0]}\ngroup g 2 w0\nquorum g\n",
        f"witness w0 {VKEYS[0]}\ngroup g 01 w0\nquorum g\n",
        f"witness w0 {VKEYS[0]}\ngroup g some w0\nquorum g\n",
        f"witness w0 {VKEYS[0]}\ngroup g all\nquorum g\n",
        f"witness w0 {VKEYS[0]}\ngroup w0 all w0\nquorum w0\n",
        f"witness w0 {VKEYS[0]}\ngroup g all g\nquorum g\n",
        f"witness w0 {VKEYS[0]} a b\nquorum w0\n",
        f"witness w0 {LOG_KEY.verifier.encode()}\nquorum w0\n",
        f"log {VKEYS[0]}\nquorum none\n",
        f"log {LOG_KEY.verifier.encode()}\nlog {LOG_KEY.verifier.encode()}\nquorum none\n",
        f"witness w0 {VKEYS[0]}\r\nquorum w0\n",
        "\n" * 1001 + "quorum none\n",
    ],
)
def test_a_policy_that_means_nothing_is_refused(text: str) -> None:
    with pytest.raises(MalformedPolicyError):
        Policy.parse(text)


# Proofs to keep


def proof_of(index: int, note: str, extra: bytes | None = None) -> TlogProof:
    hashes = TiledTree(LOG, LOG.size).inclusion_proof(index)
    return TlogProof(index, tuple(hashes), note, extra)


def test_a_proof_convinces_without_the_log() -> None:
    proof = proof_of(123, seen_by(NOON, NOON))
    assert TlogProof.parse(proof.encode()) == proof
    witnessed = proof.verify(b"entry 123", POLICY, origin=ORIGIN)
    assert witnessed.checkpoint == CHECKPOINT


def test_a_proof_is_of_one_entry_and_needs_its_witnesses() -> None:
    proof = proof_of(123, seen_by(NOON, NOON))
    with pytest.raises(InvalidProofError):
        proof.verify(b"entry 124", POLICY, origin=ORIGIN)
    with pytest.raises(InvalidProofError):
        TlogProof(122, proof.hashes, proof.checkpoint).verify(b"entry 123", POLICY, origin=ORIGIN)
    with pytest.raises(UnverifiedError):
        proof_of(123, seen_by(NOON)).verify(b"entry 123", POLICY, origin=ORIGIN)
    with pytest.raises(MalformedProofError):
        TlogProof(123, proof.hashes[1:], proof.checkpoint).verify(
            b"entry 123", POLICY, origin=ORIGIN
        )


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("index 123", "index 0123"),
        lambda text: text.replace("index 123", "index +123"),
        lambda text: text.replace("index", "Index"),
        lambda text: text.replace("@v1", "@v2"),
        lambda text: text.replace("\n\n", "\n", 1),
        lambda text: text.replace("extra ZXh0cmE=", "extra ZXh0cmF="),
        lambda text: text.replace("extra ZXh0cmE=\n", "extra ZXh0cmE=\nextra ZXh0cmE=\n"),
        lambda text: text.partition("\n\n")[0] + "\n\n",
        lambda text: text[:60],
        lambda text: text + "x" * 1_000_000,
    ],
)
def test_a_proof_has_one_spelling(change: Callable[[str], str]) -> None:
    text = proof_of(123, NOTE, b"extra").encode()
    assert TlogProof.parse(text).extra == b"extra"
    with pytest.raises(MalformedProofError):
        TlogProof.parse(change(text))


def test_witness_keys_are_made_from_random_bytes() -> None:
    key = WitnessKey.generate("witness.example", seeded("witness"))
    verifier: NoteKey = key.verifier
    assert verifier.verify(key.sign(CHECKPOINT, 0), CHECKPOINT.encode().encode())
