"""age files: what goes in comes out, however it is cut up; what was changed does not."""

import io
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto import bech32
from crypto.age import (
    STANZA_TYPE,
    Decryptor,
    Encryptor,
    Identity,
    Recipient,
    check_envelope,
    decrypt,
    decrypt_stream,
    encrypt,
    encrypt_stream,
    pad_recipients,
    read_header,
    sealed_size,
)
from crypto.age_header import Header, decode_base64_unpadded
from crypto.age_stream import CHUNK_BYTES
from crypto.errors import CryptoError, MalformedAgeFileError, MalformedKeyError
from tests.properties.crypto.strategies import identity, seeded

HUDA = identity(1)
BOUNDARIES = [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 2 * CHUNK_BYTES, 200_001]
SHORT = encrypt(b"a short message", [HUDA.recipient], seeded(2))
TWO_CHUNKS = encrypt(bytes(CHUNK_BYTES + 10), [HUDA.recipient], seeded(3))
HEADER = SHORT[: read_header(SHORT).length]


def pushed(data: bytes, cuts: list[int], machine: Encryptor | Decryptor) -> bytes:
    edges = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    parts = [machine.update(data[a:b]) for a, b in itertools.pairwise(edges)]
    return b"".join([*parts, machine.finish()])


@pytest.mark.parametrize("size", BOUNDARIES)
def test_every_size_around_a_chunk_survives(size: int) -> None:
    data = seeded(size)(size)
    sealed = encrypt(data, [HUDA.recipient])

    assert len(sealed) == sealed_size(size, 1)
    assert decrypt(sealed, [HUDA]) == data


@given(size=st.sampled_from(BOUNDARIES), cuts=st.lists(st.integers(0, 300_000), max_size=5))
def test_it_does_not_matter_how_the_bytes_are_cut_up(size: int, cuts: list[int]) -> None:
    data = seeded(size)(size)
    sealed = pushed(data, cuts, Encryptor([HUDA.recipient]))

    assert len(sealed) == sealed_size(size, 1)
    assert pushed(sealed, cuts, Decryptor([HUDA])) == data


def test_a_file_can_arrive_byte_by_byte() -> None:
    decryptor = Decryptor([HUDA])
    opened = [decryptor.update(SHORT[at : at + 1]) for at in range(len(SHORT))]

    assert b"".join([*opened, decryptor.finish()]) == b"a short message"


@given(data=st.binary(max_size=300))
def test_file_objects_round_trip(data: bytes) -> None:
    sealed, opened = io.BytesIO(), io.BytesIO()
    encrypt_stream(io.BytesIO(data), sealed, [HUDA.recipient])
    sealed.seek(0)
    decrypt_stream(sealed, opened, [HUDA])

    assert opened.getvalue() == data


@given(at=st.integers(0, len(SHORT) - 1), bit=st.integers(0, 7))
def test_no_flipped_bit_opens(at: int, bit: int) -> None:
    changed = bytearray(SHORT)
    changed[at] ^= 1 << bit
    with pytest.raises(CryptoError):
        decrypt(bytes(changed), [HUDA])


@given(length=st.integers(0, len(TWO_CHUNKS) - 1))
def test_nothing_cut_short_opens(length: int) -> None:
    with pytest.raises(CryptoError):
        decrypt(TWO_CHUNKS[:length], [HUDA])


@given(more=st.binary(min_size=1, max_size=CHUNK_BYTES))
def test_nothing_with_bytes_after_it_opens(more: bytes) -> None:
    for age_file in (SHORT, TWO_CHUNKS):
        with pytest.raises(CryptoError):
            decrypt(age_file + more, [HUDA])


@given(
    at=st.integers(0, len(TWO_CHUNKS) - 1),
    cuts=st.lists(st.integers(0, len(TWO_CHUNKS)), max_size=4),
)
def test_what_comes_out_before_a_failure_does_not_depend_on_the_cuts(
    at: int, cuts: list[int]
) -> None:
    changed = bytearray(TWO_CHUNKS)
    changed[at] ^= 1

    def released(edges: list[int]) -> bytes:
        decryptor, out = Decryptor([HUDA]), bytearray()
        with pytest.raises(CryptoError):
            for a, b in itertools.pairwise(edges):
                out += decryptor.update(bytes(changed[a:b]))
            out += decryptor.finish()
        return bytes(out)

    whole = [0, len(changed)]
    assert released(whole) == released(sorted({*whole, *cuts}))


@given(
    at=st.integers(0, len(HEADER)),
    removed=st.integers(0, 3),
    added=st.binary(max_size=3) | st.sampled_from([b"\n", b" ", b"\r", b"=", b"-> x\n\n", b"--- "]),
)
def test_a_header_that_parses_has_one_spelling(at: int, removed: int, added: bytes) -> None:
    changed = HEADER[:at] + added + HEADER[at + removed :]
    try:
        header = Header.parse(changed)
    except MalformedAgeFileError:
        return
    assert header.encode() == changed
    assert header.length == len(changed)


def _is_hybrid(header: bytes) -> bool:
    try:
        (stanza,) = Header.parse(header).stanzas
        encapsulation = decode_base64_unpadded(stanza.args[1].encode())
    except (MalformedAgeFileError, ValueError, IndexError):
        return False
    sizes = len(stanza.args), len(encapsulation), len(stanza.body)
    return stanza.args[0] == STANZA_TYPE and sizes == (2, 1_120, 32)


def _is_taken(header: bytes) -> bool:
    try:
        check_envelope(header + SHORT[len(HEADER) :], 1, [len(b"a short message")])
    except MalformedAgeFileError:
        return False
    return True


@given(at=st.integers(0, len(HEADER) - 3), new=st.binary(min_size=1, max_size=3))
def test_what_the_server_takes_unopened_is_what_parses(at: int, new: bytes) -> None:
    changed = HEADER[:at] + new + HEADER[at + len(new) :]
    assert _is_taken(changed) == _is_hybrid(changed)


def test_every_byte_at_the_end_of_a_line_is_taken_only_if_it_parses() -> None:
    for at in (number for number in range(1, len(HEADER)) if HEADER[number] == ord("\n")):
        for last in range(256):
            changed = HEADER[: at - 1] + bytes([last]) + HEADER[at:]
            assert _is_taken(changed) == _is_hybrid(changed)


@given(untrusted=st.binary(max_size=200))
def test_noise_is_refused_and_never_crashes(untrusted: bytes) -> None:
    for noise in (untrusted, b"age-encryption.org/v1\n" + untrusted, HEADER + untrusted):
        with pytest.raises(CryptoError):
            decrypt(noise, [HUDA])
        with pytest.raises(CryptoError):
            check_envelope(noise, 1, [4096])


@given(reviewers=st.integers(1, 17), size=st.sampled_from([0, 100, 65_536]), seed=st.integers())
def test_every_reviewer_opens_a_padded_file_and_nobody_can_count_them(
    reviewers: int, size: int, seed: int
) -> None:
    identities = [identity(number) for number in range(reviewers)]
    padded = pad_recipients([one.recipient for one in identities], seeded(seed))
    sealed = encrypt(bytes(size), padded)

    assert len(padded) == (8 if reviewers <= 8 else 16 if reviewers <= 16 else 24)
    assert all(decrypt(sealed, [one]) == bytes(size) for one in identities)
    check_envelope(sealed, 8, [size])


@given(data=st.binary(max_size=80))
def test_bech32_round_trips(data: bytes) -> None:
    assert bech32.decode("age1pq", bech32.encode("age1pq", data)) == data


@given(data=st.binary(max_size=40), at=st.integers(0, 200), letter=st.characters())
def test_what_parses_as_bech32_has_one_spelling(data: bytes, at: int, letter: str) -> None:
    text = bech32.encode("wasl", data)
    changed = text[: at % len(text)] + letter + text[at % len(text) + 1 :]
    try:
        decoded = bech32.decode("wasl", changed)
    except MalformedKeyError:
        return
    assert bech32.encode("wasl", decoded) == changed


@given(seed=st.binary(min_size=32, max_size=32))
def test_keys_round_trip(seed: bytes) -> None:
    one = Identity.from_seed(seed)

    assert Identity.parse(one.encode()) == one
    assert Recipient.parse(one.recipient.encode()) == one.recipient
    assert decrypt(encrypt(b"x", [one.recipient]), [Identity.parse(one.encode())]) == b"x"
