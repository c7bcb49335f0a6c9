"""Who signed NOTE, of those whom KEYRING, a text in the public log, lets decide.

Needs `cryptography`, which raises `InvalidSignature` for a changed text.
"""

from base64 import b64decode

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey as Key


def verify(note, keyring):
    text, _, lines = note.rpartition("\n\n")
    signed = dict(line.removeprefix("\u2014 ").split(" ") for line in lines.splitlines())
    full = "".join(org for org in keyring.split("\norg ") if "\nprobation " not in org)
    for name, key_id, key in (x[7:].split("+", 2) for x in full.split("\n") if x[:7] == "device "):
        if (made := b64decode(signed.get(name, "")))[:4].hex() == key_id:
            Key.from_public_bytes(b64decode(key)[1:]).verify(made[4:], f"{text}\n".encode())
            yield name
