"""Everything a citizen's program derives from the receipt code (SPEC.md §4).

The server sees names, hashes of tokens, and what the log needs; never the code, the root
or the thread. PBKDF2 and not Argon2id, because Tor Browser's *Safer* level has native
PBKDF2 but neither a JIT nor WebAssembly; the 80 random bits carry the security.
"""

import hashlib
import hmac
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final, Literal

from crypto.age import Identity
from crypto.encoding import HASH_BYTES, expand, sha256
from crypto.errors import MalformedKeyError
from crypto.receipt import ReceiptCode

Lane = Literal["citizen", "team"]

ROOT_ITERATIONS: Final = 600_000
KEY_BYTES: Final = 32


def derive_root(
    code: ReceiptCode, roots_hash: bytes, *, iterations: int = ROOT_ITERATIONS
) -> bytes:
    """32 bytes. Takes about 0.3 s, during which other threads run.

    *roots_hash* binds the code to one instance. Only tests pass fewer *iterations*.
    """
    if len(roots_hash) != HASH_BYTES:
        raise MalformedKeyError("the hash of the roots has 32 bytes")
    salt = b"wasl/receipt/v1" + roots_hash
    return hashlib.pbkdf2_hmac("sha256", code.secret, salt, iterations, KEY_BYTES)


@dataclass(frozen=True)
class CitizenKeys:
    """Keys under one root; all are 32 bytes but for the thread and the identity."""

    root: bytes = field(repr=False)

    def __post_init__(self) -> None:
        _check_length(self.root)

    @cached_property
    def thread(self) -> "Thread":
        """Shared with the reviewers, inside the first envelope."""
        return Thread(expand(self.root, "wasl/v1/thread"))

    @cached_property
    def reply_identity(self) -> Identity:
        """Opens replies; its recipient travels inside the first envelope."""
        return Identity.from_seed(expand(self.root, "wasl/v1/reply-identity"))

    @property
    def log_salt(self) -> bytes:
        return expand(self.root, "wasl/v1/log-salt")

    @property
    def roll_seed(self) -> bytes:
        return expand(self.root, "wasl/v1/roll-seed")

    @property
    def content_salt(self) -> bytes:
        return expand(self.root, "wasl/v1/content-salt")

    @property
    def retry_key(self) -> bytes:
        """Recognises a form that was sent twice, where the server seals."""
        return expand(self.root, "wasl/v1/retry")


@dataclass(frozen=True)
class Thread:
    """Where the messages of one case lie, and who may fetch them."""

    key: bytes = field(repr=False)

    def __post_init__(self) -> None:
        _check_length(self.key)

    def name(self, lane: Lane, index: int) -> bytes:
        """32 bytes: the one-time name of a message. `citizen`, 0 is the case itself."""
        return expand(self.key, f"wasl/v1/name/{lane}/{index:d}")

    def auth(self, lane: Lane, index: int) -> bytes:
        """32 bytes: the token that fetches the message."""
        return expand(self.key, f"wasl/v1/auth/{lane}/{index:d}")

    def slot(self, lane: Lane, index: int) -> bytes:
        """32 bytes: what the server stores instead of the name."""
        return sha256(self.name(lane, index))

    def auth_hash(self, lane: Lane, index: int) -> bytes:
        """32 bytes: what the writer hands to the server."""
        return sha256(self.auth(lane, index))

    def mac(self, index: int, text: bytes, type_: str = "wasl/message/v1") -> bytes:
        """32 bytes over a follow-up. The team could have made it too, so it proves nothing."""
        key = expand(self.key, "wasl/v1/mac")
        return hmac.digest(key, b"%s\n%d\n" % (type_.encode(), index) + text, "sha256")


def _check_length(key: bytes) -> None:
    if len(key) != KEY_BYTES:
        raise MalformedKeyError("a key has 32 bytes")
