"""C2SP tlog-proof: a file that proves offline that an entry is in the log (SPEC.md §9)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self

from crypto.encoding import HASH_BYTES, decode_base64, decode_decimal, encode_base64
from crypto.errors import MalformedProofError
from crypto.tlog.checkpoint import Checkpoint
from crypto.tlog.merkle import leaf_hash, verify_inclusion
from crypto.tlog.policy import Policy, Witnessed, open_witnessed

_HEADING: Final = "c2sp.org/tlog-proof@v1"
_MAX_HASHES: Final = 63
MAX_PROOF_BYTES: Final = 1_000_000


@dataclass(frozen=True)
class TlogProof:
    """`checkpoint` is the signed note, as it came; `extra` is vouched for by nobody."""

    index: int
    hashes: tuple[bytes, ...]
    checkpoint: str
    extra: bytes | None = None

    def __post_init__(self) -> None:
        """Raise `MalformedProofError`."""
        sized = all(len(value) == HASH_BYTES for value in self.hashes)
        if not sized or len(self.hashes) > _MAX_HASHES or not self.checkpoint:
            raise MalformedProofError("not a proof")

    @classmethod
    def parse(cls, untrusted: str) -> Self:
        """Raise `MalformedProofError` unless *untrusted* is what `encode` writes."""
        if len(untrusted) > MAX_PROOF_BYTES:
            raise MalformedProofError("too long")
        head, _, checkpoint = untrusted.partition("\n\n")
        try:
            proof = cls._read(head.split("\n")[1:], checkpoint)
        except (ValueError, IndexError) as exc:
            raise MalformedProofError("not a proof") from exc
        if proof.encode() != untrusted:
            raise MalformedProofError("not a proof")
        return proof

    @classmethod
    def _read(cls, lines: Sequence[str], checkpoint: str) -> Self:
        extra = None
        if lines[0].startswith("extra "):
            first, *lines = lines
            extra = decode_base64(first.removeprefix("extra "))
        index, *hashes = lines
        return cls(
            decode_decimal(index.removeprefix("index ")),
            tuple(decode_base64(value, HASH_BYTES) for value in hashes),
            checkpoint,
            extra,
        )

    def encode(self) -> str:
        lines = [_HEADING]
        if self.extra is not None:
            lines.append(f"extra {encode_base64(self.extra)}")
        lines += [f"index {self.index}", *map(encode_base64, self.hashes)]
        return "".join(f"{line}\n" for line in lines) + "\n" + self.checkpoint

    def verify(self, entry: bytes, policy: Policy, *, origin: str) -> Witnessed:
        """The checkpoint that has *entry* at `index`.

        Raise `UnverifiedError` unless the policy is satisfied, `InvalidProofError` unless the
        entry is there, `MalformedProofError` and what `open_witnessed` raises.
        """
        witnessed = open_witnessed(self.checkpoint, policy, origin=origin)
        self.verify_in(entry, witnessed.checkpoint)
        return witnessed

    def verify_in(self, entry: bytes, checkpoint: Checkpoint) -> None:
        """The same for a checkpoint that is already trusted."""
        verify_inclusion(
            leaf_hash(entry), self.index, checkpoint.size, self.hashes, checkpoint.root
        )
