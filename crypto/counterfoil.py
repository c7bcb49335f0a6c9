"""What a paper form keeps of a receipt code: enough to hand in, not to read (SPEC.md §21).

The code stands on the slip that the citizen tears off. The form keeps its counterfoil: whoever
types the form in seals under it, and the slip opens the case. Replies stay closed to whoever
holds the counterfoil alone.
"""

from base64 import b32decode, b32encode
from dataclasses import dataclass, field
from typing import Final, Self

from crypto.age import Recipient
from crypto.errors import MalformedCounterfoilError, MalformedError
from crypto.keys import KEY_BYTES, CitizenKeys, Thread

INSTANCE_BYTES: Final = 8
"""Of the hash of the roots: a form is handed in where its slip will be asked for."""
_HEADING: Final = "WASL/FORM/V1"
_KEYS: Final = 4


@dataclass(frozen=True)
class Counterfoil:
    """The thread, where replies go, and what the log needs. `instance` is the start of H(roots)."""

    instance: bytes
    thread: Thread = field(repr=False)
    reply_to: Recipient = field(repr=False)
    log_salt: bytes = field(repr=False)
    content_salt: bytes = field(repr=False)
    roll_seed: bytes = field(repr=False)

    @classmethod
    def of(cls, keys: CitizenKeys, roots_hash: bytes) -> Self:
        return cls(
            instance=roots_hash[:INSTANCE_BYTES],
            thread=keys.thread,
            reply_to=keys.reply_identity.recipient,
            log_salt=keys.log_salt,
            content_salt=keys.content_salt,
            roll_seed=keys.roll_seed,
        )

    def belongs_to(self, roots_hash: bytes) -> bool:
        """Whether the slip's code opens a case at the instance with these roots."""
        return roots_hash.startswith(self.instance)

    def encode(self) -> str:
        """One line of letters that a QR code holds in its alphanumeric mode."""
        secret = self.thread.key + self.log_salt + self.content_salt + self.roll_seed
        small = b32encode(self.instance + secret).decode("ascii").rstrip("=")
        return f"{_HEADING}:{self.reply_to.encode().upper()}:{small}"

    @classmethod
    def parse(cls, untrusted: str) -> Self:
        """Raise `MalformedCounterfoilError`; white space around it is a reader's."""
        try:
            _, recipient, small = untrusted.strip().split(":")
            data = b32decode(small + "=" * (-len(small) % 8))
            instance, keys = data[:INSTANCE_BYTES], data[INSTANCE_BYTES:]
            if len(keys) != _KEYS * KEY_BYTES:
                raise MalformedCounterfoilError("not whole")
            thread, *salts = (keys[at : at + KEY_BYTES] for at in range(0, len(keys), KEY_BYTES))
            half = cls(instance, Thread(thread), Recipient.parse(recipient.lower()), *salts)
        except (ValueError, MalformedError) as exc:
            raise MalformedCounterfoilError("not a form's counterfoil") from exc
        if half.encode() != untrusted.strip():
            raise MalformedCounterfoilError("not a form's counterfoil")
        return half
