"""A holder's promise or receipt, checked against the whole mirror (crypto/SPEC.md §12).

A receipt is a C2SP tlog-proof, or the file that a citizen downloads:

    {"format": "wasl/receipt-proof/v1",
     "commitment": base64 32,             what her own program handed in
     "promise": signed note,              as it was shown to her
     "proof": tlog-proof,                 that the accept leaf is in the log
     "opening": {"log_salt": base64 32, "content_commit": base64 32, "roll_seed": base64 32},
     "keyring": signed note,              what she was shown, and sealed to
     "dispositions": [signed note, …]}    every status that she was shown

Only format and commitment must be there. The opening shows which lines of the rolls are hers,
not what she wrote. Checking needs every entry of the log, so nobody learns whose receipt it is.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, Self

from app.auditor.errors import CouldNotCheckError, SetupError
from app.auditor.files import CHECKPOINT, read_all
from app.auditor.findings import Evidence, Found, found
from app.auditor.pairs import Shown, compare_pair
from app.auditor.state import AuditState
from app.auditor.verify import replay
from crypto.commitment import Disposition, Promise, accept_commitment, roll_commit
from crypto.encoding import HASH_BYTES, decode_base64, encode_base64
from crypto.errors import CryptoError, MalformedError, UnverifiedError
from crypto.keyring import open_keyring_of_any_week
from crypto.tlog.holder import Receipt, check_promise, check_receipt
from crypto.tlog.leaves import Accept, roll_status
from crypto.tlog.proof import TlogProof
from crypto.tlog.times import WEEK, encode_duration, midnight
from crypto.weeks import monday_of

FORMAT: Final = "wasl/receipt-proof/v1"
MAX_RECEIPT_BYTES: Final = 4 << 20
PROOF_HEADING: Final = "c2sp.org/tlog-proof@v1\n"

Standing = Literal["in-log", "late", "open", "broken", "missing"]
"""Where the leaf is: there, there too late, not due yet, due and not there, not there."""


@dataclass(frozen=True)
class Opening:
    """What the commitment was made of; each 32 bytes."""

    log_salt: bytes
    content_commit: bytes
    roll_seed: bytes

    @property
    def commitment(self) -> bytes:
        return accept_commitment(self.log_salt, self.content_commit, roll_commit(self.roll_seed))


@dataclass(frozen=True)
class ReceiptFile:
    """What a holder brings; notes as they came."""

    commitment: bytes
    promise: str | None = None
    proof: TlogProof | None = None
    opening: Opening | None = None
    keyring: str | None = None
    dispositions: tuple[str, ...] = ()

    @classmethod
    def parse(cls, untrusted: str) -> Self:
        """Raise `SetupError`."""
        try:
            document = json.loads(untrusted)
            if document.pop("format") != FORMAT:
                raise SetupError("a receipt of another version")
            receipt = cls._read(document)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as exc:
            raise SetupError("this is not a receipt") from exc
        except MalformedError as exc:
            raise SetupError("a proof in this receipt is not one") from exc
        if document:
            raise SetupError(f"a receipt has no {sorted(document)[0]!r}: is it of a newer version?")
        return receipt

    @classmethod
    def _read(cls, document: dict[str, Any]) -> Self:
        """Takes out of *document* what it knows."""
        proof, opening = document.pop("proof", None), document.pop("opening", None)
        return cls(
            commitment=decode_base64(document.pop("commitment"), HASH_BYTES),
            promise=_text_or_none(document.pop("promise", None)),
            proof=None if proof is None else TlogProof.parse(proof),
            opening=None if opening is None else _opening(opening),
            keyring=_text_or_none(document.pop("keyring", None)),
            dispositions=tuple(map(_text, _list(document.pop("dispositions", [])))),
        )

    def encode(self) -> str:
        """JSON with what is there."""
        document: dict[str, Any] = {
            "format": FORMAT,
            "commitment": encode_base64(self.commitment),
            "promise": self.promise,
            "proof": self.proof.encode() if self.proof else None,
            "opening": _opening_document(self.opening) if self.opening else None,
            "keyring": self.keyring,
            "dispositions": list(self.dispositions) or None,
        }
        present = {name: value for name, value in document.items() if value is not None}
        return json.dumps(present, indent=1, ensure_ascii=False) + "\n"


@dataclass(frozen=True)
class Judged:
    """`rolls` has the status at each age, None where the line is missing."""

    standing: Standing
    index: int | None
    cohort: str | None
    rolls: Mapping[str, str | None]
    evidence: tuple[Evidence, ...]

    @property
    def findings(self) -> tuple[Found, ...]:
        return tuple(one.finding for one in self.evidence)


def parse_receipt(untrusted: str, commitment: bytes | None = None) -> ReceiptFile:
    """A receipt or a tlog-proof, told apart by how they begin. Raise `SetupError`.

    A proof says what it is about in its `extra` line, if *commitment* does not.
    """
    if not untrusted.startswith(PROOF_HEADING):
        return ReceiptFile.parse(untrusted)
    try:
        proof = TlogProof.parse(untrusted)
    except MalformedError as exc:
        raise SetupError("this is not a tlog-proof") from exc
    about = commitment or proof.extra or b""
    if len(about) != HASH_BYTES:
        raise SetupError("a tlog-proof needs --commitment: what it is the proof of")
    return ReceiptFile(about, proof=proof)


class Judge:
    """Reads the mirror once, and then judges any number of receipts."""

    def __init__(self, state: AuditState) -> None:
        """Raise `CouldNotCheckError`."""
        self._state = state
        self._history = replay(state)

    def promise(self, untrusted_note: str) -> Judged:
        """Raise `CouldNotCheckError` for a promise that the log's key did not sign."""
        promise = self._open_promise(untrusted_note)
        return self.receipt(ReceiptFile(promise.commitment, untrusted_note))

    def receipt(self, file: ReceiptFile) -> Judged:
        """Raise `CouldNotCheckError` where the file, and not the log, may be wrong."""
        receipt = self._read_log(file)
        promise = self._open_promise(file.promise) if file.promise else None
        findings = [*_commitments(file, promise)]
        standing, about_leaf = self._leaf(receipt, promise)
        findings += about_leaf
        if receipt.index is not None:
            findings += map(Found.of, check_receipt(receipt))
            findings += self._statuses(file, receipt)
        findings += self._keyring(file)
        evidence = [self._evidence(one, file) for one in dict.fromkeys(findings)]
        if file.proof:
            conflict = self._compare(file.proof, file.commitment)
            evidence += [conflict] if conflict else []
        rolls = {encode_duration(age): status for age, status in sorted(receipt.statuses.items())}
        return Judged(standing, receipt.index, receipt.cohort, rolls, tuple(evidence))

    def _read_log(self, file: ReceiptFile) -> Receipt:
        seed = file.opening.roll_seed if file.opening else None
        receipt = Receipt(self._state.origin, file.commitment, seed)
        for entries in read_all(self._state.tiles, self._state.mirrored):
            receipt.read(entries)
        return receipt

    def _open_promise(self, untrusted_note: str) -> Promise:
        for key in self._history.promise_keys:
            try:
                # The name of the key binds the promise to its origin.
                return Promise.open(untrusted_note, key)
            except UnverifiedError:
                continue
            except MalformedError as exc:
                raise SetupError("this is not a promise") from exc
        raise CouldNotCheckError(
            "no promise key that the log names signed this promise: it is forged, or the site "
            "showed a key that is not in the log; a receipt with the keyring can tell"
        )

    def _leaf(self, receipt: Receipt, promise: Promise | None) -> tuple[Standing, list[Found]]:
        if promise is None or promise.commitment != receipt.commitment:
            # Nobody owes a leaf that was not promised.
            return ("missing" if receipt.index is None else "in-log"), []
        word, findings = check_promise(promise, receipt, self._state.witnessed)
        standing: Standing = "in-log" if word == "kept" else word
        return standing, [Found.of(one) for one in findings]

    def _statuses(self, file: ReceiptFile, receipt: Receipt) -> list[Found]:
        """Does a roll say what a signed disposition said when it was made?"""
        cohort = receipt.cohort
        end = self._history.end_of(cohort) if cohort else None
        if cohort is None or end is None or not file.dispositions:
            return []
        shown = sorted(
            (monday_of(one.week), one.status) for one in self._open_dispositions(file.dispositions)
        )
        findings = []
        for age, status in sorted(receipt.statuses.items()):
            allowed = _allowed([(midnight(day), word) for day, word in shown], end + age)
            if status is not None and status not in allowed:
                facts = {"cohort": cohort, "age": encode_duration(age), "status": status}
                findings.append(
                    found("status-differs", receipt.size, **facts, shown=" ".join(sorted(allowed)))
                )
        return findings

    def _open_dispositions(self, notes: Sequence[str]) -> list[Disposition]:
        devices = tuple(dict.fromkeys(key for one in self._history.keyrings for key in one.devices))
        try:
            opened = [
                Disposition.open(note, devices, origin=self._state.origin)[0] for note in notes
            ]
        except CryptoError as exc:
            raise CouldNotCheckError("a status that no reviewer in the log has signed") from exc
        if len({one.slot for one in opened}) > 1:
            raise SetupError("statuses of different cases")
        return opened

    def _keyring(self, file: ReceiptFile) -> list[Found]:
        if file.keyring is None:
            return []
        roots, origin = self._state.roots, self._state.origin
        try:
            keyring = open_keyring_of_any_week(file.keyring, roots, origin=origin)
        except CryptoError as exc:
            raise CouldNotCheckError("the keyring in this receipt is not signed") from exc
        if any(one.digest == keyring.digest for one in self._history.keyrings):
            return []
        return [found("key-not-logged", self._state.mirrored, key="keyring", serial=keyring.serial)]

    def _compare(self, proof: TlogProof, commitment: bytes) -> Evidence | None:
        """Does the checkpoint of a proof belong to the log that is mirrored?"""
        state = self._state
        try:
            witnessed = proof.verify(Accept(commitment).encode(), state.policy, origin=state.origin)
        except CryptoError as exc:
            raise CouldNotCheckError(f"the proof proves nothing: {exc}") from exc
        if witnessed.checkpoint.size > state.mirrored:
            raise CouldNotCheckError("the proof is newer than the mirror: wasl audit sync")
        mine = Shown(state.witnessed.checkpoint, state.note.encode())
        return compare_pair(
            mine, Shown(witnessed.checkpoint, proof.checkpoint.encode()), state.tiles
        )

    def _evidence(self, finding: Found, file: ReceiptFile) -> Evidence:
        files = {CHECKPOINT: self._state.note.encode(), "receipt.json": file.encode().encode()}
        return Evidence(finding, files)


def _commitments(file: ReceiptFile, promise: Promise | None) -> list[Found]:
    """One commitment everywhere? The opening is the holder's word for what she handed in."""
    made = file.opening.commitment if file.opening else file.commitment
    promised = promise.commitment if promise else file.commitment
    if made == promised == file.commitment:
        return []
    return [found("commitment-differs", 0, promised=encode_base64(promised))]


def _allowed(shown: Sequence[tuple[int, str]], slot: int) -> set[str]:
    """Statuses that a roll of *slot* may have: those of the last week before, or of its own week.

    Dispositions name a week only, so of one that began before the slot and ended after it
    nobody can say which came first.
    """
    settled = max((week for week, _ in shown if week + WEEK <= slot), default=None)
    before = [word for week, word in shown if week == settled] or ["received"]
    around = [word for week, word in shown if week < slot < week + WEEK]
    return {roll_status(word) for word in (*before, *around)}


def _opening(document: Mapping[str, str]) -> Opening:
    fields = dict(document)
    opening = Opening(
        *(
            decode_base64(fields.pop(name), HASH_BYTES)
            for name in ("log_salt", "content_commit", "roll_seed")
        )
    )
    if fields:
        raise ValueError("an opening has three parts")
    return opening


def _opening_document(opening: Opening) -> dict[str, str]:
    return {
        "log_salt": encode_base64(opening.log_salt),
        "content_commit": encode_base64(opening.content_commit),
        "roll_seed": encode_base64(opening.roll_seed),
    }


def _list(value: object) -> list[Any]:
    if not isinstance(value, list):
        raise TypeError
    return value


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _text_or_none(value: object) -> str | None:
    return None if value is None else _text(value)
