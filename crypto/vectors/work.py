"""`work.json`: challenges, and the first number that answers each."""

from hashlib import sha256

from crypto.vectors.cast import Json
from crypto.work import work_on


def build() -> Json:
    return {"answers": [_answer(bits) for bits in (0, 1, 5, 8, 10)]}


def _answer(bits: int) -> Json:
    challenge = sha256(f"wasl test work {bits}".encode()).digest()
    return {"challenge": challenge.hex(), "bits": bits, "work": work_on(challenge, bits).encode()}
