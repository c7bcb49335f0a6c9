"""The keys that sign checkpoints, and who else vouches for this log."""

from dataclasses import dataclass

from crypto.keyring import Roots
from crypto.note import NoteKey, SigningKey
from crypto.tlog.checkpoint import Checkpoint
from crypto.tlog.cosignature import MlDsa44Key, cosignature_line
from crypto.tlog.leaves import Bundle
from crypto.tlog.policy import Policy


@dataclass(frozen=True)
class LogKeys:
    """Ed25519, and ML-DSA-44 as a second line where this machine has it."""

    ed25519: SigningKey
    ml_dsa: MlDsa44Key | None = None

    @property
    def verifiers(self) -> tuple[NoteKey, ...]:
        second = (self.ml_dsa.verifier,) if self.ml_dsa else ()
        return (self.ed25519.verifier, *second)

    def sign(self, checkpoint: Checkpoint) -> str:
        """The note with the log's own lines; the second one says nothing about time."""
        note = checkpoint.sign(self.ed25519)
        return note + cosignature_line(checkpoint, self.ml_dsa, 0) if self.ml_dsa else note


@dataclass(frozen=True)
class Instance:
    """Whose log it is.

    `client` is what the site hands to browsers, signed by `release_key`; it is logged where
    the rules name that key. `legal_orders` is how many the operator has received.
    """

    origin: str
    roots: Roots
    keys: LogKeys
    policy: Policy
    client: Bundle | None = None
    release_key: SigningKey | None = None
    legal_orders: int = 0
