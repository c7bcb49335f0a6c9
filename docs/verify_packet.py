"""Who of KEYS (`name+id+key`, as the public log has them) signed NOTE; needs `cryptography`."""

from base64 import b64decode

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


def verify(note, keys):
    text, _, lines = note.rpartition("\n\n")
    signatures = dict(line.removeprefix("\u2014 ").split(" ") for line in lines.splitlines())
    for name, key_id, key in (each.split("+", 2) for each in keys):
        signature, public = b64decode(signatures.get(name, "")), b64decode(key)[1:]
        if signature[:4].hex() == key_id:  # raises InvalidSignature for a changed text
            Ed25519PublicKey.from_public_bytes(public).verify(signature[4:], f"{text}\n".encode())
            yield name
