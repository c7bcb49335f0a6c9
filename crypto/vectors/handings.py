"""`field.json`: counterfoils of paper forms, and batches."""

from datetime import date
from typing import Final

from crypto.counterfoil import Counterfoil
from crypto.encoding import encode_base64, sha256
from crypto.handing import Batch, Handing
from crypto.keys import CitizenKeys
from crypto.vectors.cast import Json, error_of, fixed

_ORIGIN: Final = "wasl.example"


def build() -> Json:
    return {
        "counterfoils": [_counterfoil(bytes(32), bytes(32)), _counterfoil(*_ROOT_AND_ROOTS)],
        "refused_counterfoils": _refused_counterfoils(),
        "batches": [_batch("one", 1, 0), _batch("three with files", 3, 2)],
        "refused_batches": _refused_batches(),
    }


_ROOT_AND_ROOTS: Final = (fixed("form")(32), sha256(b"roots"))


def _counterfoil(root: bytes, roots_hash: bytes) -> Json:
    half = Counterfoil.of(CitizenKeys(root), roots_hash)
    return {"root": root.hex(), "roots_hash": roots_hash.hex(), "text": half.encode()}


def _refused_counterfoils() -> list[Json]:
    text = Counterfoil.of(CitizenKeys(_ROOT_AND_ROOTS[0]), _ROOT_AND_ROOTS[1]).encode()
    heading, recipient, small = text.split(":")
    cases = {
        "empty": "",
        "another heading": text.replace("V1", "V2"),
        "lower case": text.lower(),
        "cut off": text[:-1],
        "a letter more": text + "A",
        "unused bits": text[:-1] + chr(ord(text[-1]) + 1),
        "a letter of the recipient changed": text.replace(recipient[900:904], "QQQQ"),
        "a field more": text + ":A",
        "no keys": f"{heading}:{recipient}:",
        "a key too many": f"{heading}:{recipient}:{small}{'A' * 8}",
    }
    return [
        {"case": case, "text": bad, "error": error_of(Counterfoil.parse, bad)}
        for case, bad in cases.items()
    ]


def _handing(label: str, files: int) -> Handing:
    random = fixed(label)
    name, auth_hash, log_salt, content_commit, roll_seed = (random(32) for _ in range(5))
    envelope = random(40)
    attached = tuple(random(20 + n) for n in range(files))
    until = date(2026, 12, 7)
    return Handing(
        name, auth_hash, log_salt, content_commit, roll_seed, 7, until, envelope, attached
    )


def _batch(case: str, count: int, files: int) -> Json:
    handings = [_handing(f"{case}/{n}", files) for n in range(count)]
    return {
        "case": case,
        "origin": _ORIGIN,
        "handings": [_spelled(handing) for handing in handings],
        "encoded": Batch.of(_ORIGIN, handings).encode().decode(),
    }


def _spelled(handing: Handing) -> Json:
    return {
        "name": encode_base64(handing.name),
        "auth_hash": encode_base64(handing.auth_hash),
        "log_salt": encode_base64(handing.log_salt),
        "content_commit": encode_base64(handing.content_commit),
        "roll_seed": encode_base64(handing.roll_seed),
        "keyring": handing.keyring,
        "until": handing.until.isoformat(),
        "envelope": encode_base64(handing.envelope),
        "files": [encode_base64(file) for file in handing.attachments],
    }


def _refused_batches() -> list[Json]:
    one, other = (_handing(label, 1) for label in ("one", "other"))
    good = Batch.of(_ORIGIN, [one, other])
    text = good.encode().decode()
    first, second = (handing.in_batch() for handing in good.handings)
    cases = {
        "no item": text[: text.index('"items":[')] + '"items":[],' + text[text.index('"origin"') :],
        "white space": text.replace(":[", ": [", 1),
        "another type": text.replace("batch/v1", "batch/v2"),
        "an origin that is none": text.replace(_ORIGIN, "wasl example"),
        "a field more": text.replace('"items"', '"a":1,"items"', 1),
        "a date that is none": text.replace("2026-12-07", "2026-12-7"),
        "a name cut short": text.replace(str(first["name"]), "AAAA"),
        "keyring 0": text.replace('"keyring":7', '"keyring":0'),
    }
    cases["the order of writing"] = (
        text.replace(str(first["name"]), "FIRST")
        .replace(str(second["name"]), str(first["name"]))
        .replace("FIRST", str(second["name"]))
    )
    cases["one twice"] = text.replace(str(second["name"]), str(first["name"]))
    return [
        {"case": case, "text": bad, "error": error_of(Batch.parse, bad.encode())}
        for case, bad in cases.items()
    ]
