"""Eleven recorded requests of another implementation, answered as C2SP tlog-witness says."""

from pathlib import Path

from app.witness.memory import Memory
from app.witness.witness import SIZE, Witness
from crypto.note import VerifierKey
from crypto.tlog.cosignature import WitnessKey
from tests.conformance.tlog.vectors import read


def test_a_witness_answers_the_recorded_requests(tmp_path: Path) -> None:
    recorded = read("add_checkpoint_sequence")
    origin = recorded["origin"]
    log = VerifierKey(origin, bytes.fromhex(recorded["log_public_key_hex"]))
    key = WitnessKey.generate("example.com/witness")
    witness = Witness(key, {origin: [log]}, Memory(tmp_path / "seen"), lambda: 1_700_000_000)

    for request in recorded["requests_in_order"]:
        answer = witness.add_checkpoint(request["body"].encode())
        assert answer.status == request["status"], request["desc"]
        assert request["body_contains"] in answer.body, request["desc"]
        if answer.status == 409:
            assert (answer.body, answer.media_type) == (request["body_contains"], SIZE)
