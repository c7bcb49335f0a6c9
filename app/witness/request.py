"""What a log asks of a witness: the body of `add-checkpoint`, one spelling (C2SP tlog-witness)."""

from dataclasses import dataclass
from typing import Final, Self

from crypto.encoding import HASH_BYTES, decode_base64, decode_decimal, encode_base64
from crypto.errors import MalformedError

MAX_BYTES: Final = 65_536
MAX_PROOF_LINES: Final = 63


class MalformedRequestError(MalformedError):
    """Not a request to add a checkpoint."""


@dataclass(frozen=True)
class AddCheckpoint:
    """`old` leaves, the proof from there, and a signed note that nobody has verified yet."""

    old: int
    proof: tuple[bytes, ...]
    untrusted_note: str

    @classmethod
    def parse(cls, untrusted: bytes) -> Self:
        """Raise `MalformedRequestError` unless *untrusted* is what `encode` writes."""
        try:
            head, _, note = untrusted.decode().partition("\n\n")
            first, *hashes = head.split("\n")
            proof = tuple(decode_base64(line, HASH_BYTES) for line in hashes)
            request = cls(decode_decimal(first.removeprefix("old ")), proof, note)
        except ValueError as exc:
            raise MalformedRequestError("invalid input") from exc
        # A signed note has an empty line of its own, before its signatures.
        is_note = "\n\n" in note
        if request.encode() != untrusted or len(proof) > MAX_PROOF_LINES or not is_note:
            raise MalformedRequestError("invalid input")
        return request

    def encode(self) -> bytes:
        lines = [f"old {self.old}", *map(encode_base64, self.proof)]
        return ("".join(f"{line}\n" for line in lines) + "\n" + self.untrusted_note).encode()
