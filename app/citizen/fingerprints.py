"""How public keys are shown to people who compare them."""

from hashlib import sha256
from typing import Final

_LETTERS: Final = 32


def fingerprint(public_text: str) -> str:
    """The first 128 bits of SHA-256 over a public text, in hex, by fours."""
    letters = sha256(public_text.encode()).hexdigest()[:_LETTERS]
    return " ".join(letters[at : at + 4] for at in range(0, len(letters), 4))
