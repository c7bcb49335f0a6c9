"""Which of KEYS (`name+id+key`, as the public log has them) signed NOTE, a C2SP signed note."""

from crypto.errors import CryptoError
from crypto.note import VerifierKey, open_note


def verify(note: str, keys: list[str]) -> set[str]:
    try:
        opened = open_note(note, [VerifierKey.parse(key) for key in keys])
    except CryptoError:
        return set()
    return {key.name for key in opened.verified}
