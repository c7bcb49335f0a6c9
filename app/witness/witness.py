"""A witness (C2SP tlog-witness): it cosigns only trees that continue those it has seen.

It has never to be believed about anything else, holds nothing secret but its key, and knows of
each log one checkpoint. A log that shows two histories needs the keys of all its witnesses.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from app.witness.memory import Memory, Record, Seen
from app.witness.request import AddCheckpoint, MalformedRequestError
from crypto.errors import (
    InvalidProofError,
    MalformedCheckpointError,
    MalformedNoteError,
    MalformedProofError,
    UnverifiedError,
)
from crypto.note import NoteKey, OpenedNote, open_note, signature_line
from crypto.tlog.checkpoint import Checkpoint
from crypto.tlog.cosignature import WitnessKey, cosignature_line, verifiable
from crypto.tlog.merkle import EMPTY_ROOT, verify_consistency

TEXT: Final = "text/plain; charset=utf-8"
SIZE: Final = "text/x.tlog.size"


@dataclass(frozen=True)
class Answer:
    status: HTTPStatus
    body: str
    media_type: str = TEXT


class Witness:
    """`logs` are the keys of the logs that it knows, by origin; `clock` gives POSIX seconds."""

    def __init__(
        self,
        key: WitnessKey,
        logs: Mapping[str, Sequence[NoteKey]],
        memory: Memory,
        clock: Callable[[], int],
    ) -> None:
        self._key = key
        self._logs = logs
        self._by_hash = {hashlib.sha256(origin.encode()).hexdigest(): origin for origin in logs}
        self._memory = memory
        self._clock = clock

    def add_checkpoint(self, untrusted: bytes) -> Answer:
        """Cosign if nothing speaks against it."""
        try:
            request = AddCheckpoint.parse(untrusted)
        except MalformedRequestError:
            return Answer(HTTPStatus.BAD_REQUEST, "invalid input\n")
        origin = request.untrusted_note.split("\n", 1)[0]
        if origin not in self._logs:
            return Answer(HTTPStatus.NOT_FOUND, "unknown log\n")
        try:
            opened = open_note(request.untrusted_note, verifiable(self._logs[origin]))
            checkpoint = Checkpoint.parse(opened.text)
        except (UnverifiedError, MalformedNoteError):
            # A line that is not even base64 is no signature of a known key either.
            return Answer(HTTPStatus.FORBIDDEN, "invalid signature\n")
        except MalformedCheckpointError:
            return Answer(HTTPStatus.BAD_REQUEST, "invalid checkpoint\n")
        if request.old > checkpoint.size:
            return Answer(HTTPStatus.BAD_REQUEST, "the old tree is larger than the new one\n")
        with self._memory.changing(origin) as record:
            return self._judge(record, request, checkpoint, opened)

    def newest(self, hashed_origin: str) -> Answer:
        """The last checkpoint that was cosigned of the log whose origin has that hex SHA-256."""
        origin = self._by_hash.get(hashed_origin)
        seen = self._memory.find(origin) if origin else None
        if seen is None:
            return Answer(HTTPStatus.NOT_FOUND, "no checkpoint\n")
        return Answer(HTTPStatus.OK, seen.note)

    def _judge(
        self,
        record: Record,
        request: AddCheckpoint,
        checkpoint: Checkpoint,
        opened: OpenedNote[NoteKey],
    ) -> Answer:
        size, root = (record.seen.size, record.seen.root) if record.seen else (0, EMPTY_ROOT)
        if request.old != size:
            return Answer(HTTPStatus.CONFLICT, f"{size}\n", SIZE)
        try:
            verify_consistency(size, checkpoint.size, request.proof, root, checkpoint.root)
        except (InvalidProofError, MalformedProofError):
            return Answer(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid consistency proof\n")
        if checkpoint.size == 0 and checkpoint.root != EMPTY_ROOT:
            return Answer(HTTPStatus.UNPROCESSABLE_ENTITY, "that is not the empty tree\n")
        line = cosignature_line(checkpoint, self._key, self._clock())
        own = [
            signature_line(key, signature)
            for key, signature in zip(opened.verified, opened.signatures, strict=True)
        ]
        note = "".join([opened.text, "\n", *own, line])
        record.replace(Seen(checkpoint.size, checkpoint.root, note))
        return Answer(HTTPStatus.OK, line)
