"""The C2SP/CCTV age testkit: 143 files, each with the one way it must succeed or fail."""

import base64
import gzip
import hashlib
import io
import json
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from crypto.age import Decryptor, Identity, OpensAge, decrypt_stream, read_header
from crypto.age_header import header_length
from crypto.errors import (
    CryptoError,
    MalformedAgeFileError,
    NoMatchError,
    TamperedHeaderError,
    TamperedPayloadError,
)
from tests.conformance.age_classic import (
    MalformedArmorError,
    ScryptIdentity,
    X25519Identity,
    dearmor,
)

NOTHING = hashlib.sha256().hexdigest()
OUTCOMES = {
    MalformedArmorError: "armor failure",
    MalformedAgeFileError: "header failure",
    NoMatchError: "no match",
    TamperedHeaderError: "HMAC failure",
    TamperedPayloadError: "payload failure",
}


@dataclass(frozen=True)
class Vector:
    name: str
    fields: tuple[tuple[str, str], ...]
    body: bytes

    @classmethod
    def parse(cls, name: str, data: bytes) -> "Vector":
        head, _, body = data.partition(b"\n\n")
        pairs = [line.partition(": ") for line in head.decode().split("\n")]
        fields = tuple((key, value) for key, _, value in pairs)
        compressed = ("compressed", "zlib") in fields
        return cls(name, fields, zlib.decompress(body) if compressed else body)

    def all(self, key: str) -> list[str]:
        return [value for name, value in self.fields if name == key]

    @property
    def expected(self) -> str:
        return self.all("expect")[0]

    def identities(self) -> list[OpensAge]:
        hybrid: list[OpensAge] = [
            Identity.parse(text) if text.startswith("AGE-SECRET-KEY-PQ-1") else X25519Identity(text)
            for text in self.all("identity")
        ]
        return [*hybrid, *map(ScryptIdentity, self.all("passphrase"))]

    def age_file(self) -> bytes:
        return dearmor(self.body) if self.all("armored") else self.body


def load_vectors() -> list[Vector]:
    packed = Path(__file__).with_name("cctv_age.json.gz").read_bytes()
    files: dict[str, str] = json.loads(gzip.decompress(packed))
    return [Vector.parse(name, base64.b64decode(data)) for name, data in files.items()]


VECTORS = load_vectors()


def outcome_of(attempt: Callable[[], None]) -> str:
    try:
        attempt()
    except CryptoError as exc:
        return OUTCOMES[type(exc)]
    return "success"


def pieces(data: bytes, size: int) -> Iterator[bytes]:
    for at in range(0, len(data), size):
        yield data[at : at + size]


def test_the_whole_testkit_is_here() -> None:
    assert len(VECTORS) == 143
    assert {vector.expected for vector in VECTORS} == {"success", *OUTCOMES.values()}


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector.name)
@pytest.mark.parametrize("piece", [1 << 10, 100_001, 1 << 30], ids=["small", "odd", "whole"])
def test_every_file_ends_as_the_testkit_says(vector: Vector, piece: int) -> None:
    """The failure class is exact, and what came out before it is neither more nor less."""
    released = bytearray()

    def attempt() -> None:
        decryptor = Decryptor(vector.identities())
        for data in pieces(vector.age_file(), piece):
            released.extend(decryptor.update(data))
        released.extend(decryptor.finish())

    assert outcome_of(attempt) == vector.expected
    assert hashlib.sha256(released).hexdigest() == (vector.all("payload") or [NOTHING])[0]


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector.name)
def test_files_stream_through_file_objects_alike(vector: Vector) -> None:
    written = io.BytesIO()

    def attempt() -> None:
        decrypt_stream(io.BytesIO(vector.age_file()), written, vector.identities())

    assert outcome_of(attempt) == vector.expected
    released = hashlib.sha256(written.getvalue()).hexdigest()
    assert released == (vector.all("payload") or [NOTHING])[0]


@pytest.mark.parametrize(
    "vector",
    [vector for vector in VECTORS if vector.expected in {"success", "no match", "HMAC failure"}],
    ids=lambda vector: vector.name,
)
def test_every_header_that_parses_is_written_the_same(vector: Vector) -> None:
    age_file = vector.age_file()
    length = header_length(age_file)
    assert length is not None
    assert read_header(age_file).encode() == age_file[:length]
