"""What a holder's promise or receipt is told, and what is nobody's fault."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from app.auditor.errors import SetupError
from app.auditor.receipts import ReceiptFile, parse_receipt
from crypto.commitment import Disposition, Promise
from crypto.encoding import encode_base64
from crypto.keyring import sign_keyring
from crypto.note import SigningKey
from crypto.tlog.merkle import hash_ranges, inclusion_ranges, leaf_hashes
from crypto.tlog.proof import TlogProof
from crypto.tlog.times import DAY
from crypto.weeks import week_of
from tests.units.auditor.auditors import Auditor
from tests.units.auditor.operators import Citizen, Town
from tests.units.crypto.people import HUDA_DEVICE, KEYRING, ORIGIN, ROOT_KEYS, seeded
from tests.units.tlog.operator import MONDAY


def proof_of(town: Town, citizen: Citizen, note: str) -> TlogProof:
    leaf = f"accept/v1 {encode_base64(citizen.commitment)}\n".encode()
    index, size = town.log.entries.index(leaf), town.log.size
    hashes = hash_ranges(leaf_hashes(town.log.entries), inclusion_ranges(index, size))
    return TlogProof(index, tuple(hashes), note, citizen.commitment)


def test_a_kept_promise_is_said_to_be_kept(town: Town, auditor: Auditor) -> None:
    citizen = town.citizens[5]
    auditor.audits(town)
    file = auditor.folder / "promise"
    file.write_text(citizen.promise_note)

    ended = auditor.run("promise", file)

    assert ended.exit_code == 0
    assert "The log has it." in ended.output


def test_a_promise_that_is_not_due_is_open(town: Town, auditor: Auditor) -> None:
    citizen = town.receives()
    town.pending.remove(citizen)
    town.seals()
    auditor.audits(town)
    ended = auditor.checks(citizen.receipt)
    assert (ended.exit_code, ended.codes) == (0, [])
    assert "need not" in ended.output


def test_a_promise_by_a_key_that_the_log_does_not_name_proves_nothing(
    town: Town, auditor: Auditor
) -> None:
    auditor.audits(town)
    forger = SigningKey.generate(f"{ORIGIN}/promise", seeded("forger"))
    citizen = town.citizens[0]
    ended = auditor.checks(replace(citizen.receipt, promise=citizen.promise.sign(forger)))
    assert (ended.exit_code, ended.codes) == (2, [])


def test_a_commitment_that_nobody_promised_accuses_nobody(town: Town, auditor: Auditor) -> None:
    auditor.audits(town)
    ended = auditor.checks(ReceiptFile(bytes(32)))
    assert (ended.exit_code, ended.codes) == (2, [])
    assert not (auditor.state / "evidence").exists()


def test_a_full_receipt_is_clean_in_an_honest_log(auditor: Auditor) -> None:
    town = Town(a_day=3, cover=2)
    citizen = town.receives()
    citizen.changes = {town.slot + 2 * DAY: "read", town.slot + 20 * DAY: "declined"}
    town.days(14)
    proof = proof_of(town, citizen, town.publish(auditor.log))
    town.days(60)
    auditor.audits(town)
    shown = [(2, "read"), (20, "declined")]
    receipt = replace(
        citizen.receipt,
        proof=proof,
        keyring=sign_keyring(KEYRING, *ROOT_KEYS[:2]),
        dispositions=tuple(
            Disposition(ORIGIN, bytes(32), status, week_of(MONDAY + timedelta(days))).sign(
                HUDA_DEVICE
            )
            for days, status in shown
        ),
    )

    ended = auditor.checks(receipt)

    assert (ended.exit_code, ended.codes) == (0, [])
    assert "roll after 7d: read" in ended.output
    assert "roll after 28d: declined" in ended.output


def test_a_bare_proof_says_itself_what_it_proves(town: Town, auditor: Auditor) -> None:
    auditor.audits(town)
    note = auditor.remembered()["note"]
    file = auditor.folder / "proof"
    proof = proof_of(town, town.citizens[9], note)
    file.write_text(proof.encode())
    assert auditor.run("receipt", file).exit_code == 0

    file.write_text(replace(proof, extra=None).encode())
    assert auditor.run("receipt", file).exit_code == 3
    about = encode_base64(town.citizens[9].commitment)
    assert auditor.run("receipt", file, "--commitment", about).exit_code == 0
    assert auditor.run("receipt", file, "--commitment", "x").exit_code == 3

    file.write_text(replace(proof, index=proof.index + 1).encode())
    assert auditor.run("receipt", file).exit_code == 2


def test_an_old_proof_reveals_a_log_that_was_rewritten(auditor: Auditor) -> None:
    shown, kept = Town(a_day=20, cover=3), Town(a_day=20, cover=3)
    for town in (shown, kept):
        town.days(10)
    kept.random = seeded("another history")
    shown.day()
    kept.days(3)
    citizen = shown.citizens[0]
    proof = proof_of(shown, citizen, shown.publish(auditor.folder / "shown"))
    auditor.audits(kept)

    ended = auditor.checks(ReceiptFile(citizen.commitment, proof=proof))

    assert (ended.exit_code, ended.codes) == (1, ["rewrite"])
    assert (auditor.evidence[0] / "checkpoint-1").read_text() == proof.checkpoint


def test_a_proof_newer_than_the_mirror_asks_for_a_sync(town: Town, auditor: Auditor) -> None:
    auditor.audits(town)
    town.day()
    proof = proof_of(town, town.citizens[0], town.publish(auditor.log))
    receipt = ReceiptFile(town.citizens[0].commitment, proof=proof)
    assert auditor.checks(receipt).exit_code == 2
    auditor.run("sync")
    assert auditor.checks(receipt).exit_code == 0


@pytest.mark.parametrize(
    ("weeks_after", "status", "code"),
    [
        pytest.param(0, "declined", "status-differs", id="shown before the roll"),
        pytest.param(1, "declined", "status-differs", id="shown in the last week before"),
        pytest.param(2, "declined", None, id="shown after the first roll, before no other"),
        pytest.param(0, "received", None, id="as the roll says"),
    ],
)
def test_a_roll_must_say_what_was_shown_before_it(
    auditor: Auditor, weeks_after: int, status: str, code: str | None
) -> None:
    town = Town(a_day=2, cover=1)
    citizen = town.receives()
    citizen.changes = {}
    town.days(18)
    auditor.audits(town)
    week = week_of(citizen.accepted_on + timedelta(days=1 + 7 * weeks_after))
    note = Disposition(ORIGIN, bytes(32), status, week).sign(HUDA_DEVICE)

    ended = auditor.checks(replace(citizen.receipt, dispositions=(note,)))

    assert ended.codes == ([code] if code else [])


def test_a_status_that_no_reviewer_signed_proves_nothing(auditor: Auditor) -> None:
    town = Town(a_day=2, cover=1)
    town.days(18)
    auditor.audits(town)
    stranger = SigningKey.generate(HUDA_DEVICE.name, seeded("stranger"))
    note = Disposition(ORIGIN, bytes(32), "declined", "2026-W48").sign(stranger)
    ended = auditor.checks(replace(town.citizens[0].receipt, dispositions=(note,)))
    assert (ended.exit_code, ended.codes) == (2, [])


def test_a_receipt_survives_a_round_trip(town: Town) -> None:
    citizen = town.citizens[3]
    receipt = replace(citizen.receipt, keyring="k", dispositions=("a", "b"))
    assert ReceiptFile.parse(receipt.encode()) == receipt


def _document(**changes: Any) -> str:
    document = {"format": "wasl/receipt-proof/v1", "commitment": encode_base64(bytes(32))}
    return json.dumps(document | changes)


@pytest.mark.parametrize(
    "untrusted",
    [
        pytest.param("", id="nothing"),
        pytest.param("[]", id="a list"),
        pytest.param("[" * 100_000, id="very deep"),
        pytest.param(_document(format="wasl/receipt-proof/v2"), id="another version"),
        pytest.param(_document(commitment="AAAA"), id="a short commitment"),
        pytest.param(_document(commitment=7), id="a commitment that is a number"),
        pytest.param(_document(promise=7), id="a promise that is a number"),
        pytest.param(_document(proof="c2sp.org/tlog-proof@v1\n"), id="a proof that is none"),
        pytest.param(_document(opening={}), id="an opening without parts"),
        pytest.param(
            _document(
                opening={
                    name: encode_base64(bytes(32))
                    for name in ("log_salt", "content_commit", "roll_seed", "code")
                }
            ),
            id="an opening with a part too many",
        ),
        pytest.param(_document(dispositions="text"), id="statuses that are no list"),
        pytest.param(_document(name="Lina"), id="something unknown"),
    ],
)
def test_what_is_no_receipt_is_refused(untrusted: str) -> None:
    with pytest.raises(SetupError):
        parse_receipt(untrusted)


def test_a_promise_of_another_instance_is_not_believed(town: Town, auditor: Auditor) -> None:
    auditor.audits(town)
    key = SigningKey.generate("other.example/promise", seeded("other"))
    promise = Promise("other.example", bytes(32), town.citizens[0].accepted_on).sign(key)
    file = auditor.folder / "promise"
    file.write_text(promise)
    assert auditor.run("promise", file).exit_code == 2
    file.write_text("no promise")
    assert auditor.run("promise", file).exit_code == 3
