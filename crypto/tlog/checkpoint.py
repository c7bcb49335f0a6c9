"""C2SP tlog-checkpoint: what a log signs about itself (SPEC.md §9).

Three lines, origin, size and root, and never an extension line. A signed checkpoint is
verified as the bytes that came, then parsed: never the other way round, because a lax
parser that writes its own spelling before verifying accepts what nobody signed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, Self

from crypto.encoding import HASH_BYTES, decode_base64, decode_decimal, encode_base64
from crypto.errors import MalformedCheckpointError, UnverifiedError
from crypto.note import Key, NoteKey, SigningKey, is_key_name, open_note, sign
from crypto.tlog.merkle import MAX_SIZE


@dataclass(frozen=True)
class Checkpoint:
    """The tree of a log: its name, how many leaves, and the root of 32 bytes."""

    origin: str
    size: int
    root: bytes

    def __post_init__(self) -> None:
        """Raise `MalformedCheckpointError`."""
        sized = 0 <= self.size <= MAX_SIZE and len(self.root) == HASH_BYTES
        if not sized or not is_key_name(self.origin):
            raise MalformedCheckpointError("not a checkpoint")

    @classmethod
    def parse(cls, untrusted: str) -> Self:
        """Raise `MalformedCheckpointError` unless *untrusted* is what `encode` writes."""
        try:
            origin, size, root, _end = untrusted.split("\n")
            checkpoint = cls(origin, decode_decimal(size), decode_base64(root, HASH_BYTES))
        except ValueError as exc:
            raise MalformedCheckpointError("not a checkpoint") from exc
        if checkpoint.encode() != untrusted:
            raise MalformedCheckpointError("not a checkpoint")
        return checkpoint

    def encode(self) -> str:
        """The text that is signed."""
        return f"{self.origin}\n{self.size}\n{encode_base64(self.root)}\n"

    def sign(self, key: SigningKey) -> str:
        """The note, with the log's own Ed25519 line."""
        if key.name != self.origin:
            raise ValueError("a log's key is named after its origin")
        return sign(self.encode(), key)


@dataclass(frozen=True)
class OpenedCheckpoint(Generic[Key]):
    """A checkpoint, the keys that are known to have signed it, and what each of them wrote."""

    checkpoint: Checkpoint
    verified: tuple[Key, ...]
    signatures: tuple[bytes, ...]


def open_checkpoint(
    untrusted_note: str | bytes, log_key: NoteKey, others: Sequence[NoteKey] = ()
) -> OpenedCheckpoint[NoteKey]:
    """Raise `UnverifiedError` unless *log_key* signed a checkpoint of the origin it is named for.

    *others* are keys whose signatures count if they are there, and refuse the note if they
    are wrong. Raise `MalformedNoteError`, `MalformedCheckpointError`.
    """
    opened = open_note(untrusted_note, [log_key, *others])
    if log_key not in opened.verified:
        raise UnverifiedError("the log did not sign this")
    checkpoint = Checkpoint.parse(opened.text)
    if checkpoint.origin != log_key.name:
        raise UnverifiedError("a checkpoint of another log")
    return OpenedCheckpoint(checkpoint, opened.verified, opened.signatures)
